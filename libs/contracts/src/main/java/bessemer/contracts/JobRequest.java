package bessemer.contracts;

/// The body of `POST /api/v1/jobs`.
///
/// @param priority higher ones run first; from -100 to 100
public record JobRequest(JobSpec spec, int priority) {
  public JobRequest {
    if (priority < -100 || priority > 100) {
      throw new InvalidFieldException("priority", "must be from -100 to 100, is " + priority);
    }
  }
}

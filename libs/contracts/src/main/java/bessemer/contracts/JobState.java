package bessemer.contracts;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.util.EnumSet;
import java.util.Set;

/// Where a job stands.
///
/// | from | to |
/// |---|---|
/// | queued | running; cancelled or failed before anybody began it |
/// | running | succeeded, failed; retrying when an attempt was lost; cancelling |
/// | retrying | running, failed; cancelling, so that a worker removes what is there |
/// | cancelling | cancelled; succeeded or failed when that was faster |
public enum JobState {
  @JsonProperty("queued")
  QUEUED,
  @JsonProperty("running")
  RUNNING,
  /// An attempt ended without a result; another one will follow.
  @JsonProperty("retrying")
  RETRYING,
  /// Its worker was asked to stop and has not stopped yet.
  @JsonProperty("cancelling")
  CANCELLING,
  @JsonProperty("succeeded")
  SUCCEEDED,
  @JsonProperty("failed")
  FAILED,
  @JsonProperty("cancelled")
  CANCELLED;

  public boolean isFinal() {
    return next().isEmpty();
  }

  /// The states that this one may follow.
  public Set<JobState> previous() {
    Set<JobState> previous = EnumSet.noneOf(JobState.class);
    for (JobState state : values()) {
      if (state.next().contains(this)) {
        previous.add(state);
      }
    }
    return previous;
  }

  /// The states that may follow. A retry that a user asks for is a new job.
  public Set<JobState> next() {
    return switch (this) {
      case QUEUED -> EnumSet.of(RUNNING, CANCELLED, FAILED);
      case RUNNING -> EnumSet.of(SUCCEEDED, FAILED, CANCELLED, RETRYING, CANCELLING);
      case RETRYING -> EnumSet.of(RUNNING, CANCELLING, FAILED);
      case CANCELLING -> EnumSet.of(CANCELLED, SUCCEEDED, FAILED);
      case SUCCEEDED, FAILED, CANCELLED -> EnumSet.noneOf(JobState.class);
    };
  }
}

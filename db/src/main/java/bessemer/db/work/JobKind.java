package bessemer.db.work;

import bessemer.contracts.JobSpec;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.batch.core.job.Job;

/// What a service does for one kind of job.
public interface JobKind {
  /// As in [JobSpec#kind].
  String kind();

  /// Why a job cannot begin now, such as too little memory; null if it can. It is asked again
  /// later.
  @Nullable String obstacle(JobSpec spec);

  /// An attempt begins.
  Attempt begin(Lease lease, Steps steps) throws Exception;

  /// Removes everything that attempts of this job left: it failed or was cancelled.
  void discard(UUID job) throws Exception;

  /// What to tell the user of a failure that a repetition would meet again; null if it is an error
  /// of ours.
  @Nullable String explain(Throwable failure);

  /// What an attempt does and holds open.
  interface Attempt extends AutoCloseable {
    /// Its last step calls [Lease#succeed].
    Job job();

    @Override
    void close() throws Exception;
  }
}

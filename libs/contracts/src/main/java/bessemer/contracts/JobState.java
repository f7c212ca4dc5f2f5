package bessemer.contracts;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.util.EnumSet;
import java.util.Set;

/// Where a job stands.
///
/// ```
/// QUEUED → RUNNING → SUCCEEDED | FAILED | CANCELLED
///    │      │  ↑ └→ CANCELLING → CANCELLED | SUCCEEDED | FAILED
///    │      ↓  │         ↑
///    │    RETRYING ──────┘
///    └→ CANCELLED
/// ```
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

  /// The states that may follow. A retry that a user asks for is a new job.
  public Set<JobState> next() {
    return switch (this) {
      case QUEUED -> EnumSet.of(RUNNING, CANCELLED, FAILED);
      case RUNNING -> EnumSet.of(SUCCEEDED, FAILED, CANCELLED, RETRYING, CANCELLING);
      case RETRYING -> EnumSet.of(RUNNING, CANCELLED, FAILED);
      case CANCELLING -> EnumSet.of(CANCELLED, SUCCEEDED, FAILED);
      case SUCCEEDED, FAILED, CANCELLED -> EnumSet.noneOf(JobState.class);
    };
  }
}

package bessemer.contracts;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/// A job as users see it.
///
/// @param spec as it was submitted
/// @param epoch how many attempts began
/// @param owner the worker that runs it
/// @param queuePosition 1 is next; null when it does not wait
/// @param waiting why it does not run though it is next, such as too little memory
/// @param error what made it fail
/// @param result what it made: `model`, `verdict`
public record JobView(
    UUID id,
    String kind,
    JobState state,
    Map<String, Object> spec,
    int priority,
    int epoch,
    @Nullable String owner,
    @JsonProperty("created_by") String createdBy,
    @JsonProperty("created_at") Instant createdAt,
    @JsonProperty("started_at") @Nullable Instant startedAt,
    @JsonProperty("finished_at") @Nullable Instant finishedAt,
    @JsonProperty("queue_position") @Nullable Integer queuePosition,
    @Nullable String waiting,
    @Nullable Progress progress,
    List<Step> steps,
    @Nullable String error,
    Map<String, Object> result) {

  /// How far the running step is.
  ///
  /// @param done of `total`, in units; 0 of 0 when the step does not count
  /// @param unit what is counted: `bytes` that were read, `lines` that were translated
  public record Progress(
      String step,
      long done,
      long total,
      @JsonProperty("per_second") double perSecond,
      @JsonProperty("seconds_left") @Nullable Double secondsLeft,
      String unit) {
    public static final String BYTES = "bytes";
    public static final String LINES = "lines";

    public Progress {
      unit = unit == null ? BYTES : unit; // progress that was recorded before there were others
    }
  }

  /// A step of the latest attempt.
  ///
  /// @param status of Spring Batch, in lower case: `started`, `completed`, `failed`, `stopped`
  public record Step(
      String name,
      String status,
      @JsonProperty("started_at") @Nullable Instant startedAt,
      @JsonProperty("seconds") double seconds) {}
}

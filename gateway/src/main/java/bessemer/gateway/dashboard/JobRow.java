package bessemer.gateway.dashboard;

import bessemer.contracts.JobState;
import bessemer.contracts.JobView;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.UUID;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// A job in the words of the pages.
///
/// @param state as in the API; also the class of its badge
/// @param percent null when the running step does not count
/// @param note what the progress bar has below it: the step, what it waits for, or how it ended
/// @param left how long it will still take, or how long it took
record JobRow(
    UUID id,
    String kind,
    String name,
    String state,
    boolean mayCancel,
    boolean mayRetry,
    @Nullable Integer percent,
    boolean isRunning,
    String note,
    String rate,
    String left,
    String owner,
    Instant at,
    String age) {

  static JobRow of(JobView job, Instant now) {
    JobState state = job.state();
    JobView.Progress progress = state.isFinal() ? null : job.progress();
    return new JobRow(
        job.id(),
        job.kind(),
        name(job),
        state.name().toLowerCase(Locale.ROOT),
        !state.isFinal() && state != JobState.CANCELLING,
        state == JobState.FAILED || state == JobState.CANCELLED,
        percent(job),
        state == JobState.RUNNING || state == JobState.CANCELLING,
        note(job),
        progress == null || progress.perSecond() <= 0
            ? ""
            : Show.amount(progress.perSecond(), progress.unit()) + "/s",
        left(job, progress),
        job.owner() == null ? "" : job.owner(),
        job.createdAt(),
        Show.age(job.createdAt(), now));
  }

  /// The model that a conversion makes, or those that are evaluated.
  static String name(JobView job) {
    if (job.spec().get("models") instanceof List<?> models) {
      return models.stream().map(String::valueOf).collect(Collectors.joining(" and "));
    }
    Object name = job.spec().get("name");
    return name == null ? job.id().toString() : name.toString();
  }

  private static @Nullable Integer percent(JobView job) {
    JobView.Progress progress = job.progress();
    if (job.state() == JobState.SUCCEEDED) {
      return 100;
    }
    if (progress == null || progress.total() <= 0 || job.state() == JobState.QUEUED) {
      return null;
    }
    return (int) Math.clamp(100 * progress.done() / progress.total(), 0, 100);
  }

  private static String note(JobView job) {
    JobView.Progress progress = job.progress();
    return switch (job.state()) {
      case QUEUED, RETRYING -> waiting(job);
      case RUNNING, CANCELLING ->
          progress == null
              ? "starting"
              : progress.total() <= 0
                  ? progress.step()
                  : "%s · %s of %s"
                      .formatted(
                          progress.step(),
                          Show.amount(progress.done(), progress.unit()),
                          Show.amount(progress.total(), progress.unit()));
      case SUCCEEDED -> verdict(job);
      case FAILED -> job.error() == null ? "failed" : firstLine(job.error());
      case CANCELLED -> "cancelled";
    };
  }

  private static String waiting(JobView job) {
    if (job.waiting() != null) {
      return job.waiting();
    }
    Integer position = job.queuePosition();
    return position == null
        ? "waits"
        : position == 1 ? "next in the queue" : position + " in the queue";
  }

  private static String verdict(JobView job) {
    List<ScoreRow> scores = ScoreRow.of(job);
    if (!scores.isEmpty()) {
      return ScoreRow.sentence(scores);
    }
    Object verdict = job.result().get("verdict");
    return verdict == null ? "done" : verdict.toString().toLowerCase(Locale.ROOT).replace('_', ' ');
  }

  private static String left(JobView job, JobView.@Nullable Progress progress) {
    Instant started = job.startedAt();
    Instant finished = job.finishedAt();
    if (started != null && finished != null) {
      return "took " + Show.seconds(java.time.Duration.between(started, finished).toMillis() / 1e3);
    }
    Double left = progress == null ? null : progress.secondsLeft();
    return left == null ? "" : Show.seconds(left) + " left";
  }

  private static String firstLine(String text) {
    return text.lines().findFirst().orElse("");
  }
}

package bessemer.cli;

import bessemer.contracts.JobView;
import bessemer.contracts.JobView.Progress;
import bessemer.contracts.JobView.Step;
import bessemer.contracts.Page;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// Jobs as tables.
final class JobTables {
  private JobTables() {}

  static void print(Console console, Page<JobView> page, boolean json) {
    if (json) {
      console.out().println(Json.of(page));
      return;
    }
    if (page.items().isEmpty()) {
      console.note("no jobs: ./bessemer convert SOURCE --name NAME");
      return;
    }
    var table = new Table().row("ID", "STATE", "KIND", "NAME", "PROGRESS", "CREATED");
    for (JobView job : page.items()) {
      table.row(
          job.id(), // whole: ids of the same minute begin alike
          state(job),
          job.kind(),
          name(job),
          progress(job),
          job.createdAt());
    }
    console.out().print(table);
    if (page.cursor() != null) {
      console.note("there are more: --limit N");
    }
  }

  /// The model that is made, or those that are evaluated.
  private static Object name(JobView job) {
    return job.spec().get("models") instanceof List<?> models
        ? models.stream().map(String::valueOf).collect(Collectors.joining(" and "))
        : job.spec().getOrDefault("name", "");
  }

  static String state(JobView job) {
    return job.state().name().toLowerCase(Locale.ROOT);
  }

  private static String progress(JobView job) {
    if (job.queuePosition() != null) {
      return "number %d in the queue".formatted(job.queuePosition());
    }
    Progress progress = job.progress();
    if (progress == null || job.state().isFinal()) {
      return "";
    }
    return progress.total() == 0
        ? progress.step()
        : "%s %d%%".formatted(progress.step(), 100 * progress.done() / progress.total());
  }

  /// All about one job.
  static String all(JobView job) {
    var table =
        new Table()
            .row("job", job.id())
            .row("state", state(job))
            .row("kind", job.kind() + ", priority " + job.priority())
            .row("spec", words(job.spec()))
            .row("created", job.createdAt() + " by " + job.createdBy());
    row(table, "began", job.startedAt());
    row(table, "ended", job.finishedAt());
    row(table, "attempt", job.epoch() == 0 ? null : job.epoch());
    row(table, "runs on", job.owner());
    row(table, "progress", progress(job).isEmpty() ? null : progress(job));
    row(table, "waits", job.waiting());
    row(table, "error", job.error());
    row(table, "result", job.result().isEmpty() ? null : words(job.result()));
    for (Step step : job.steps()) {
      String took = String.format(Locale.ROOT, "%.1f s", step.seconds());
      table.row("step", "%s: %s, %s".formatted(step.name(), step.status(), took));
    }
    return table.toString();
  }

  private static void row(Table table, String name, @Nullable Object value) {
    if (value != null) {
      table.row(name, value);
    }
  }

  private static String words(Map<String, Object> values) {
    return values.entrySet().stream()
        .filter(entry -> entry.getValue() != null)
        .map(entry -> entry.getKey() + " " + entry.getValue())
        .collect(Collectors.joining(", "));
  }
}

package bessemer.gateway.dashboard;

import bessemer.contracts.JobState;
import bessemer.contracts.JobView;
import bessemer.contracts.Page;
import bessemer.db.jobs.Jobs;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Controller;
import org.springframework.ui.Model;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.RequestParam;

/// The list of jobs, and each job.
@Controller
final class JobPages {
  static final int PAGE = 50;

  private final Jobs jobs;
  private final Clock clock;

  JobPages(Jobs jobs, Clock clock) {
    this.jobs = jobs;
    this.clock = clock;
  }

  /// How many jobs there are in a state; the empty one counts them all.
  record Count(String state, long jobs) {}

  @GetMapping("/")
  String list(
      @RequestParam(defaultValue = "") String state,
      @RequestParam(required = false) @Nullable String cursor,
      Model model) {
    Instant now = clock.instant();
    Page<JobView> page = jobs.list(new Jobs.Filter(state(state), null, PAGE, cursor));
    model.addAttribute("rows", page.items().stream().map(job -> JobRow.of(job, now)).toList());
    model.addAttribute("older", page.cursor());
    model.addAttribute("counts", counts(jobs));
    model.addAttribute("state", state);
    return "jobs";
  }

  @GetMapping("/jobs")
  String jobs() {
    return "redirect:/";
  }

  @GetMapping("/jobs/{id}")
  String one(@PathVariable UUID id, Model model) {
    JobView job = jobs.get(id);
    add(job, JobNews.latest(jobs, id), model);
    model.addAttribute("spec", Fact.of(job.spec()));
    model.addAttribute("over", job.state().isFinal());
    return "job";
  }

  /// What is new on the page of a job: its changing parts, and what comes after the last event and
  /// line that the page has.
  @GetMapping("/live/jobs/{id}")
  String news(
      @PathVariable UUID id, @RequestParam long events, @RequestParam long logs, Model model) {
    // Events first: the state that is read after them cannot be older than they say.
    JobNews news = JobNews.after(jobs, id, events, logs);
    add(jobs.get(id), news, model);
    return "job :: news";
  }

  private void add(JobView job, JobNews news, Model model) {
    Instant now = clock.instant();
    Object made = job.state() == JobState.SUCCEEDED ? job.result().get("model") : null;
    model.addAttribute("row", JobRow.of(job, now));
    model.addAttribute("facts", facts(job));
    model.addAttribute("error", job.error());
    model.addAttribute("model", made);
    model.addAttribute("steps", job.steps().stream().map(StepRow::of).toList());
    List<ScoreRow> scores = ScoreRow.of(job);
    model.addAttribute("scores", scores);
    model.addAttribute("result", scores.isEmpty() ? Fact.of(job.result()) : corpus(job));
    model.addAttribute("metrics", MetricPlot.of(jobs.metrics(job.id())));
    model.addAllAttributes(
        Map.of(
            "events", news.events(),
            "lines", news.lines(),
            "lastEvent", news.lastEvent(),
            "lastLine", news.lastLine(),
            "skipped", news.skipped()));
  }

  /// What an evaluation was made on; its scores are a table of their own.
  private static List<Fact> corpus(JobView job) {
    return List.of(
        new Fact("corpus", Objects.toString(job.result().get("corpus"))),
        new Fact("lines", Objects.toString(job.result().get("lines"))),
        new Fact(
            "languages",
            job.result().get("pairs") instanceof List<?> pairs
                ? pairs.stream().map(String::valueOf).collect(Collectors.joining(", "))
                : ""));
  }

  /// A step of a job in words.
  record StepRow(String name, String status, String started, String took) {
    static StepRow of(JobView.Step step) {
      Instant started = step.startedAt();
      return new StepRow(
          step.name(),
          step.status(),
          started == null ? "" : Show.clock(started),
          Show.seconds(step.seconds()));
    }
  }

  static List<Count> counts(Jobs jobs) {
    Map<JobState, Long> counts = jobs.counts();
    List<Count> shown = new ArrayList<>();
    shown.add(new Count("", counts.values().stream().mapToLong(Long::longValue).sum()));
    for (JobState state : JobState.values()) {
      shown.add(new Count(state.name().toLowerCase(Locale.ROOT), counts.getOrDefault(state, 0L)));
    }
    return shown;
  }

  /// Null for the name of no state: then all are shown.
  static @Nullable JobState state(String name) {
    return Arrays.stream(JobState.values())
        .filter(state -> state.name().toLowerCase(Locale.ROOT).equals(name))
        .findFirst()
        .orElse(null);
  }

  private static List<Fact> facts(JobView job) {
    JobView.Progress progress = job.state().isFinal() ? null : job.progress();
    JobRow row = JobRow.of(job, job.createdAt());
    List<Fact> facts = new ArrayList<>();
    if (progress != null && !row.rate().isEmpty()) {
      facts.add(new Fact("rate", row.rate()));
    }
    if (!row.left().isEmpty()) {
      facts.add(new Fact("time", row.left()));
    }
    if (job.queuePosition() != null) {
      facts.add(new Fact("in the queue", job.queuePosition().toString()));
    }
    if (job.owner() != null) {
      facts.add(new Fact("worker", job.owner()));
    }
    facts.add(new Fact("attempt", Integer.toString(job.epoch())));
    facts.add(new Fact("priority", Integer.toString(job.priority())));
    facts.add(new Fact("submitted", Show.day(job.createdAt()) + " by " + job.createdBy()));
    if (job.startedAt() != null) {
      facts.add(new Fact("started", Show.clock(job.startedAt())));
    }
    if (job.finishedAt() != null) {
      facts.add(new Fact("finished", Show.clock(job.finishedAt())));
    }
    return facts;
  }
}

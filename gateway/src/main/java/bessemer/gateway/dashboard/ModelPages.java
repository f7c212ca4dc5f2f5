package bessemer.gateway.dashboard;

import bessemer.contracts.Artifact;
import bessemer.contracts.JobView;
import bessemer.contracts.ModelView;
import bessemer.db.catalogue.Catalogue;
import bessemer.db.jobs.Jobs;
import bessemer.service.Caller;
import java.time.Clock;
import java.time.Instant;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.Objects;
import java.util.UUID;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Controller;
import org.springframework.ui.Model;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.RequestParam;

/// The catalogue, each model and its parity report.
@Controller
final class ModelPages {
  private static final int EVALUATIONS = 20;

  private final Catalogue catalogue;
  private final Jobs jobs;
  private final ParityReports reports;
  private final Clock clock;

  ModelPages(Catalogue catalogue, Jobs jobs, ParityReports reports, Clock clock) {
    this.catalogue = catalogue;
    this.jobs = jobs;
    this.reports = reports;
    this.clock = clock;
  }

  /// @param source what it was made from
  record ModelRow(
      String name,
      String state,
      String format,
      String architecture,
      String precision,
      String size,
      String source,
      List<String> servedBy,
      Instant at,
      String age) {

    static ModelRow of(ModelView model, Instant now) {
      return new ModelRow(
          model.name(),
          model.state(),
          model.format(),
          model.architecture(),
          model.precision(),
          Show.bytes(model.bytes()),
          Objects.toString(model.lineage().get("source"), "–"),
          model.servedBy(),
          model.createdAt(),
          Show.age(model.createdAt(), now));
    }
  }

  record FileRow(String name, String size, String sha256) {
    static FileRow of(Artifact file) {
      return new FileRow(file.file(), Show.bytes(file.bytes()), file.sha256());
    }
  }

  /// What an evaluation found, of this model and the one that it was compared with.
  record EvaluationRow(UUID job, String corpus, String scores, Instant at, String age) {
    static EvaluationRow of(JobView job, Instant now) {
      Instant finished = job.finishedAt() == null ? job.createdAt() : job.finishedAt();
      return new EvaluationRow(
          job.id(),
          Objects.toString(job.result().get("corpus"), ""),
          ScoreRow.of(job).stream()
              .map(row -> row.model() + " " + row.metric() + " " + row.score())
              .collect(Collectors.joining(", ")),
          finished,
          Show.age(finished, now));
    }
  }

  @GetMapping("/models")
  String list(Model page) {
    Instant now = clock.instant();
    page.addAttribute(
        "models", catalogue.list().stream().map(model -> ModelRow.of(model, now)).toList());
    return "models";
  }

  @GetMapping("/models/{name}")
  String one(@PathVariable String name, Model page) {
    ModelView model = found(name);
    page.addAttribute("model", model);
    page.addAttribute("facts", facts(model));
    page.addAttribute("lineage", Fact.of(model.lineage()));
    Instant now = clock.instant();
    page.addAttribute(
        "evaluations",
        jobs.evaluations(name, EVALUATIONS).stream()
            .map(job -> EvaluationRow.of(job, now))
            .toList());
    page.addAttribute("files", model.files().stream().map(FileRow::of).toList());
    return "model";
  }

  /// @param job whose result is asked for
  @GetMapping("/models/{name}/parity")
  String parity(
      @PathVariable String name,
      @RequestParam(required = false) @Nullable UUID job,
      Caller caller,
      Model page) {
    ModelView model = found(name);
    page.addAttribute("name", name);
    if (job != null && !job.equals(model.job())) {
      page.addAttribute(
          "note", "Another job has replaced this model since; this is the report of the new one.");
    }
    switch (reports.fetch(model.name(), caller)) {
      case ParityReports.Answer.Report(ParityView view) -> page.addAttribute("report", view);
      case ParityReports.Answer.None(String reason) -> page.addAttribute("note", reason);
    }
    return "parity";
  }

  private ModelView found(String name) {
    return catalogue
        .find(name)
        .orElseThrow(() ->
            new NoSuchElementException("there is no model '%s' in the catalogue".formatted(name)));
  }

  private static List<Fact> facts(ModelView model) {
    return List.of(
        new Fact("architecture", model.architecture()),
        new Fact("precision", model.precision()),
        new Fact("format", model.format()),
        new Fact("size", Show.bytes(model.bytes())),
        new Fact("made", Show.day(model.createdAt())),
        new Fact("version", model.version().toString()),
        new Fact(
            "in memory of",
            model.servedBy().isEmpty() ? "no worker yet" : String.join(", ", model.servedBy())));
  }
}

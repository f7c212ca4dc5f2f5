package bessemer.gateway.dashboard;

import bessemer.contracts.ConflictException;
import bessemer.contracts.InvalidFieldException;
import bessemer.contracts.ModelView;
import bessemer.db.catalogue.Catalogue;
import bessemer.db.catalogue.Source;
import bessemer.db.catalogue.SourceKind;
import bessemer.db.catalogue.Sources;
import bessemer.db.jobs.Jobs;
import bessemer.service.Caller;
import java.util.List;
import org.springframework.http.HttpStatus;
import org.springframework.stereotype.Controller;
import org.springframework.util.MultiValueMap;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.reactive.result.view.Rendering;
import org.springframework.web.server.ServerWebExchange;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;

/// A form for an evaluation of translators.
@Controller
final class EvaluatePage {
  private static final int MOST_SOURCES = 100;

  private final FormJobs jobs;
  private final Catalogue catalogue;
  private final Sources sources;

  EvaluatePage(Jobs jobs, Catalogue catalogue, Sources sources) {
    this.jobs = new FormJobs(jobs);
    this.catalogue = catalogue;
    this.sources = sources;
  }

  /// A file of a corpus to choose.
  ///
  /// @param value `ID/FILE`
  record Choice(String value, String text) {}

  /// @param model that is chosen at first
  @GetMapping("/evaluate")
  Rendering form(@RequestParam(defaultValue = "") String model) {
    return page(EvaluateForm.empty(model), "", "").build();
  }

  @PostMapping("/evaluate")
  Mono<Rendering> submit(ServerWebExchange exchange, Caller caller) {
    return exchange
        .getFormData()
        .publishOn(Schedulers.boundedElastic())
        .map(fields -> submit(fields, caller));
  }

  private Rendering submit(MultiValueMap<String, String> fields, Caller caller) {
    EvaluateForm form = EvaluateForm.of(fields);
    try {
      return jobs.submit(form.request(), form.once(), caller);
    } catch (InvalidFieldException e) {
      return wrong(form, shown(e.field()), e.reason());
    } catch (ConflictException e) {
      return wrong(form, "form", String.valueOf(e.getMessage()));
    }
  }

  /// Which field of the form a field of the request comes from.
  private static String shown(String field) {
    return switch (field) {
      case "spec.models" -> "model";
      case "spec.corpus.refs" -> "reference";
      case "spec.corpus.from" -> "from";
      case "spec.corpus.to" -> "to";
      case "spec.search.beams" -> "beams";
      default -> field.startsWith("spec.corpus") ? "texts" : "form";
    };
  }

  private Rendering wrong(EvaluateForm form, String field, String reason) {
    return page(form, field, reason).status(HttpStatus.UNPROCESSABLE_CONTENT).build();
  }

  private Rendering.Builder<?> page(EvaluateForm form, String field, String reason) {
    return Rendering.view("evaluate")
        .modelAttribute("form", form)
        .modelAttribute(
            "translators", catalogue.list().stream().filter(ModelView::translates).toList())
        .modelAttribute("files", files())
        .modelAttribute("errorField", field)
        .modelAttribute("error", reason);
  }

  /// Of all registered sources that are no checkpoints.
  private List<Choice> files() {
    return sources.list(SourceKind.SOURCE, MOST_SOURCES, null).stream()
        .filter(source -> source.complete() && !SubmitPage.isCheckpoint(source))
        .flatMap(
            source -> source.files().stream().map(file -> choice(source, file.artifact().file())))
        .toList();
  }

  private static Choice choice(Source source, String file) {
    return new Choice(
        source.id() + "/" + file,
        "%s · %s · %s".formatted(file, source.name(), Show.day(source.createdAt())));
  }
}

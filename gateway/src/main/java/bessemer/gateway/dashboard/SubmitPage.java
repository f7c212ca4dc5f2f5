package bessemer.gateway.dashboard;

import bessemer.contracts.ConflictException;
import bessemer.contracts.InvalidFieldException;
import bessemer.db.catalogue.Source;
import bessemer.db.catalogue.SourceKind;
import bessemer.db.catalogue.Sources;
import bessemer.db.jobs.Jobs;
import bessemer.gateway.dashboard.SubmitForm.Precision;
import bessemer.service.Caller;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpStatus;
import org.springframework.stereotype.Controller;
import org.springframework.util.MultiValueMap;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.reactive.result.view.Rendering;
import org.springframework.web.server.ServerWebExchange;
import reactor.core.publisher.Mono;

/// A form for a conversion.
@Controller
final class SubmitPage {
  private static final int MOST_SOURCES = 100;

  private static final List<Precision> PRECISIONS =
      List.of(
          new Precision("keep", "as in the source"),
          new Precision("dtype:fp32", "fp32"),
          new Precision("dtype:bf16", "bf16"),
          new Precision("dtype:fp16", "fp16"),
          new Precision("dtype:int8", "int8, a scale for each row"),
          new Precision("bits:8", "8 bits"),
          new Precision("bits:6", "6 bits"),
          new Precision("bits:5", "5 bits"),
          new Precision("bits:4", "4 bits"),
          new Precision("bits:3", "3 bits"),
          new Precision("bits:2", "2 bits"),
          new Precision("recipe:mixed_4_6", "mixed: 4 and 6 bits"),
          new Precision("recipe:mixed_3_6", "mixed: 3 and 6 bits"),
          new Precision("recipe:mixed_3_4", "mixed: 3 and 4 bits"),
          new Precision("recipe:mixed_2_6", "mixed: 2 and 6 bits"),
          new Precision("dequantize", "turn a quantized source back"));

  private static final Set<String> PRECISION_FIELDS =
      Set.of(
          "spec", "spec.dtype", "spec.bits", "spec.recipe", "spec.dequantize", "spec.group_size");

  private static final Set<String> FIELDS =
      Set.of("spec.source", "spec.name", "spec.reference", "priority");

  private final FormJobs jobs;
  private final Sources sources;

  SubmitPage(Jobs jobs, Sources sources) {
    this.jobs = new FormJobs(jobs);
    this.sources = sources;
  }

  /// A source or a reference pack to choose.
  record Choice(UUID id, String name, String size, String day) {
    static Choice of(Source source) {
      return new Choice(
          source.id(), source.name(), Show.bytes(source.bytes()), Show.day(source.createdAt()));
    }
  }

  @GetMapping("/submit")
  Rendering form() {
    List<Choice> registered = choices(SourceKind.SOURCE);
    return page(SubmitForm.empty(!registered.isEmpty()), registered, null, "").build();
  }

  @PostMapping("/submit")
  Mono<Rendering> submit(ServerWebExchange exchange, Caller caller) {
    return exchange
        .getFormData()
        .publishOn(reactor.core.scheduler.Schedulers.boundedElastic())
        .map(fields -> submit(fields, caller));
  }

  private Rendering submit(MultiValueMap<String, String> fields, Caller caller) {
    SubmitForm form = SubmitForm.of(fields);
    try {
      return jobs.submit(form.request(), form.once(), caller);
    } catch (InvalidFieldException e) {
      return wrong(form, e.field(), e.reason());
    } catch (ConflictException e) {
      return wrong(form, "", String.valueOf(e.getMessage()));
    }
  }

  private Rendering wrong(SubmitForm form, String field, String reason) {
    return page(form, choices(SourceKind.SOURCE), field, reason)
        .status(HttpStatus.UNPROCESSABLE_CONTENT)
        .build();
  }

  private Rendering.Builder<?> page(
      SubmitForm form, List<Choice> registered, @Nullable String field, String reason) {
    boolean isShown = field != null && (FIELDS.contains(field) || PRECISION_FIELDS.contains(field));
    Rendering.Builder<?> page =
        Rendering.view("submit")
            .modelAttribute("form", form)
            .modelAttribute("sources", registered)
            .modelAttribute("references", choices(SourceKind.REFERENCE))
            .modelAttribute("precisions", PRECISIONS)
            .modelAttribute("precisionFields", PRECISION_FIELDS)
            .modelAttribute("errorIsShown", isShown)
            .modelAttribute("error", reason);
    return field == null ? page : page.modelAttribute("errorField", field);
  }

  /// Corpora of evaluations are sources as well.
  static boolean isCheckpoint(Source source) {
    return source.files().stream()
        .map(file -> file.artifact().file())
        .anyMatch(file -> Stream.of(".safetensors", ".bin", ".pt").anyMatch(file::endsWith));
  }

  private List<Choice> choices(SourceKind kind) {
    return sources.list(kind, MOST_SOURCES, null).stream()
        .filter(Source::complete)
        .filter(source -> kind == SourceKind.REFERENCE || isCheckpoint(source))
        .map(Choice::of)
        .toList();
  }
}

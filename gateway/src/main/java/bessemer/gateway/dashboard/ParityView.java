package bessemer.gateway.dashboard;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import tools.jackson.databind.JsonNode;

/// A parity report in the words of the pages, from its JSON.
///
/// @param verdict also the class of its badge
/// @param figures the numbers that matter most
/// @param origin what was compared with what, where
record ParityView(
    String verdict,
    String headline,
    List<String> reasons,
    List<Fact> figures,
    List<Fact> origin,
    List<KindRow> kinds,
    List<CaseView> cases,
    List<Finding> checks,
    List<Finding> controls,
    List<Product> products,
    List<Gate> gates) {

  record Fact(String name, String value) {}

  /// All components of a kind, with their largest errors.
  record KindRow(
      String kind, int count, String isolated, String accumulated, String ofGate, String outcome) {}

  record CaseView(
      String name, String size, List<String> problems, Plot plot, List<ComponentRow> components) {}

  /// @param outcome also the class of its badge
  record Finding(String name, String outcome, String detail) {}

  record Product(String path, String quantization, String max, String outcome) {}

  record Gate(String name, String gate, String aim, String origin) {}

  static ParityView of(JsonNode report) {
    List<CaseView> cases = stream(report.path("cases")).map(ParityView::caseView).toList();
    return new ParityView(
        word(report, "verdict"),
        text(report, "headline"),
        stream(report.path("reasons")).map(reason -> reason.asString("")).toList(),
        figures(report),
        origin(report),
        kinds(cases),
        cases,
        checks(report),
        stream(report.path("controls")).map(c -> finding(c, "finding")).toList(),
        stream(report.path("execution")).map(ParityView::product).toList(),
        report.path("tolerances").properties().stream().map(ParityView::gate).toList());
  }

  public long passedProducts() {
    return products.stream().filter(product -> product.outcome.equals("passed")).count();
  }

  private static CaseView caseView(JsonNode node) {
    List<ComponentRow> components =
        Stream.concat(stream(node.path("components")), Stream.of(node.path("logits")))
            .map(ComponentRow::of)
            .toList();
    String name = text(node, "name");
    String positions =
        node.path("positions").isEmpty() ? "" : ", positions " + node.path("positions");
    return new CaseView(
        name,
        "%d × %d tokens%s"
            .formatted(node.path("rows").asInt(0), node.path("length").asInt(0), positions),
        stream(node.path("problems")).map(problem -> problem.asString("")).toList(),
        ErrorPlot.of(name, components),
        components);
  }

  private static List<Fact> figures(JsonNode report) {
    List<Fact> facts = new ArrayList<>();
    JsonNode quality = report.path("quality");
    JsonNode predictions = quality.path("predictions");
    if (quality.isObject()) {
      facts.add(new Fact("predictions", text(quality, "category")));
      facts.add(new Fact("same token", percent(predictions, "argmax_agreement")));
      facts.add(new Fact("top-10 overlap", percent(predictions, "top_overlap")));
      facts.add(new Fact("KL mean", number(predictions, "kl_mean")));
      facts.add(new Fact("KL max", number(predictions, "kl_max")));
      facts.add(new Fact("NMSE of logits", number(quality, "nmse")));
      facts.add(new Fact("loss", number(quality, "cross_entropy")));
      facts.add(new Fact("loss, PyTorch", number(quality, "cross_entropy_reference")));
    }
    double seconds = Measurement.number(report.path("duration_seconds"));
    facts.add(new Fact("verified in", Double.isNaN(seconds) ? "–" : Show.seconds(seconds)));
    return facts;
  }

  private static List<Fact> origin(JsonNode report) {
    List<Fact> facts = new ArrayList<>();
    JsonNode model = report.path("model");
    facts.add(
        new Fact(
            "model",
            "%s (%s), %s"
                .formatted(
                    text(model, "name"), text(model, "architecture"), text(model, "weights"))));
    JsonNode reference = report.path("reference");
    if (reference.isObject()) {
      List<String> versions =
          reference.path("recorded_with").properties().stream()
              .map(entry -> entry.getKey() + " " + entry.getValue().asString(""))
              .toList();
      facts.add(
          new Fact(
              "reference",
              text(reference, "pack") + ", recorded with " + String.join(", ", versions)));
    } else {
      facts.add(new Fact("reference", "none: not compared with PyTorch"));
    }
    JsonNode machine = report.path("machine");
    facts.add(
        new Fact(
            "machine",
            "Java %s, %s, %d processors, %s"
                .formatted(
                    text(machine, "java"),
                    text(machine, "os"),
                    machine.path("processors").asInt(0),
                    text(machine, "backend"))));
    return facts;
  }

  private static List<KindRow> kinds(List<CaseView> cases) {
    Map<String, List<ComponentRow>> byKind = new LinkedHashMap<>();
    for (CaseView recorded : cases) {
      for (ComponentRow component : recorded.components) {
        byKind.computeIfAbsent(component.kind(), _ -> new ArrayList<>()).add(component);
      }
    }
    return byKind.entrySet().stream().map(e -> kind(e.getKey(), e.getValue())).toList();
  }

  private static KindRow kind(String name, List<ComponentRow> components) {
    var worst =
        components.stream()
            .filter(c -> !Double.isNaN(c.ofGate()))
            .max(java.util.Comparator.comparing(ComponentRow::ofGate));
    List<String> outcomes = components.stream().map(ComponentRow::outcome).toList();
    return new KindRow(
        name,
        components.size(),
        largest(components.stream().map(ComponentRow::isolated)),
        largest(components.stream().map(ComponentRow::accumulated)),
        worst.map(ComponentRow::ofGateText).orElse("no gate"),
        outcomes.contains("failed")
            ? "failed"
            : outcomes.contains("passed") ? "passed" : "measured");
  }

  private static String largest(Stream<Measurement> measurements) {
    var largest = measurements.filter(Measurement::isThere).mapToDouble(Measurement::max).max();
    return largest.isPresent() ? Show.number(largest.getAsDouble()) : "–";
  }

  private static List<Finding> checks(JsonNode report) {
    List<Finding> checks = new ArrayList<>();
    stream(report.path("checks")).map(check -> finding(check, "outcome")).forEach(checks::add);
    JsonNode output = report.path("output_check");
    if (output.isObject()) {
      checks.add(
          new Finding(
              "output against source",
              output.path("passed").asBoolean(false) ? "passed" : "failed",
              text(output, "summary")));
    }
    return checks;
  }

  private static Finding finding(JsonNode node, String outcome) {
    return new Finding(text(node, "name"), word(node, outcome), text(node, "detail"));
  }

  private static Product product(JsonNode node) {
    Measurement measured = Measurement.of(node.path("measured"));
    return new Product(
        text(node, "path"),
        text(node, "quantization"),
        measured.maxText(),
        measured.outcome().toLowerCase(Locale.ROOT));
  }

  private static Gate gate(Map.Entry<String, JsonNode> tolerance) {
    JsonNode node = tolerance.getValue();
    return new Gate(
        tolerance.getKey(), number(node, "gate"), number(node, "aim"), text(node, "origin"));
  }

  private static String number(JsonNode node, String field) {
    double value = Measurement.number(node.path(field));
    return Double.isNaN(value) ? "–" : Show.number(value);
  }

  private static String percent(JsonNode node, String field) {
    double value = Measurement.number(node.path(field));
    return Double.isNaN(value) ? "–" : Show.percent(value);
  }

  private static String text(JsonNode node, String field) {
    return node.path(field).asString("");
  }

  /// A constant of the report in words: `VERIFIER_BROKEN` is `verifier broken`.
  private static String word(JsonNode node, String field) {
    return text(node, field).toLowerCase(Locale.ROOT).replace('_', ' ');
  }

  private static Stream<JsonNode> stream(JsonNode array) {
    return StreamSupport.stream(array.spliterator(), false);
  }
}

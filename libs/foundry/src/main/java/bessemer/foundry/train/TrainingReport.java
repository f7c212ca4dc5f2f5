package bessemer.foundry.train;

import bessemer.models.AdapterConfig;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;

/// `loss.svg` and `report.html` of a run; neither loads anything.
final class TrainingReport {
  private static final String HEAD =
      """
      <!doctype html>
      <html lang="en">
      <meta charset="utf-8">
      <title>Fine-tuning</title>
      <style>
      body { font: 15px/1.5 sans-serif; max-width: 800px; margin: 2em auto; color: #222 }
      table { border-collapse: collapse }
      td, th { padding: 2px 16px 2px 0; text-align: left; vertical-align: top }
      </style>
      """;

  private final StringBuilder out = new StringBuilder(HEAD);

  private TrainingReport() {}

  static void write(TrainingFolder folder, LoraRequest request, List<Metric> metrics)
      throws IOException {
    String svg = LossPlot.svg(metrics);
    folder.replace("loss.svg", svg.getBytes(StandardCharsets.UTF_8));
    String html = new TrainingReport().html(request, metrics, svg);
    folder.replace("report.html", html.getBytes(StandardCharsets.UTF_8));
  }

  private String html(LoraRequest request, List<Metric> metrics, String svg) {
    out.append("<h1>").append(escaped(name(request.out()))).append("</h1>\n").append(svg);
    out.append("<h2>Result</h2>\n<table>\n");
    result(metrics);
    out.append("</table>\n<h2>Settings</h2>\n<table>\n");
    settings(request);
    out.append("</table>\n");
    validations(metrics);
    return out.append("</html>\n").toString();
  }

  private static String name(Path path) {
    return String.valueOf(path.toAbsolutePath().normalize().getFileName());
  }

  private void result(List<Metric> metrics) {
    List<Metric.Trained> steps =
        metrics.stream()
            .filter(Metric.Trained.class::isInstance)
            .map(Metric.Trained.class::cast)
            .toList();
    if (steps.isEmpty()) {
      return;
    }
    double seconds = steps.stream().mapToDouble(t -> t.seconds().all()).sum();
    long tokens = steps.stream().mapToLong(Metric.Trained::tokens).sum();
    row("steps", String.valueOf(steps.getLast().step()));
    row("loss of the first step", number("%.4f", steps.getFirst().loss()));
    row("loss of the last step", number("%.4f", steps.getLast().loss()));
    row("tokens", number("%,d", tokens));
    row("time", number("%.1f s", seconds));
    row("speed", number("%.0f tokens/s", tokens / Math.max(1e-9, seconds)));
  }

  private void settings(LoraRequest request) {
    LoraSettings settings = request.settings();
    AdapterConfig adapter = settings.adapter();
    LoraSettings.Descent descent = settings.descent();
    row("model", name(request.model()));
    row("examples", name(request.data()));
    row("adapters", number("rank %d, scale %s", adapter.rank(), adapter.scale()));
    row("linears", String.join(", ", adapter.keys()));
    row("blocks", "the last " + adapter.layers());
    row("dropout", String.valueOf(adapter.dropout()));
    row("batch", number("%d x %d", settings.batch(), settings.accumulate()));
    row("longest example", settings.maxLength() + " tokens");
    row("counted", settings.wholeTexts() ? "all tokens" : "answers only");
    row(
        "learning rate",
        number(
            "%s, %s, %d steps of warm-up",
            descent.learningRate(),
            descent.curve().name().toLowerCase(Locale.ROOT),
            descent.warmup()));
    row("weight decay", String.valueOf(descent.weightDecay()));
    row(
        "longest gradient",
        descent.longestGradient() == 0 ? "any" : "" + descent.longestGradient());
    row("seed", String.valueOf(settings.seed()));
  }

  private void validations(List<Metric> metrics) {
    out.append("<h2>Validation</h2>\n<table>\n");
    for (Metric metric : metrics) {
      if (metric instanceof Metric.Validated(long step, double loss)) {
        row("after step " + step, number("%.4f", loss));
      }
    }
    out.append("</table>\n");
  }

  private static String number(String format, Object... values) {
    return String.format(Locale.ROOT, format, values);
  }

  private void row(String name, String value) {
    out.append("<tr><th>").append(name).append("<td>").append(escaped(value)).append('\n');
  }

  private static String escaped(String text) {
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;");
  }
}

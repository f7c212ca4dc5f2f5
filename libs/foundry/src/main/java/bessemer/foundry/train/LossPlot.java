package bessemer.foundry.train;

import java.util.List;
import java.util.Locale;

/// The losses of a run as a picture that needs nothing else: each step, their running mean, and the
/// validations.
final class LossPlot {
  private static final int WIDTH = 760;
  private static final int HEIGHT = 320;
  private static final int LEFT = 56;
  private static final int TOP = 24;
  private static final int BOTTOM = 32;
  private static final int LINES = 5;
  private static final String STEP = "#9db4c8";
  private static final String MEAN = "#1f5f8b";
  private static final String VALID = "#c4581a";

  private final StringBuilder out = new StringBuilder();
  private final List<Metric.Trained> trained;
  private final List<Metric.Validated> validated;
  private final double lowest;
  private final double highest;
  private final long last;

  private LossPlot(List<Metric> metrics) {
    trained = of(metrics, Metric.Trained.class);
    validated = of(metrics, Metric.Validated.class);
    double low = Double.POSITIVE_INFINITY;
    double high = 0;
    long end = 1;
    for (Metric metric : metrics) {
      double loss = loss(metric);
      low = Math.min(low, loss);
      high = Math.max(high, loss);
      end = Math.max(end, metric.step());
    }
    double margin = Math.max(1e-6, (high - low) * 0.05);
    lowest = low == Double.POSITIVE_INFINITY ? 0 : Math.max(0, low - margin);
    highest = Math.max(lowest + 1e-6, high + margin);
    last = end;
  }

  static String svg(List<Metric> metrics) {
    return new LossPlot(metrics).draw();
  }

  private static <T> List<T> of(List<Metric> metrics, Class<T> kind) {
    return metrics.stream().filter(kind::isInstance).map(kind::cast).toList();
  }

  private static double loss(Metric metric) {
    return switch (metric) {
      case Metric.Trained t -> t.loss();
      case Metric.Validated v -> v.loss();
    };
  }

  private String draw() {
    line(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" role=\"img\""
            + " aria-label=\"loss by step\" font-family=\"sans-serif\" font-size=\"12\">",
        WIDTH, HEIGHT);
    line("<rect width=\"%d\" height=\"%d\" fill=\"#ffffff\"/>", WIDTH, HEIGHT);
    for (int i = 0; i <= LINES; i++) {
      double loss = lowest + (highest - lowest) * i / LINES;
      line(
          "<line x1=\"%d\" x2=\"%d\" y1=\"%.1f\" y2=\"%.1f\" stroke=\"#e4e4e4\"/>",
          LEFT, WIDTH - 12, y(loss), y(loss));
      line("<text x=\"6\" y=\"%.1f\" fill=\"#555555\">%.3f</text>", y(loss) + 4, loss);
    }
    line("<text x=\"%d\" y=\"%d\" fill=\"#555555\">step 1</text>", LEFT, HEIGHT - 10);
    line(
        "<text x=\"%d\" y=\"%d\" fill=\"#555555\" text-anchor=\"end\">%d</text>",
        WIDTH - 12, HEIGHT - 10, last);
    steps();
    validations();
    return out.append("</svg>\n").toString();
  }

  private void steps() {
    var each = new StringBuilder();
    var mean = new StringBuilder();
    double running = trained.isEmpty() ? 0 : trained.getFirst().loss();
    for (Metric.Trained t : trained) {
      running += (t.loss() - running) * 0.1;
      each.append(point(t.step(), t.loss()));
      mean.append(point(t.step(), running));
    }
    curve(each, STEP, 1);
    curve(mean, MEAN, 2);
    legend(0, "training", STEP);
    legend(1, "running mean", MEAN);
  }

  private void validations() {
    if (validated.isEmpty()) {
      return;
    }
    var points = new StringBuilder();
    for (Metric.Validated v : validated) {
      points.append(point(v.step(), v.loss()));
      line(
          "<circle cx=\"%.1f\" cy=\"%.1f\" r=\"3\" fill=\"%s\"/>", x(v.step()), y(v.loss()), VALID);
    }
    curve(points, VALID, 2);
    legend(2, "validation", VALID);
  }

  private void curve(CharSequence points, String colour, int width) {
    line(
        "<polyline points=\"%s\" fill=\"none\" stroke=\"%s\" stroke-width=\"%d\"/>",
        points, colour, width);
  }

  private void legend(int place, String name, String colour) {
    line("<text x=\"%d\" y=\"16\" fill=\"%s\">%s</text>", LEFT + 120 * place, colour, name);
  }

  private String point(long step, double loss) {
    return String.format(Locale.ROOT, "%.1f,%.1f ", x(step), y(loss));
  }

  private double x(long step) {
    return LEFT + (WIDTH - 12.0 - LEFT) * step / last;
  }

  private double y(double loss) {
    double height = HEIGHT - TOP - BOTTOM;
    return TOP + height * (highest - loss) / (highest - lowest);
  }

  private void line(String format, Object... values) {
    out.append(String.format(Locale.ROOT, format, values)).append('\n');
  }
}

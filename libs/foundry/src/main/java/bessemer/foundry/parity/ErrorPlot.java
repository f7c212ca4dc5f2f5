package bessemer.foundry.parity;

import bessemer.foundry.parity.ParityReport.CaseReport;
import bessemer.foundry.parity.ParityReport.ComponentReport;
import bessemer.foundry.parity.ParityReport.Measured;
import java.util.LinkedHashSet;
import java.util.Locale;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// The largest scaled error of each layer on a logarithmic scale, isolated beside accumulated: a
/// wrong component stands out of the isolated line, the other shows what it does further on.
final class ErrorPlot {
  private static final Pattern LAYER = Pattern.compile("(.*)layers\\.(\\d{1,6})(\\..*)?");
  private static final int WIDTH = 720;
  private static final int HEIGHT = 220;
  private static final int LEFT = 48;
  private static final int BOTTOM = 24;
  private static final int LOWEST = -9; // smaller errors are drawn at 1e-9

  private record Errors(double isolated, double accumulated) {
    Errors with(ComponentReport component) {
      return new Errors(
          Math.max(isolated, error(component.isolated())),
          Math.max(accumulated, error(component.accumulated())));
    }

    private static double error(@Nullable Measured measured) {
      return measured == null ? 0 : measured.figures().scaledError();
    }
  }

  private final TreeMap<Integer, Errors> layers = new TreeMap<>();
  private final StringBuilder out = new StringBuilder();

  private final String stack;

  /// @param stack the beginning of its layers' paths
  private ErrorPlot(CaseReport report, String stack) {
    this.stack = stack;
    for (ComponentReport component : report.components()) {
      Matcher matcher = LAYER.matcher(component.path());
      if (matcher.matches() && matcher.group(1).equals(stack)) {
        int layer = Integer.parseInt(matcher.group(2));
        layers.merge(layer, new Errors(0, 0).with(component), (a, _) -> a.with(component));
      }
    }
  }

  /// Markup, one plot for each stack of layers; empty where the case has none.
  static String of(CaseReport report) {
    Set<String> stacks = new LinkedHashSet<>();
    for (ComponentReport component : report.components()) {
      Matcher matcher = LAYER.matcher(component.path());
      if (matcher.matches()) {
        stacks.add(matcher.group(1));
      }
    }
    var plots = new StringBuilder();
    stacks.forEach(stack -> plots.append(new ErrorPlot(report, stack).draw()));
    return plots.toString();
  }

  private String draw() {
    out.append("<svg viewBox=\"0 0 %d %d\" role=\"img\"".formatted(WIDTH, HEIGHT));
    out.append(" aria-label=\"largest scaled error by layer\">\n");
    for (int power = LOWEST; power <= 1; power++) {
      double y = y(Math.pow(10, power));
      line(
          "<line x1=\"%d\" x2=\"%d\" y1=\"%.1f\" y2=\"%.1f\" stroke=\"var(--line)\"/>",
          LEFT, WIDTH, y, y);
      line("<text x=\"0\" y=\"%.1f\">1e%d</text>", y + 4, power);
    }
    curve("isolated", "var(--a)", 0);
    curve("accumulated", "var(--b)", 1);
    line(
        "<text x=\"%d\" y=\"%d\">%s</text>",
        LEFT, HEIGHT - 4, (words() + " layer " + layers.firstKey()).strip());
    line("<text x=\"%d\" y=\"%d\">%d</text>", WIDTH - 24, HEIGHT - 4, layers.lastKey());
    return out.append("</svg>\n").toString();
  }

  private void curve(String name, String colour, int which) {
    var points = new StringBuilder();
    layers.forEach((layer, errors) -> {
      double error = which == 0 ? errors.isolated() : errors.accumulated();
      points.append(String.format(Locale.ROOT, "%.1f,%.1f ", x(layer), y(error)));
      line("<circle cx=\"%.1f\" cy=\"%.1f\" r=\"3\" fill=\"%s\"/>", x(layer), y(error), colour);
    });
    line("<polyline points=\"%s\" fill=\"none\" stroke=\"%s\"/>", points, colour);
    line(
        "<text x=\"%d\" y=\"%d\" style=\"fill:%s\">%s</text>",
        160 + 80 * which, HEIGHT - 4, colour, name);
  }

  /// Which of the stacks, where the path tells.
  private String words() {
    return stack.contains("encoder") ? "encoder" : stack.contains("decoder") ? "decoder" : "";
  }

  private double x(int layer) {
    int span = Math.max(1, layers.lastKey() - layers.firstKey());
    return LEFT + 12 + (WIDTH - LEFT - 40.0) * (layer - layers.firstKey()) / span;
  }

  private static double y(double error) {
    double power = Math.clamp(Math.log10(error), LOWEST, 1);
    return 8 + (HEIGHT - BOTTOM - 16.0) * (1 - power) / (1 - LOWEST);
  }

  private void line(String format, Object... values) {
    out.append(String.format(Locale.ROOT, format, values)).append('\n');
  }
}

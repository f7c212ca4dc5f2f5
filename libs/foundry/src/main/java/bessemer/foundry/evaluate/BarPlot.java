package bessemer.foundry.evaluate;

import bessemer.foundry.parity.HtmlReport;
import java.util.List;
import java.util.Locale;

/// Bars in groups, one of each series, with what they may be off by: a picture that needs nothing
/// else.
final class BarPlot {
  private static final int HEIGHT = 260;
  private static final int LEFT = 44;
  private static final int TOP = 30;
  private static final int BOTTOM = 34;
  private static final int BAR = 26;
  private static final int GAP = 26;
  private static final int LINES = 5;
  private static final int LABEL = 22; // characters below a group
  private static final int PER_CHARACTER = 7;

  /// @param offBy how far the value may be off to either side; 0 draws none
  record Bar(double value, double offBy) {}

  /// @param bars one for each group
  record Series(String name, List<Bar> bars) {}

  private final StringBuilder out = new StringBuilder();
  private final List<String> groups;
  private final List<Series> series;
  private final double highest;
  private final int pitch;

  private BarPlot(List<String> groups, List<Series> series) {
    this.groups = groups.stream().map(BarPlot::shortened).toList();
    this.series = series;
    double high =
        series.stream()
            .flatMap(of -> of.bars().stream())
            .mapToDouble(bar -> bar.value() + bar.offBy())
            .max()
            .orElse(0);
    this.highest = Math.max(1, high * 1.08);
    int label = this.groups.stream().mapToInt(String::length).max().orElse(0) * PER_CHARACTER;
    this.pitch = Math.max(label, BAR * series.size()) + GAP;
  }

  static String svg(String title, List<String> groups, List<Series> series) {
    return new BarPlot(groups, series).draw(title);
  }

  private static String shortened(String text) {
    return text.length() <= LABEL ? text : text.substring(0, LABEL - 1) + "…";
  }

  private String draw(String title) {
    int width = Math.max(420, LEFT + pitch * groups.size() + GAP);
    line(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%d\""
            + " viewBox=\"0 0 %d %d\" role=\"img\" aria-label=\"%s\">",
        width, HEIGHT, width, HEIGHT, HtmlReport.escaped(title));
    for (int i = 0; i <= LINES; i++) {
      double value = highest * i / LINES;
      line(
          "<line x1=\"%d\" x2=\"%d\" y1=\"%.1f\" y2=\"%.1f\" class=\"grid\"/>",
          LEFT, width - 8, y(value), y(value));
      line("<text x=\"4\" y=\"%.1f\">%.3g</text>", y(value) + 4, value);
    }
    for (int i = 0; i < groups.size(); i++) {
      group(i);
    }
    legend();
    return out.append("</svg>\n").toString();
  }

  private void group(int place) {
    double middle = LEFT + GAP / 2.0 + pitch * (place + 0.5);
    double left = middle - BAR * series.size() / 2.0;
    for (int i = 0; i < series.size(); i++) {
      Bar bar = series.get(i).bars().get(place);
      double x = left + BAR * i;
      line(
          "<rect x=\"%.1f\" y=\"%.1f\" width=\"%d\" height=\"%.1f\" class=\"s%d\">"
              + "<title>%s: %.2f</title></rect>",
          x + 2,
          y(bar.value()),
          BAR - 4,
          y(0) - y(bar.value()),
          i,
          HtmlReport.escaped(series.get(i).name()),
          bar.value());
      if (bar.offBy() > 0) {
        line(
            "<line x1=\"%.1f\" x2=\"%.1f\" y1=\"%.1f\" y2=\"%.1f\" class=\"whisker\"/>",
            x + BAR / 2.0,
            x + BAR / 2.0,
            y(Math.max(0, bar.value() - bar.offBy())),
            y(bar.value() + bar.offBy()));
      }
    }
    line(
        "<text x=\"%.1f\" y=\"%d\" text-anchor=\"middle\">%s</text>",
        middle, HEIGHT - 14, HtmlReport.escaped(groups.get(place)));
  }

  private void legend() {
    int x = LEFT;
    for (int i = 0; i < series.size() && series.size() > 1; i++) {
      String name = shortened(series.get(i).name());
      line("<rect x=\"%d\" y=\"8\" width=\"10\" height=\"10\" class=\"s%d\"/>", x, i);
      line("<text x=\"%d\" y=\"17\">%s</text>", x + 14, HtmlReport.escaped(name));
      x += 24 + PER_CHARACTER * name.length();
    }
  }

  private double y(double value) {
    return TOP + (HEIGHT - TOP - BOTTOM) * (highest - value) / highest;
  }

  private void line(String format, Object... values) {
    out.append(String.format(Locale.ROOT, format, values)).append('\n');
  }
}

package bessemer.gateway.dashboard;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.DoubleFunction;

/// A drawing of series over an axis, in the units of its own view box: the template only writes
/// down what is here.
///
/// @param label what the drawing shows, for those who cannot see it
record Plot(
    String label, List<Tick> rows, List<Tick> columns, List<Series> series, List<Line> gates) {
  static final int WIDTH = 760;
  static final int HEIGHT = 240;
  static final int LEFT = 76;
  static final int TOP = 10;
  static final int BOTTOM = HEIGHT - 26;
  static final int RIGHT = WIDTH - 12;

  /// @param at along its axis
  record Tick(double at, String text) {}

  /// @param style the class that colours it
  record Series(String name, String style, String path, List<Dot> dots) {}

  /// @param text what the dot is, with its numbers
  record Dot(double x, double y, String style, String text) {}

  /// A level that must not be passed.
  record Line(double x1, double x2, double y) {}

  public int width() {
    return WIDTH;
  }

  public int height() {
    return HEIGHT;
  }

  public int left() {
    return LEFT;
  }

  public int right() {
    return RIGHT;
  }

  public int top() {
    return TOP;
  }

  public int bottom() {
    return BOTTOM;
  }

  public String viewBox() {
    return "0 0 " + WIDTH + " " + HEIGHT;
  }

  /// An axis of the plane, from values to places.
  ///
  /// @param from the value at `low`
  /// @param to the value at `high`
  record Axis(double from, double to, double low, double high) {
    double at(double value) {
      double share = to == from ? 0.5 : (value - from) / (to - from);
      return Math.round(10 * (low + (high - low) * Math.clamp(share, 0, 1))) / 10.0;
    }

    /// About five round values, with their places.
    ///
    /// @param least the smallest step between two of them
    List<Tick> ticks(double least, DoubleFunction<String> text) {
      double span = to - from;
      if (!(span > 0)) {
        return List.of(new Tick(at(from), text.apply(from)));
      }
      double step = Math.pow(10, Math.floor(Math.log10(span / 4)));
      step *= span / step > 20 ? 5 : span / step > 8 ? 2 : 1;
      step = Math.max(step, least);
      List<Tick> ticks = new ArrayList<>();
      for (double value = Math.ceil(from / step) * step; value <= to + step / 1e6; value += step) {
        ticks.add(new Tick(at(value), text.apply(Math.abs(value) < step / 1e6 ? 0 : value)));
      }
      return ticks;
    }
  }

  static String path(List<Dot> dots) {
    var path = new StringBuilder();
    for (Dot dot : dots) {
      path.append(path.isEmpty() ? 'M' : 'L');
      path.append(String.format(Locale.ROOT, "%.1f %.1f", dot.x, dot.y));
    }
    return path.toString();
  }
}

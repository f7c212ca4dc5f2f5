package bessemer.gateway.dashboard;

import bessemer.contracts.MetricPoint;
import bessemer.gateway.dashboard.Plot.Axis;
import bessemer.gateway.dashboard.Plot.Dot;
import bessemer.gateway.dashboard.Plot.Series;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/// A job's series, each drawn over its steps.
///
/// @param latest the last value
record MetricPlot(String name, String latest, Plot plot) {
  // A point every two units of the drawing; more cannot be seen.
  private static final int MOST_POINTS = (Plot.RIGHT - Plot.LEFT) / 2;

  /// One plot per series, in the order of their names.
  static List<MetricPlot> of(List<MetricPoint> points) {
    return points.stream()
        .filter(point -> Double.isFinite(point.value()))
        .sorted(Comparator.comparing(MetricPoint::name).thenComparing(MetricPoint::step))
        .collect(Collectors.groupingBy(MetricPoint::name, LinkedHashMap::new, Collectors.toList()))
        .entrySet()
        .stream()
        .filter(series -> series.getValue().size() > 1) // a point is no line
        .map(MetricPlot::draw)
        .toList();
  }

  private static MetricPlot draw(Map.Entry<String, List<MetricPoint>> series) {
    String name = series.getKey();
    List<MetricPoint> points = thinned(series.getValue());
    boolean isBytes = name.contains("bytes");
    var x = new Axis(points.getFirst().step(), points.getLast().step(), Plot.LEFT, Plot.RIGHT);
    double least = points.stream().mapToDouble(MetricPoint::value).min().orElseThrow();
    double most = points.stream().mapToDouble(MetricPoint::value).max().orElseThrow();
    var y = new Axis(least > 0 ? 0 : least, most, Plot.BOTTOM, Plot.TOP + 8);
    List<Dot> dots =
        points.stream()
            .map(point ->
                new Dot(
                    x.at(point.step()),
                    y.at(point.value()),
                    "a",
                    "step %d: %s".formatted(point.step(), value(point.value(), isBytes))))
            .toList();
    String last = value(points.getLast().value(), isBytes);
    return new MetricPlot(
        words(name),
        last,
        new Plot(
            "%s over %d steps, last %s".formatted(words(name), points.size(), last),
            y.ticks(0, value -> value(value, isBytes)),
            x.ticks(1, step -> Long.toString(Math.round(step))),
            List.of(new Series(words(name), "a", Plot.path(dots), dots)),
            List.of()));
  }

  /// Keeps the least and the largest of each group, so that no peak is lost.
  static List<MetricPoint> thinned(List<MetricPoint> points) {
    if (points.size() <= MOST_POINTS) {
      return points;
    }
    int size = 2 * Math.ceilDiv(points.size(), MOST_POINTS);
    List<MetricPoint> kept = new ArrayList<>();
    for (int i = 0; i < points.size(); i += size) {
      List<MetricPoint> group = points.subList(i, Math.min(i + size, points.size()));
      MetricPoint least =
          group.stream().min(Comparator.comparing(MetricPoint::value)).orElseThrow();
      MetricPoint most = group.stream().max(Comparator.comparing(MetricPoint::value)).orElseThrow();
      kept.add(least.step() <= most.step() ? least : most);
      if (least != most) {
        kept.add(least.step() <= most.step() ? most : least);
      }
    }
    return kept;
  }

  private static String value(double value, boolean isBytes) {
    return isBytes ? Show.bytes(value) : Show.number(value);
  }

  private static String words(String name) {
    return name.replace('_', ' ');
  }
}

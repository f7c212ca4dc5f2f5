package bessemer.ops;

import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/// Metrics and the labels that they have, as seen in scrapes.
///
/// @param labels by the metric's name
record Metrics(SortedMap<String, Set<String>> labels) {
  private static final Pattern SAMPLE =
      Pattern.compile("^([a-zA-Z_:][\\w:]*)(?:\\{(.*)})? \\S+.*$");
  private static final Pattern LABEL = Pattern.compile("(\\w+)=\"(?:[^\"\\\\]|\\\\.)*\",?");

  /// From Prometheus's text format; a line of [#text] is one too, with a label's name as its value.
  static Metrics of(Iterable<String> lines) {
    SortedMap<String, Set<String>> labels = new TreeMap<>();
    for (String line : lines) {
      Matcher sample = SAMPLE.matcher(line);
      if (sample.matches()) {
        Set<String> names = labels.computeIfAbsent(sample.group(1), name -> new TreeSet<>());
        if (sample.group(2) != null) {
          LABEL.matcher(sample.group(2)).results().forEach(label -> names.add(label.group(1)));
        }
      }
    }
    return new Metrics(labels);
  }

  /// A line a metric: `bessemer_jobs{kind="",state=""} 0`.
  String text() {
    return labels.entrySet().stream()
        .map(Metrics::line)
        .collect(Collectors.joining("\n", "", "\n"));
  }

  private static String line(Map.Entry<String, Set<String>> metric) {
    String names =
        metric.getValue().stream().map(name -> name + "=\"\"").collect(Collectors.joining(","));
    return "%s{%s} 0".formatted(metric.getKey(), names);
  }
}

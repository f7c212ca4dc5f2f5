package bessemer.ops;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/// Are the metrics and labels that alerts and dashboards name really there? `ops/check-metrics
/// URL…` asks running services; `--record FILE` writes down what they have.
public final class CheckMetrics {
  /// What Prometheus itself adds to every series, or makes.
  private static final Set<String> TARGET_LABELS = Set.of("job", "instance", "service", "le");

  private static final Set<String> OF_PROMETHEUS = Set.of("up", "ALERTS", "scrape_samples_scraped");

  private CheckMetrics() {}

  public static void main(String[] arguments) throws IOException, InterruptedException {
    List<String> urls = new ArrayList<>(List.of(arguments));
    int record = urls.indexOf("--record");
    Path file = record < 0 || record + 1 >= urls.size() ? null : Path.of(urls.get(record + 1));
    if (file != null) {
      urls.subList(record, record + 2).clear();
    }
    if (urls.isEmpty() || urls.stream().anyMatch(url -> url.startsWith("-"))) {
      System.err.println(
          "usage: ops/check-metrics [--record FILE] URL…    (…/actuator/prometheus)");
      System.exit(2);
    }
    Metrics metrics = Metrics.of(scrape(urls));
    if (file != null) {
      Files.writeString(file, metrics.text());
      System.out.printf(
          "%d metrics of %d scrapes: %s%n", metrics.labels().size(), urls.size(), file);
    }
    Expressions expressions = Expressions.in(Path.of(System.getProperty("bessemer.ops", "ops")));
    List<String> missing = missing(expressions, metrics);
    missing.forEach(System.out::println);
    System.out.printf(
        "%d expressions, %d names that no scrape has%n", expressions.all().size(), missing.size());
    System.exit(missing.isEmpty() ? 0 : 1);
  }

  private static List<String> scrape(Collection<String> urls)
      throws IOException, InterruptedException {
    List<String> lines = new ArrayList<>();
    try (HttpClient client = HttpClient.newHttpClient()) {
      for (String url : urls) {
        var request = HttpRequest.newBuilder(URI.create(url)).timeout(Duration.ofSeconds(10));
        var answer = client.send(request.build(), BodyHandlers.ofLines());
        if (answer.statusCode() != 200) {
          throw new IOException(url + " answered " + answer.statusCode() + " instead of metrics");
        }
        lines.addAll(answer.body().toList());
      }
    }
    return lines;
  }

  /// A line for each name in an expression that is in no scrape; empty when all is well.
  static List<String> missing(Expressions expressions, Metrics metrics) {
    Set<String> missing = new LinkedHashSet<>();
    for (Expressions.Expression expression : expressions.all()) {
      Query query = Query.of(expression.promql());
      Set<String> groupable = new LinkedHashSet<>(TARGET_LABELS);
      boolean all = true;
      for (Query.Selector selector : query.selectors()) {
        Set<String> labels = metrics.labels().get(selector.metric());
        if (labels != null) {
          groupable.addAll(labels);
          selector.labels().stream()
              .filter(label -> !labels.contains(label) && !TARGET_LABELS.contains(label))
              .forEach(label ->
                  missing.add(
                      "%s: %s has no label %s, only %s"
                          .formatted(expression.where(), selector.metric(), label, labels)));
        } else {
          all = false;
          if (!isMade(selector.metric(), expressions)) {
            missing.add("%s: no metric %s".formatted(expression.where(), selector.metric()));
          }
        }
      }
      if (all) {
        query.grouping().stream()
            .filter(label -> !groupable.contains(label))
            .forEach(label ->
                missing.add(
                    "%s: grouped by %s, which none of its metrics has"
                        .formatted(expression.where(), label)));
      }
    }
    return List.copyOf(missing);
  }

  private static boolean isMade(String metric, Expressions expressions) {
    return OF_PROMETHEUS.contains(metric) || expressions.recorded().contains(metric);
  }
}

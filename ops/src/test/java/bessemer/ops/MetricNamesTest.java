package bessemer.ops;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

class MetricNamesTest {
  private static final Path OPS = Path.of("").toAbsolutePath();

  @Test
  void alertsAndDashboardsNameOnlyWhatTheServicesWereSeenToHave() throws IOException {
    Metrics seen = Metrics.of(Files.readAllLines(OPS.resolve("prometheus/metrics.txt")));

    assertThat(CheckMetrics.missing(Expressions.in(OPS), seen)).isEmpty();
  }

  @Test
  void everyAlertHasATestAndAParagraphInTheOperatorsGuide() throws IOException {
    String guide = Files.readString(OPS.resolve("../docs/OPERATIONS.md"));
    String alerts = Files.readString(OPS.resolve("prometheus/alerts.yml"));
    String tests = Files.readString(OPS.resolve("prometheus/alerts_test.yml"));

    assertThat(Alerts.in(OPS)).isNotEmpty();
    for (String alert : Alerts.in(OPS)) {
      assertThat(tests).contains("alertname: " + alert + "\n");
      assertThat(guide).contains("\n#### " + alert + "\n");
      assertThat(alerts).contains("runbook: docs/OPERATIONS.md#" + alert.toLowerCase());
    }
  }

  @Test
  void aMetricALabelAndAGroupingThatNoScrapeHasAreEachNamed() {
    Metrics seen =
        Metrics.of(
            List.of(
                "# HELP jobs how many",
                "jobs{kind=\"a\",state=\"q \\\"}\"} 3.0",
                "run_seconds_bucket{kind=\"a\",le=\"0.5\",} 1",
                "up_since 1.5E9"));

    assertThat(seen.labels())
        .containsEntry("jobs", Set.of("kind", "state"))
        .containsEntry("run_seconds_bucket", Set.of("kind", "le"))
        .containsEntry("up_since", Set.of());
    assertThat(Metrics.of(seen.text().lines().toList())).isEqualTo(seen);
    assertThat(missing("sum by (kind, le) (rate(run_seconds_bucket{service=\"x\"}[5m]))", seen))
        .isEmpty();
    assertThat(missing("jobs{stat=\"q\"} > 0", seen))
        .containsExactly("a panel: jobs has no label stat, only [kind, state]");
    assertThat(missing("sum(job) by (kind)", seen)).containsExactly("a panel: no metric job");
    assertThat(missing("sum by (sort) (jobs)", seen))
        .containsExactly("a panel: grouped by sort, which none of its metrics has");
    assertThat(missing("up == 0 or made:by_rule", seen)).isEmpty();
  }

  @Test
  void anExpressionIsReadIntoItsMetricsAndLabels() {
    Query query =
        Query.of(
            """
            histogram_quantile(0.99, sum by (model, le) (rate(a_bucket{model=~"x|y{z}", b!='}'}[5m])))
              / on (kind) group_left (extra) max without (instance) (c offset 5m) > bool 1e3
            """);

    assertThat(query.selectors())
        .containsExactly(
            new Query.Selector("a_bucket", Set.of("model", "b")),
            new Query.Selector("c", Set.of()));
    assertThat(query.grouping())
        .containsExactlyInAnyOrder("model", "le", "kind", "extra", "instance");
  }

  private static List<String> missing(String promql, Metrics seen) {
    var expression = new Expressions.Expression("a panel", promql);
    return CheckMetrics.missing(
        new Expressions(List.of(expression), List.of("made:by_rule")), seen);
  }

  @Test
  void aScrapeOfSeveralServicesIsTheUnionOfTheirLabels() {
    Metrics seen = Metrics.of(List.of("a{x=\"1\"} 1", "a{y=\"1\"} 1"));

    assertThat(Map.copyOf(seen.labels())).isEqualTo(Map.of("a", Set.of("x", "y")));
  }
}

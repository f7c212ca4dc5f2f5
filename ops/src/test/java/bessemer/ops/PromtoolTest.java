package bessemer.ops;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.json.JsonMapper;

/// Rules, alerts and dashboards as Prometheus's own tool sees them. It comes with the package
/// `prometheus`; without it on the PATH these tests are skipped.
class PromtoolTest {
  private static final Path OPS = Path.of("").toAbsolutePath();
  private static final Path PROMETHEUS = OPS.resolve("prometheus");

  private static String promtool = "";

  @BeforeAll
  static void findPromtool() {
    promtool =
        Arrays.stream(System.getenv("PATH").split(File.pathSeparator))
            .map(folder -> Path.of(folder, "promtool"))
            .filter(Files::isExecutable)
            .map(Path::toString)
            .findFirst()
            .orElse("");
    if (promtool.isEmpty()) {
      String why =
          "skipped: promtool is not on the PATH (it is in the package prometheus), so that alert"
              + " rules and dashboards are not checked by it";
      System.err.println(why);
      Assumptions.abort(why);
    }
  }

  @Test
  void theConfigurationAndTheRulesAreValid() throws Exception {
    run("check", "config", "--syntax-only", PROMETHEUS.resolve("prometheus.yml").toString());
    run("check", "config", "--syntax-only", PROMETHEUS.resolve("local.yml").toString());
    run("check", "rules", "--lint-fatal", PROMETHEUS.resolve("rules.yml").toString());
    run("check", "rules", "--lint-fatal", PROMETHEUS.resolve("alerts.yml").toString());
  }

  @Test
  void alertsFireWhenTheyShouldAndOnlyThen() throws Exception {
    run("test", "rules", PROMETHEUS.resolve("alerts_test.yml").toString());
  }

  /// Each becomes a recording rule, because old versions of promtool parse expressions only there.
  @Test
  void everyExpressionOfADashboardIsPromql(@TempDir Path folder) throws Exception {
    List<String> rules = new ArrayList<>();
    for (Expressions.Expression expression : Expressions.in(OPS).all()) {
      String quoted = JsonMapper.shared().writeValueAsString(expression.promql());
      rules.add("  - {record: 'checked:%d', expr: %s}".formatted(rules.size(), quoted));
    }
    Path file = folder.resolve("rules.yml");
    Files.writeString(file, "groups:\n- name: all\n  rules:\n" + String.join("\n", rules));

    String said = run("check", "rules", file.toString());

    assertThat(said).contains(rules.size() + " rules found");
    assertThat(rules).hasSizeGreaterThan(40);
  }

  private static String run(String... arguments) throws IOException, InterruptedException {
    List<String> command = new ArrayList<>(List.of(promtool));
    command.addAll(List.of(arguments));
    Process process =
        new ProcessBuilder(command).directory(OPS.toFile()).redirectErrorStream(true).start();
    String said = new String(process.getInputStream().readAllBytes());
    assertThat(process.waitFor()).as(said).isZero();
    return said;
  }
}

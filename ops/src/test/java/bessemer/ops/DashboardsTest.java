package bessemer.ops;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class DashboardsTest {
  private static final Path OPS = Path.of("").toAbsolutePath();

  static List<Path> dashboards() throws IOException {
    return Expressions.dashboards(OPS);
  }

  @Test
  void thereIsOneForTheClusterTheJobsAndInference() throws IOException {
    assertThat(dashboards())
        .extracting(file -> file.getFileName().toString())
        .containsExactly("cluster.json", "inference.json", "jobs.json");
  }

  @ParameterizedTest
  @MethodSource("dashboards")
  void everyPanelHasATitleAUnitThresholdsAndAQueryToTheProvisionedSource(Path file)
      throws IOException {
    String provisioned =
        Files.readString(OPS.resolve("grafana/provisioning/datasources/prometheus.yml"));
    for (JsonNode panel : panels(file)) {
      String title = panel.path("title").asString();
      assertThat(title).as("a title in %s", file).isNotBlank();
      JsonNode defaults = panel.path("fieldConfig").path("defaults");
      assertThat(defaults.path("unit").asString()).as(title).isNotBlank();
      assertThat(defaults.path("thresholds").path("steps").size()).as(title).isPositive();
      assertThat(provisioned)
          .contains("uid: " + panel.path("datasource").path("uid").asString("none"));
      assertThat(panel.path("targets").size()).as(title).isPositive();
      for (JsonNode target : panel.path("targets")) {
        assertThat(target.path("expr").asString()).as(title).isNotBlank();
        assertThat(target.path("legendFormat").asString()).as(title).isNotBlank();
      }
    }
  }

  @ParameterizedTest
  @MethodSource("dashboards")
  void panelsHaveNumbersOfTheirOwnAndDoNotOverlap(Path file) throws IOException {
    Set<Integer> numbers = new HashSet<>();
    Set<String> taken = new HashSet<>();
    for (JsonNode panel : json(file).path("panels")) {
      assertThat(numbers.add(panel.path("id").asInt())).isTrue();
      JsonNode at = panel.path("gridPos");
      assertThat(at.path("x").asInt() + at.path("w").asInt()).isLessThanOrEqualTo(24);
      for (int x = at.path("x").asInt(); x < at.path("x").asInt() + at.path("w").asInt(); x++) {
        for (int y = at.path("y").asInt(); y < at.path("y").asInt() + at.path("h").asInt(); y++) {
          assertThat(taken.add(x + "," + y)).as(panel.path("title").asString()).isTrue();
        }
      }
    }
  }

  @ParameterizedTest
  @MethodSource("dashboards")
  void everyVariableIsUsed(Path file) throws IOException {
    JsonNode board = json(file);
    assertThat(board.path("templating").path("list").size()).isPositive();
    for (JsonNode variable : board.path("templating").path("list")) {
      assertThat(board.path("panels").toString()).contains("$" + variable.path("name").asString());
    }
  }

  private static List<JsonNode> panels(Path file) throws IOException {
    List<JsonNode> panels = new ArrayList<>();
    for (JsonNode panel : json(file).path("panels")) {
      if (!panel.path("type").asString().equals("row")) {
        panels.add(panel);
      }
    }
    assertThat(panels).isNotEmpty();
    return panels;
  }

  private static JsonNode json(Path file) throws IOException {
    return JsonMapper.shared().readTree(Files.readString(file));
  }
}

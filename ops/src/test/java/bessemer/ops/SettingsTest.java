package bessemer.ops;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/// A setting has one name: where it is set, where it is read and where it is explained.
class SettingsTest {
  private static final List<String> SERVICES =
      List.of("gateway", "conversion-service", "eval-service", "inference-service");
  private static final Pattern GIVEN = Pattern.compile("\\.put\\(\\s*\"(BESSEMER_[A-Z_]+)\"");

  @Test
  void theOperatorsGuideExplainsEverySetting() throws IOException {
    String guide = Sources.text("docs/OPERATIONS.md");
    for (String service : SERVICES) {
      Set<String> names =
          Sources.settings(Sources.text(service + "/src/main/resources/application.yaml"));

      assertThat(names).as(service).contains("BESSEMER_HOME", "BESSEMER_PORT");
      assertThat(Sources.settings(guide)).as(service).containsAll(names);
    }
  }

  @Test
  void theGuideExplainsNoSettingThatNobodyReads() throws IOException {
    Set<String> read = new TreeSet<>(Sources.settings(Sources.all("cli")));
    read.addAll(Sources.settings(Sources.all("supervisor")));
    read.addAll(Sources.settings(Sources.text("docker-compose.yml")));
    for (String service : SERVICES) {
      read.addAll(Sources.settingsOf(service));
    }

    Set<String> explained = Sources.settings(Sources.text("docs/OPERATIONS.md"));
    explained.removeIf(name -> name.equals("BESSEMER_NAME") || name.endsWith("_JAVA_OPTIONS"));

    assertThat(read).containsAll(explained);
  }

  @Test
  void whatTheSupervisorSetsIsReadByAService() throws IOException {
    Set<String> read = new TreeSet<>();
    for (String service : SERVICES) {
      read.addAll(Sources.settingsOf(service));
    }
    List<String> given =
        GIVEN.matcher(Sources.all("supervisor")).results().map(put -> put.group(1)).toList();

    assertThat(given).contains("BESSEMER_MANAGEMENT_PORT");
    assertThat(read).containsAll(given);
  }
}

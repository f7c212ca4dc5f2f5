package bessemer.foundry.hub;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class HubSettingsTest {
  @TempDir Path home;

  @Test
  void readsTheTokenFileUnlessTheEnvironmentNamesAToken() throws Exception {
    Files.createDirectories(home.resolve(".cache/huggingface"));
    Files.writeString(home.resolve(".cache/huggingface/token"), "hf_file\n");
    assertThat(HubSettings.from(Map.of(), home).token().secret()).isEqualTo("hf_file");
    HubSettings named = HubSettings.from(Map.of("HF_TOKEN", "hf_named"), home);
    assertThat(named.token().secret()).isEqualTo("hf_named");
    assertThat(named.toString()).doesNotContain("hf_named");
  }

  @Test
  void looksForTheTokenWhereTheEnvironmentSays() throws Exception {
    Path moved = Files.createDirectories(home.resolve("moved"));
    Files.writeString(moved.resolve("token"), "hf_moved");
    Files.writeString(home.resolve("elsewhere"), " hf_elsewhere\n");
    Map<String, String> environment = Map.of("HF_HOME", moved.toString());
    assertThat(HubSettings.from(environment, home).token().secret()).isEqualTo("hf_moved");
    environment =
        Map.of("HF_HOME", moved.toString(), "HF_TOKEN_PATH", home.resolve("elsewhere").toString());
    assertThat(HubSettings.from(environment, home).token().secret()).isEqualTo("hf_elsewhere");
    environment = Map.of("HF_HOME", home.resolve("none").toString());
    assertThat(HubSettings.from(environment, home).token()).isEqualTo(HubToken.NONE);
  }

  @Test
  void waitsAMinuteForASilentHub() throws Exception {
    HubSettings settings = HubSettings.from(Map.of(), home);
    assertThat(settings.silence()).hasSeconds(60);
    assertThatThrownBy(() ->
            new HubSettings(settings.endpoint(), HubToken.NONE, Set.of(), false, 1, Duration.ZERO))
        .hasMessageContaining("silence");
  }

  @Test
  void allowsOnlyHttpsToListedHosts() throws Exception {
    HubSettings settings = HubSettings.from(Map.of(), home);
    assertThat(settings.allows(URI.create("https://cas-bridge.xethub.hf.co/x"))).isTrue();
    for (String refused :
        List.of("http://cdn.hf.co/x", "https://evilhf.co/x", "https://hf.co@evil.example/")) {
      assertThat(settings.allows(URI.create(refused))).as(refused).isFalse();
    }
  }

  @Test
  void refusesAnEndpointWithoutTls() {
    assertThatThrownBy(() -> HubSettings.from(Map.of("HF_ENDPOINT", "http://mirror.example"), home))
        .hasMessageContaining("must be https");
  }

  @Test
  void readsSourcesAndRefusesNamesThatAreNoRepository() {
    assertThat(HubSource.parse("hf:a/b@v1")).isEqualTo(new HubSource("a/b", "v1"));
    for (String bad : List.of("a/b", "hf:a", "hf:a/..", "hf:a/b/c", "hf:a/b@../x", "hf:a/b?c")) {
      assertThatThrownBy(() -> HubSource.parse(bad)).isInstanceOf(IllegalArgumentException.class);
    }
  }
}

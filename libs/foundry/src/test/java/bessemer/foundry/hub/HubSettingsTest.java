package bessemer.foundry.hub;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
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

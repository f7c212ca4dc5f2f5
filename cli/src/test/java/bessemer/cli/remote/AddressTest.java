package bessemer.cli.remote;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AddressTest {
  private static final String PRINT = "ab".repeat(32);

  @TempDir Path home;

  private void cluster(String json) throws IOException {
    Files.writeString(home.resolve("cluster.json"), json);
    Files.writeString(home.resolve("admin.key"), "bsm_own\n");
  }

  @Test
  void isWhatUpWroteDown() throws IOException {
    cluster("{\"phase\":\"UP\",\"url\":\"http://127.0.0.1:8090\",\"fingerprint\":null}");
    assertThat(Address.find(Map.of(), home))
        .isEqualTo(new Address(URI.create("http://127.0.0.1:8090"), "bsm_own", null, true));
    assertThat(Address.find(Map.of("BESSEMER_KEY", "bsm_other"), home).key())
        .isEqualTo("bsm_other");
  }

  @Test
  void isTheEnvironmentsBeforeAll() throws IOException {
    cluster("{\"url\":\"http://127.0.0.1:8090\"}");
    String colons = PRINT.toUpperCase().replaceAll("(..)(?=.)", "$1:");
    Map<String, String> environment =
        Map.of(
            "BESSEMER_URL", "https://foundry.example:8443/",
            "BESSEMER_KEY", " bsm_there ",
            "BESSEMER_FINGERPRINT", colons);
    URI uri = URI.create("https://foundry.example:8443");
    assertThat(Address.find(environment, home))
        .isEqualTo(new Address(uri, "bsm_there", PRINT, false));
  }

  @Test
  void sendsTheOwnKeyToNobodyElse() throws IOException {
    cluster("{\"url\":\"http://127.0.0.1:8090\"}");
    assertThatThrownBy(() -> Address.find(Map.of("BESSEMER_URL", "http://elsewhere:8080"), home))
        .isInstanceOf(GatewayException.class)
        .hasMessageContaining("BESSEMER_KEY is not")
        .hasMessageContaining("http://elsewhere:8080");
  }

  @Test
  void isNoneBeforeTheFirstStartAndAfterTheLast() throws IOException {
    assertThatThrownBy(() -> Address.find(Map.of(), home))
        .hasMessage("Bessemer is not running: ./bessemer up (or add --local)");
    cluster("{\"phase\":\"STOPPED\",\"url\":\"http://127.0.0.1:8090\"}");
    assertThatThrownBy(() -> Address.find(Map.of(), home))
        .hasMessage("Bessemer is not running: ./bessemer up (or add --local)");
  }

  @Test
  void saysWhichPartIsWrong() throws IOException {
    assertThatThrownBy(() -> find(Map.of("BESSEMER_URL", "ftp://x", "BESSEMER_KEY", "k")))
        .hasMessageContaining("BESSEMER_URL: 'ftp://x' is no address of a gateway");
    assertThatThrownBy(() -> find(Map.of("BESSEMER_URL", "not a url", "BESSEMER_KEY", "k")))
        .hasMessageContaining("'not a url' is no address");
    assertThatThrownBy(() -> find(Map.of("BESSEMER_FINGERPRINT", "abc")))
        .hasMessageContaining("64 hexadecimal digits; 'abc' is not");
    cluster("{\"url\":");
    assertThatThrownBy(() -> find(Map.of()))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("cluster.json is not JSON");
    cluster("{\"url\":\"http://127.0.0.1:1\"}");
    Files.delete(home.resolve("admin.key"));
    assertThatThrownBy(() -> find(Map.of())).hasMessageContaining("admin.key is missing");
  }

  private Address find(Map<String, String> environment) throws IOException {
    return Address.find(environment, home);
  }

  @Test
  void doesNotShowTheKey() throws IOException {
    cluster("{\"url\":\"http://127.0.0.1:8090\"}");
    assertThat(Address.find(Map.of(), home).toString()).isEqualTo("http://127.0.0.1:8090");
  }
}

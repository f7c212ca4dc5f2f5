package bessemer.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.env.YamlPropertySourceLoader;
import org.springframework.core.env.StandardEnvironment;
import org.springframework.core.env.SystemEnvironmentPropertySource;
import org.springframework.core.io.ClassPathResource;
import org.springframework.util.unit.DataSize;

class SettingsTest {

  @Test
  void withoutAnyVariableItServesThisMachine() throws Exception {
    StandardEnvironment environment = environment(Map.of());
    Settings settings = settings(environment);
    Path home = Path.of(System.getProperty("user.home"), ".bessemer");
    assertThat(settings.home()).isEqualTo(home);
    assertThat(settings.keys()).isEqualTo(home.resolve("keys"));
    assertThat(settings.conversionUrl()).isEqualTo(URI.create("http://127.0.0.1:8081"));
    assertThat(settings.evalUrl()).isEqualTo(URI.create("http://127.0.0.1:8084"));
    assertThat(settings.behindProxy()).isFalse();
    assertThat(settings.hosts()).isEmpty();
    assertThat(settings.tls().enabled()).isFalse();
    assertThat(settings.limits())
        .isEqualTo(
            new Settings.Limits(
                DataSize.ofMegabytes(1),
                DataSize.ofMegabytes(4),
                DataSize.ofGigabytes(256),
                200,
                1000,
                256));
    assertThat(environment.getProperty("server.address")).isEqualTo("127.0.0.1");
    assertThat(environment.getProperty("server.port")).isEqualTo("8080");
    assertThat(environment.getProperty("management.server.address")).isEqualTo("127.0.0.1");
  }

  @Test
  void everyVariableArrives() throws Exception {
    Map<String, String> variables = new HashMap<>();
    variables.put("BESSEMER_HOME", "/srv/bessemer");
    variables.put("BESSEMER_KEYS", "/etc/bessemer/keys");
    variables.put("BESSEMER_CONVERSION_URL", "http://conversion:9000");
    variables.put("BESSEMER_EVAL_URL", "http://eval:9001");
    variables.put("BESSEMER_BEHIND_PROXY", "true");
    variables.put("BESSEMER_HOSTS", "models.example, gateway");
    variables.put("BESSEMER_TLS_KEYSTORE", "/etc/bessemer/tls.p12");
    variables.put("BESSEMER_TLS_KEYSTORE_PASSWORD", "secret");
    variables.put("BESSEMER_MAX_UPLOAD", "5GB");
    variables.put("BESSEMER_REQUESTS_PER_SECOND", "7");
    variables.put("BESSEMER_REQUEST_BURST", "8");
    variables.put("BESSEMER_CONCURRENT_REQUESTS", "9");
    variables.put("BESSEMER_ADDRESS", "0.0.0.0");
    variables.put("BESSEMER_PORT", "1");
    variables.put("BESSEMER_MANAGEMENT_ADDRESS", "10.0.0.1");
    variables.put("BESSEMER_MANAGEMENT_PORT", "2");
    variables.put("BESSEMER_DATABASE_URL", "jdbc:postgresql://db/x");
    variables.put("BESSEMER_DATABASE_USER", "u");
    variables.put("BESSEMER_DATABASE_PASSWORD", "p");
    StandardEnvironment environment = environment(variables);
    Settings settings = settings(environment);
    assertThat(settings.home()).isEqualTo(Path.of("/srv/bessemer"));
    assertThat(settings.keys()).isEqualTo(Path.of("/etc/bessemer/keys"));
    assertThat(settings.conversionUrl()).isEqualTo(URI.create("http://conversion:9000"));
    assertThat(settings.evalUrl()).isEqualTo(URI.create("http://eval:9001"));
    assertThat(settings.behindProxy()).isTrue();
    assertThat(settings.hosts()).containsExactly("models.example", "gateway");
    assertThat(settings.tls())
        .isEqualTo(new Settings.Tls("/etc/bessemer/tls.p12", "secret"))
        .asString()
        .doesNotContain("secret");
    assertThat(settings.limits().upload()).isEqualTo(DataSize.ofGigabytes(5));
    assertThat(settings.limits().requestsPerSecond()).isEqualTo(7);
    assertThat(settings.limits().burst()).isEqualTo(8);
    assertThat(settings.limits().concurrent()).isEqualTo(9);
    Map<String, String> others =
        Map.of(
            "server.address", "0.0.0.0",
            "server.port", "1",
            "management.server.address", "10.0.0.1",
            "management.server.port", "2",
            "spring.datasource.url", "jdbc:postgresql://db/x",
            "spring.datasource.username", "u",
            "spring.datasource.password", "p");
    assertThat(others)
        .allSatisfy((name, value) -> assertThat(environment.getProperty(name)).isEqualTo(value));
  }

  /// As the process sees it, with these variables alone.
  private static StandardEnvironment environment(Map<String, String> variables) throws IOException {
    var environment = new StandardEnvironment();
    String name = StandardEnvironment.SYSTEM_ENVIRONMENT_PROPERTY_SOURCE_NAME;
    environment
        .getPropertySources()
        .replace(name, new SystemEnvironmentPropertySource(name, new HashMap<>(variables)));
    new YamlPropertySourceLoader()
        .load("application", new ClassPathResource("application.yaml"))
        .forEach(environment.getPropertySources()::addLast);
    return environment;
  }

  private static Settings settings(StandardEnvironment environment) {
    return Binder.get(environment).bind("bessemer", Settings.class).get();
  }
}

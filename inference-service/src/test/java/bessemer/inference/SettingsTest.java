package bessemer.inference;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import bessemer.tensor.backends.BackendName;
import bessemer.tensor.nn.KvType;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.convert.ApplicationConversionService;
import org.springframework.boot.env.YamlPropertySourceLoader;
import org.springframework.core.env.MapPropertySource;
import org.springframework.core.env.MutablePropertySources;
import org.springframework.core.env.StandardEnvironment;
import org.springframework.core.io.ClassPathResource;

class SettingsTest {

  /// The settings of a process with these variables of its environment and no others.
  private static Settings settings(Map<String, Object> variables) throws Exception {
    Map<String, Object> all = new HashMap<>(variables);
    all.put("user.home", "/home/me");
    var environment = new StandardEnvironment();
    environment.setConversionService(
        (org.springframework.core.convert.support.ConfigurableConversionService)
            ApplicationConversionService.getSharedInstance());
    MutablePropertySources sources = environment.getPropertySources();
    sources.remove(StandardEnvironment.SYSTEM_ENVIRONMENT_PROPERTY_SOURCE_NAME);
    sources.remove(StandardEnvironment.SYSTEM_PROPERTIES_PROPERTY_SOURCE_NAME);
    sources.addFirst(new MapPropertySource("variables", all));
    new YamlPropertySourceLoader()
        .load("yaml", new ClassPathResource("application.yaml"))
        .forEach(sources::addLast);
    return Binder.get(environment).bind("bessemer", Settings.class).get();
  }

  @Test
  void hasDefaults() throws Exception {
    assertThat(settings(Map.of()))
        .isEqualTo(
            new Settings(
                Path.of("/home/me/.bessemer"),
                Path.of("/home/me/.bessemer/keys"),
                URI.create("http://127.0.0.1:8080"),
                Path.of("/home/me/.bessemer/worker.key"),
                "",
                0,
                64,
                Duration.ofSeconds(60),
                false,
                "",
                new Settings.Inference(BackendName.AUTO, false, 8, 16_384, null)));
  }

  @Test
  void readsEveryVariable() throws Exception {
    assertThat(
            settings(
                Map.ofEntries(
                    Map.entry("BESSEMER_HOME", "/b"),
                    Map.entry("BESSEMER_KEYS", "/k"),
                    Map.entry("BESSEMER_GATEWAY_URL", "http://g:1"),
                    Map.entry("BESSEMER_WORKER_KEY_FILE", "/w"),
                    Map.entry("BESSEMER_MEMORY_BUDGET", "2g"),
                    Map.entry("BESSEMER_THREADS", "3"),
                    Map.entry("BESSEMER_QUEUE", "4"),
                    Map.entry("BESSEMER_MEMORY_PATIENCE", "5s"),
                    Map.entry("BESSEMER_ALLOW_REJECTED", "true"),
                    Map.entry("BESSEMER_SERVE", "/m"),
                    Map.entry("BESSEMER_BACKEND", "mlx"),
                    Map.entry("BESSEMER_STRICT", "true"),
                    Map.entry("BESSEMER_INFERENCE_MAX_BATCH", "6"),
                    Map.entry("BESSEMER_INFERENCE_POSITIONS", "7"),
                    Map.entry("BESSEMER_KV", "int8"))))
        .isEqualTo(
            new Settings(
                Path.of("/b"),
                Path.of("/k"),
                URI.create("http://g:1"),
                Path.of("/w"),
                "2g",
                3,
                4,
                Duration.ofSeconds(5),
                true,
                "/m",
                new Settings.Inference(BackendName.MLX, true, 6, 7, KvType.INT8)));
  }

  @ParameterizedTest
  @CsvSource({
    "1000, 1000",
    "6g, 6442450944",
    "6 GiB, 6442450944",
    "512M, 536870912",
    "2kb, 2048",
    "7b, 7"
  })
  void readsSizes(String text, long bytes) {
    assertThat(Settings.parse(text)).isEqualTo(bytes);
  }

  @ParameterizedTest
  @CsvSource({"much", "-1", "1.5g", "6 apples"})
  void refusesWhatIsNoSize(String text) {
    assertThatThrownBy(() -> Settings.parse(text))
        .hasMessageContaining("BESSEMER_MEMORY_BUDGET is " + text);
  }

  @Test
  void takesAShareOfTheMachineLessAReserve() {
    assertThat(Settings.shareOf(10L << 30)).isEqualTo((6L << 30) - (512L << 20));
    assertThat(Settings.shareOf(1L << 30)).isEqualTo(512L << 20);
  }
}

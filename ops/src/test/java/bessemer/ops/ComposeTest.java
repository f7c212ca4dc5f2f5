package bessemer.ops;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/// The compose file and the image against the repository: no Docker is needed, and none is asked.
class ComposeTest {
  private static final String DOCKERFILE = "ops/images/Dockerfile";

  private static Map<?, ?> compose = Map.of();

  @BeforeAll
  static void read() throws IOException {
    compose = (Map<?, ?>) Expressions.yaml(Sources.ROOT.resolve("docker-compose.yml"));
  }

  @Test
  void everyImageIsOneOfOursOrHasAPinnedVersion() {
    services()
        .forEach((name, service) -> {
          String image = String.valueOf(service.get("image"));
          assertThat(image).as(name).matches("[a-z/-]+:.*\\d.*");
          assertThat(image.startsWith("bessemer/")).isEqualTo(service.containsKey("build"));
        });
    assertThat(services())
        .containsOnlyKeys(
            "postgres",
            "gateway",
            "conversion-service",
            "eval-service",
            "inference-service",
            "prometheus",
            "grafana");
  }

  @Test
  void onlyLoopbackIsPublishedAndNoServiceBehindTheGatewayIs() {
    List<String> published = new ArrayList<>();
    services()
        .forEach((name, service) ->
            list(service.get("ports"))
                .forEach(port -> {
                  assertThat(port).startsWith("127.0.0.1:");
                  published.add(name);
                }));

    assertThat(published).containsExactly("gateway", "grafana");
  }

  @Test
  void whatAnImageIsBuiltFromIsWhatTheBuildMakes() throws IOException {
    String ignored = Sources.text(".dockerignore");
    for (Map<?, ?> arguments : builds().values()) {
      String module = String.valueOf(arguments.get("SERVICE"));
      String main = "src/main/java/bessemer/%s/Main.java".formatted(arguments.get("PACKAGE"));

      assertThat(Sources.ROOT.resolve(module).resolve(main)).exists();
      assertThat(Sources.text(module + "/pom.xml")).contains("<id>app</id>", "}/app<");
      assertThat(ignored).contains("\n!" + module + "/target/app\n");
    }
    for (String copied : found("(?m)^COPY (\\S+) ", Sources.text(DOCKERFILE))) {
      assertThat(ignored).contains("\n!" + copied.replace("${SERVICE}", "gateway") + "\n");
    }
  }

  @Test
  void everySettingOfAServiceIsOneThatItReads() throws IOException {
    String image = Sources.text(DOCKERFILE);
    for (Map.Entry<String, Map<?, ?>> build : builds().entrySet()) {
      var environment = (Map<?, ?>) services().get(build.getKey()).get("environment");

      assertThat(Sources.settingsOf(String.valueOf(build.getValue().get("SERVICE"))))
          .as(build.getKey())
          .containsAll(Sources.settings(image))
          .containsAll(Sources.settings(String.join(" ", strings(environment.keySet()))));
    }
  }

  @Test
  void everySecretIsMadeByTheScriptAndGivenToSomebody() throws IOException {
    var secrets = (Map<?, ?>) compose.get("secrets");
    String script = Sources.text("ops/secrets");
    List<String> given = new ArrayList<>();
    services().values().forEach(service -> given.addAll(list(service.get("secrets"))));

    assertThat(given).containsOnlyElementsOf(strings(secrets.keySet()));
    for (Object secret : secrets.values()) {
      String file = String.valueOf(((Map<?, ?>) secret).get("file"));
      assertThat(file).startsWith("./secrets/");
      assertThat(script).contains(file.substring("./secrets/".length()));
    }
    assertThat(Sources.text(".gitignore")).contains("\n/secrets/\n");
    assertThat(Sources.text("docker-compose.yml")).doesNotContainPattern("PASSWORD: +[^/{\\s]");
  }

  @Test
  void everyMountedFolderAndEveryNamedServiceExists() throws IOException {
    var volumes = (Map<?, ?>) compose.get("volumes");
    services()
        .forEach((name, service) -> {
          for (String mount : list(service.get("volumes"))) {
            String from = mount.substring(0, mount.indexOf(':'));
            if (from.startsWith("./")) {
              assertThat(Sources.ROOT.resolve(from)).isDirectory();
            } else {
              assertThat(volumes.containsKey(from)).as(mount).isTrue();
            }
          }
        });
    for (String target :
        found(
            "targets: \\[([a-z]+(?:-service)?):9090]\\n +labels",
            Sources.text("ops/prometheus/prometheus.yml"))) {
      assertThat(services()).containsKey(target);
    }
    assertThat(Sources.text("ops/prometheus/prometheus.yml")).contains("/run/secrets/scrape");
  }

  @Test
  void imagesRunWithoutRootAndSayWhetherTheyAreHealthy() throws IOException {
    assertThat(Sources.text(DOCKERFILE))
        .containsPattern("(?m)^USER 10001:10001$")
        .containsPattern("(?m)^HEALTHCHECK .*/bessemer/healthy")
        .containsPattern("(?m)^FROM eclipse-temurin:25[.][0-9_.]+-jre-[a-z]+$");
    assertThat(Files.isExecutable(Sources.ROOT.resolve("ops/images/healthy"))).isTrue();
  }

  private static Map<String, Map<?, ?>> services() {
    Map<String, Map<?, ?>> services = new TreeMap<>();
    ((Map<?, ?>) compose.get("services"))
        .forEach((name, service) -> services.put(String.valueOf(name), (Map<?, ?>) service));
    return services;
  }

  /// The arguments of each image of ours.
  private static Map<String, Map<?, ?>> builds() {
    Map<String, Map<?, ?>> builds = new TreeMap<>();
    services()
        .forEach((name, service) -> {
          if (service.get("build") instanceof Map<?, ?> build) {
            assertThat(Path.of(String.valueOf(build.get("dockerfile")))).hasToString(DOCKERFILE);
            builds.put(name, (Map<?, ?>) build.get("args"));
          }
        });
    assertThat(builds).hasSize(4);
    return builds;
  }

  private static List<String> list(Object value) {
    return value == null ? List.of() : strings((Iterable<?>) value);
  }

  private static List<String> strings(Iterable<?> values) {
    List<String> strings = new ArrayList<>();
    values.forEach(value -> strings.add(String.valueOf(value)));
    return strings;
  }

  private static List<String> found(String pattern, String text) {
    List<String> found =
        Pattern.compile(pattern).matcher(text).results().map(match -> match.group(1)).toList();
    assertThat(found).as(pattern).isNotEmpty();
    return found;
  }
}

package bessemer.gateway.docs;

import static org.assertj.core.api.Assertions.assertThat;

import bessemer.contracts.Scope;
import bessemer.gateway.Installation;
import com.fasterxml.jackson.annotation.JsonProperty;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import java.io.InputStream;
import java.lang.reflect.RecordComponent;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.springframework.web.bind.annotation.RequestMethod;
import org.springframework.web.reactive.result.method.annotation.RequestMappingHandlerMapping;
import tools.jackson.databind.JsonNode;

class OpenApiTest {
  /// Shapes that belong to one service and are no records of the contracts.
  private static final Set<String> OTHERS =
      Set.of(
          "ModelName",
          "Pinned",
          "Upload",
          "Target",
          "OpenAiError",
          "OpenAiModels",
          "ChatRequest",
          "CompletionRequest",
          "Completion");

  /// Records that a body's own schema spells out, or that are no bodies.
  private static final Set<String> SPELLED_OUT = Set.of("JobRequest", "Page");

  private static final OpenApi API = OpenApi.read();
  private static Installation bessemer;

  @BeforeAll
  static void start() {
    bessemer = new Installation();
  }

  @AfterAll
  static void stop() {
    bessemer.close();
  }

  @Test
  void everyCallOfTheDocumentIsThere() throws Exception {
    String key = bessemer.key(Scope.ADMIN);
    for (OpenApi.Call call : API.calls()) {
      String path = call.path().replaceAll("\\{[a-z]+}", "00000000-0000-0000-0000-000000000000");
      HttpRequest.Builder request =
          bessemer
              .request(path, key)
              .header("Content-Type", "application/json")
              .method(call.method(), HttpRequest.BodyPublishers.ofString("{}"));
      assertThat(answer(request)).as("%s %s", call.method(), path).doesNotStartWith("nothing");
    }
  }

  @Test
  void everyCallThatIsThereIsInTheDocument() {
    Set<String> documented =
        API.calls().stream()
            .map(call -> call.method() + " " + call.path())
            .collect(Collectors.toSet());
    var mapping =
        bessemer.context.getBean(
            "requestMappingHandlerMapping", RequestMappingHandlerMapping.class);
    Set<String> mapped = new TreeSet<>();
    mapping
        .getHandlerMethods()
        .forEach((info, _) -> {
          for (var path : info.getPatternsCondition().getPatterns()) {
            for (RequestMethod method : info.getMethodsCondition().getMethods()) {
              if (path.getPatternString().matches("/(api|v1|openapi|docs|health).*")) {
                mapped.add(method + " " + path.getPatternString());
              }
            }
          }
        });
    assertThat(mapped).isNotEmpty().isSubsetOf(documented);
  }

  @Test
  void theShapesAreTheRecordsOfTheContracts() throws Exception {
    Set<String> missing = new TreeSet<>();
    for (Class<?> type : contracts()) {
      String name = type.getName().substring("bessemer.contracts.".length()).replace('$', '.');
      if (SPELLED_OUT.contains(name)) {
        continue;
      }
      var schema = OpenApi.map(API.schemas().get(name));
      if (schema.isEmpty()) {
        missing.add(name);
      } else if (type.isEnum()) {
        assertThat(schema.get("enum")).as(name).isEqualTo(constants(type));
      } else {
        assertThat(OpenApi.map(schema.get("properties")).keySet())
            .as(name)
            .containsExactlyElementsOf(components(type));
      }
    }
    assertThat(missing).isEmpty();
    assertThat(API.schemas().keySet().stream().filter(name -> !name.endsWith("Page")))
        .allSatisfy(
            name -> assertThat(OTHERS.contains(name) || isContract(name)).as("%s", name).isTrue());
  }

  @Test
  void everyReferenceLeadsSomewhere() {
    JsonNode document = bessemer.json(bessemer.get("/openapi.json", bessemer.key(Scope.INFER)));
    assertThat(document.get("openapi").asString()).startsWith("3.1");
    Matcher references = Pattern.compile("\"\\$ref\":\"#([^\"]+)\"").matcher(document.toString());
    int found = 0;
    while (references.find()) {
      found++;
      assertThat(document.at(references.group(1)).isMissingNode())
          .as(references.group(1))
          .isFalse();
    }
    assertThat(found).isGreaterThan(50);
  }

  @Test
  void thePageShowsEveryCallAndLoadsNothingFromElsewhere() {
    HttpResponse<String> page = bessemer.get("/docs", bessemer.key(Scope.READ));
    assertThat(page.statusCode()).isEqualTo(200);
    for (OpenApi.Call call : API.calls()) {
      assertThat(page.body()).contains(call.method() + " " + call.path());
    }
    assertThat(page.body()).contains("group_size").doesNotContain("//cdn", "https://", "<script");
  }

  /// `nothing` if no controller and no route takes the request. Streams are not read.
  private static String answer(HttpRequest.Builder request) throws Exception {
    HttpResponse<InputStream> response =
        bessemer.http.send(request.build(), HttpResponse.BodyHandlers.ofInputStream());
    try (InputStream body = response.body()) {
      boolean unmapped =
          response.statusCode() == 405
              || (response.statusCode() == 404
                  && new String(body.readAllBytes(), StandardCharsets.UTF_8)
                      .contains("there is nothing at this path"));
      return (unmapped ? "nothing, " : "") + response.statusCode();
    }
  }

  private static List<Class<?>> contracts() {
    return new ClassFileImporter()
        .importPackages("bessemer.contracts").stream()
            .<Class<?>>map(JavaClass::reflect)
            .filter(type -> type.isRecord() || type.isEnum())
            .toList();
  }

  private static boolean isContract(String name) {
    try {
      Class.forName("bessemer.contracts." + name.replace('.', '$'));
      return true;
    } catch (ClassNotFoundException e) {
      return false;
    }
  }

  private static List<String> components(Class<?> type) {
    return Arrays.stream(type.getRecordComponents()).map(OpenApiTest::jsonName).toList();
  }

  private static String jsonName(RecordComponent component) {
    JsonProperty renamed = component.getAccessor().getAnnotation(JsonProperty.class);
    return renamed == null ? component.getName() : renamed.value();
  }

  private static List<String> constants(Class<?> type) {
    return Arrays.stream(type.getEnumConstants())
        .map(constant -> {
          try {
            return Objects.requireNonNull(
                    type.getField(((Enum<?>) constant).name()).getAnnotation(JsonProperty.class))
                .value();
          } catch (NoSuchFieldException e) {
            throw new AssertionError(e);
          }
        })
        .toList();
  }
}

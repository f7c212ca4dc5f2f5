package bessemer.checkpoint.text.template;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class TemplateFuzzTest {
  private static final Limits LIMITS = new Limits(100_000, 50_000, 20_000, 500_000, 200);
  private static final Clock CLOCK = Clock.fixed(Instant.EPOCH, ZoneOffset.UTC);
  private static final String[] FRAGMENTS = {
    "{{",
    "}}",
    "{%",
    "%}",
    "{#",
    "#}",
    "-",
    "+",
    "|",
    "(",
    ")",
    "[",
    "]",
    "{",
    "}",
    "'",
    "\"",
    "\\",
    ".",
    ",",
    ":",
    "=",
    "==",
    "~",
    "*",
    "**",
    "//",
    "%",
    " if ",
    " else ",
    " for ",
    " in ",
    " not ",
    " is ",
    "{% endif %}",
    "{% endfor %}",
    "{% set x = 1 %}",
    "{% break %}",
    "messages",
    "loop.index",
    "|tojson",
    "|length",
    "[::-1]",
    "none",
    "-1",
    "99999999999999999999",
    "1e400",
    "\n",
    "👋",
    "\u0000",
    "|map(attribute=",
    ".format(",
    "{% raw %}",
    "{% macro m() %}",
    "m()",
    "namespace",
    "**x",
    "*x"
  };

  @Test
  void mutatedTemplatesRenderOrFailWithTheOneException() throws IOException {
    JsonNode golden = golden();
    Map<String, Object> variables = new LinkedHashMap<>();
    golden.get("variables").properties().forEach(e -> variables.put(e.getKey(), e.getValue()));
    variables.put("messages", golden.get("conversations").get("calls"));
    variables.put("tools", golden.get("tools"));
    variables.put("bos_token", "<s>");
    List<String> sources = new ArrayList<>();
    golden.get("templates").forEach(t -> sources.add(t.asString()));
    golden.get("micro").forEach(t -> sources.add(t.get("source").asString()));
    var random = new Random(2026);
    int rendered = 0;
    for (int round = 0; round < 12_000; round++) {
      String source = mutated(sources, random);
      try {
        Template.parse(source, LIMITS).render(variables, CLOCK);
        rendered++;
      } catch (TemplateException e) {
        assertThat(e.line()).isPositive();
        assertThat(e.reason()).isNotBlank();
      } catch (RuntimeException | StackOverflowError e) {
        throw new AssertionError("round %d: %s".formatted(round, source), e);
      }
    }
    assertThat(rendered).isBetween(500, 11_500); // both ends are reached
  }

  private static String mutated(List<String> sources, Random random) {
    var source = new StringBuilder(sources.get(random.nextInt(sources.size())));
    for (int i = random.nextInt(4); i >= 0; i--) {
      int at = random.nextInt(source.length() + 1);
      int end = Math.min(source.length(), at + random.nextInt(12));
      switch (random.nextInt(5)) {
        case 0 -> source.delete(at, end);
        case 1 -> source.insert(at, FRAGMENTS[random.nextInt(FRAGMENTS.length)]);
        case 2 -> source.insert(at, source.substring(at, end));
        case 3 -> source.replace(at, end, FRAGMENTS[random.nextInt(FRAGMENTS.length)]);
        default -> {
          String other = sources.get(random.nextInt(sources.size()));
          int from = random.nextInt(other.length() + 1);
          source.insert(at, other, from, Math.min(other.length(), from + random.nextInt(60)));
        }
      }
    }
    return source.toString();
  }

  private static JsonNode golden() throws IOException {
    try (InputStream in = TemplateFuzzTest.class.getResourceAsStream("/text/chat_templates.json")) {
      return new JsonMapper().readTree(in);
    }
  }
}

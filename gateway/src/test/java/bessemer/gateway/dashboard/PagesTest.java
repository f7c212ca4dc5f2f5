package bessemer.gateway.dashboard;

import static org.assertj.core.api.Assertions.assertThat;

import bessemer.contracts.Scope;
import bessemer.gateway.Installation;
import java.net.URLEncoder;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.UUID;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

class PagesTest {
  private static final Pattern CSRF = Pattern.compile("name=\"csrf\" content=\"([^\"]+)\"");

  private static Installation bessemer;
  private static Example example;

  @BeforeAll
  static void start() {
    bessemer = new Installation();
    example = new Example(bessemer);
  }

  @AfterAll
  static void stop() {
    bessemer.close();
  }

  @Test
  void everyPageHasItsDataAndNothingInline() {
    Map<String, String> expected =
        Map.ofEntries(
            Map.entry("jobs", "431 MB of 988 MB"),
            Map.entry("jobs-empty", "No retrying jobs"),
            Map.entry("job-failed", "the header says 988,097,824 bytes"),
            Map.entry("job-done", "tied with lm_head"),
            Map.entry("models", "qwen-4bit"),
            Map.entry("model", Example.SHA256),
            Map.entry("model-translator", "/translate?model=nllb-8bit"),
            Map.entry("translate", "nllb-8bit · 8 bit, groups of 64 · proved"),
            Map.entry("parity", "shifted position"),
            Map.entry("workers", "mac-studio"),
            Map.entry("keys", "first administrator"),
            Map.entry("submit", "Repository and revision"),
            Map.entry("evaluate", "flores.fra"));
    Map<String, String> pages = example.pages();
    expected.forEach((name, text) -> {
      HttpResponse<String> page = bessemer.get(pages.get(name), example.admin);
      assertThat(page.statusCode()).as(name).isEqualTo(200);
      assertThat(page.body()).as(name).contains(text).startsWith("<!doctype html>");
      assertThat(page.body()).as(name).doesNotContain(" style=", "<style", " onclick=", "th:");
      assertThat(page.body()).as(name).doesNotContainPattern("<script(?![^>]* src=)");
    });
  }

  @Test
  void anEvaluationShowsItsScoresAndItsModelListsIt() {
    UUID job =
        bessemer
            .database()
            .sql(
                """
                insert into job (kind, capability, spec, spec_sha256, state, created_by, result,
                                 finished_at)
                values ('eval', 'cpu', '{"models": ["fp32", "qwen-4bit"]}', '', 'SUCCEEDED',
                  'test', :result::jsonb, now())
                returning id
                """)
            .param(
                "result",
                """
                {"corpus": "flores.eng", "lines": 1012, "pairs": ["eng_Latn-fra_Latn"], "scores": [
                 {"model": "fp32", "metric": "BLEU", "score": 41.5, "half_width": 0.8,
                  "p_value": null, "signature": "nrefs:1"},
                 {"model": "qwen-4bit", "metric": "BLEU", "score": 40.25, "half_width": null,
                  "p_value": 0.0123, "signature": "nrefs:1"}]}
                """)
            .query(UUID.class)
            .single();
    String page = bessemer.get("/jobs/" + job, example.admin).body();
    assertThat(page)
        .contains("fp32 and qwen-4bit", "41.50 ± 0.80", "40.25", "0.0123", "1012", "flores.eng")
        .contains("/api/v1/evaluations/" + job + "\"")
        .doesNotContain("Parity report");
    assertThat(bessemer.get("/models/qwen-4bit", example.admin).body())
        .contains("/jobs/" + job, "flores.eng", "fp32 BLEU 41.50 ± 0.80, qwen-4bit BLEU 40.25");
  }

  @Test
  void whatIsNotThereIsAPageThatSaysSo() {
    HttpResponse<String> page = bessemer.get("/models/nothing", example.admin);
    assertThat(page.statusCode()).isEqualTo(404);
    assertThat(page.body()).contains("there is no model &#39;nothing&#39;", "All jobs");
  }

  @Test
  void namesAreTextAndNeverMarkup() {
    example.submit("markup").claim("<b>w</b>").fail("<script>alert(1)</script>");
    String page = bessemer.get("/", example.admin).body();
    assertThat(page).contains("&lt;script&gt;alert(1)").doesNotContain("<script>alert");
  }

  @Test
  void aReaderIsOfferedNothingThatWouldBeRefused() {
    String reader = bessemer.key(Scope.READ);
    assertThat(bessemer.get("/", reader).body()).doesNotContain("hx-post", "/submit");
    assertThat(bessemer.get("/models/qwen-4bit", reader).body()).doesNotContain("hx-delete");
    assertThat(bessemer.get("/keys", reader).body())
        .contains("Only for administrators")
        .doesNotContain("first administrator");
    assertThat(bessemer.get("/workers", reader).body()).doesNotContain("hx-post");
    assertThat(bessemer.get("/translate", reader).body())
        .contains("needs a key with the scope")
        .doesNotContain("<form id=\"translate\"");
  }

  @Test
  void aMissingReportIsSaidInWords() {
    String before = bessemer.upstream.parity;
    try {
      bessemer.upstream.parity = null;
      assertThat(bessemer.get("/models/qwen-4bit/parity", example.admin).body())
          .contains("This model has no parity report.");
    } finally {
      bessemer.upstream.parity = before;
    }
  }

  @Test
  void theReportIsFetchedWithTheGatewaysSignatureAndNotWithTheKey() {
    bessemer.get("/models/qwen-4bit/parity", example.admin);
    assertThat(bessemer.upstream.seen.get("/api/v1/models/qwen-4bit/parity").get("Authorization"))
        .startsWith("Bearer ey")
        .doesNotContain(example.admin);
  }

  @Test
  void theFormSubmitsOnceAndNamesAWrongField() {
    Session session = logIn();
    Map<String, String> form = new LinkedHashMap<>();
    form.put("once", "form-1");
    form.put("from", "hub");
    form.put("hub", Example.SOURCE.substring(3));
    form.put("name", "Not A Name");
    form.put("precision", "bits:4");
    form.put("group", "64");
    form.put("priority", "3");

    HttpResponse<String> wrong = session.post("/submit", form);
    assertThat(wrong.statusCode()).isEqualTo(422);
    assertThat(wrong.body()).containsPattern("id=\"name-error\">[^<]*Not A Name");
    assertThat(wrong.body()).contains("value=\"" + form.get("hub") + "\"");

    form.put("priority", "high");
    form.put("name", "from-the-form");
    assertThat(session.post("/submit", form).body()).contains("id=\"priority-error\"");

    form.put("priority", "3");
    HttpResponse<String> first = session.post("/submit", form);
    HttpResponse<String> second = session.post("/submit", form);
    assertThat(first.statusCode()).isEqualTo(303);
    assertThat(first.headers().firstValue("Location").orElse("")).startsWith("/jobs/");
    assertThat(second.headers().firstValue("Location"))
        .isEqualTo(first.headers().firstValue("Location"));
  }

  @Test
  void theNewsOfAJobAreItsPartsAndOnlyWhatTheReaderLacks() {
    String all =
        bessemer.get("/live/jobs/" + example.done.id + "?events=0&logs=0", example.admin).body();
    assertThat(all).contains("data-live=\"steps\"", "verify", "tied with lm_head");
    Matcher last = Pattern.compile("data-append=\"events\" data-last=\"(\\d+)\"").matcher(all);
    assertThat(last.find()).isTrue();
    String none =
        bessemer
            .get(
                "/live/jobs/" + example.done.id + "?events=" + last.group(1) + "&logs=2",
                example.admin)
            .body();
    assertThat(none).contains("data-live=\"steps\"").doesNotContain("tied with lm_head", "<time>");
  }

  private record Session(String cookie, String csrf) {
    HttpResponse<String> post(String path, Map<String, String> fields) {
      String body =
          fields.entrySet().stream()
              .map(e -> e.getKey() + "=" + URLEncoder.encode(e.getValue(), StandardCharsets.UTF_8))
              .collect(Collectors.joining("&"));
      return bessemer.send(
          bessemer
              .request(path)
              .header("Cookie", cookie)
              .header("Content-Type", "application/x-www-form-urlencoded")
              .POST(BodyPublishers.ofString(body + "&csrf=" + csrf)));
    }
  }

  private static Session logIn() {
    HttpResponse<String> answer =
        bessemer.send(
            bessemer
                .request("/login")
                .header("Content-Type", "application/x-www-form-urlencoded")
                .POST(BodyPublishers.ofString("key=" + example.admin)));
    String cookie = answer.headers().firstValue("Set-Cookie").orElseThrow().split(";", 2)[0];
    Matcher token =
        CSRF.matcher(bessemer.send(bessemer.request("/").header("Cookie", cookie)).body());
    assertThat(token.find()).isTrue();
    return new Session(cookie, token.group(1));
  }
}

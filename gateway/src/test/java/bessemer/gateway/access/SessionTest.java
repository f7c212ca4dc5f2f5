package bessemer.gateway.access;

import static org.assertj.core.api.Assertions.assertThat;

import bessemer.contracts.KeyView;
import bessemer.contracts.Scope;
import bessemer.gateway.Installation;
import java.net.URLEncoder;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SessionTest {
  private static final String CHANGE = "/api/v1/models/m";

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
  void aKeyBecomesACookieThatScriptsAndOtherSitesDoNotGet() {
    String key = bessemer.key(Scope.READ);
    HttpResponse<String> response = login(key, "/jobs?state=failed");

    assertThat(response.statusCode()).isEqualTo(303);
    assertThat(response.headers().firstValue("Location")).contains("/jobs?state=failed");
    String cookie = response.headers().firstValue("Set-Cookie").orElse("");
    assertThat(cookie)
        .matches("bsm_session=[0-9A-Za-z]{32}; .*")
        .contains("HTTPOnly", "SameSite=Strict", "Path=/", "Max-Age=43200")
        .doesNotContain("Secure", key);
    assertThat(withCookie("GET", "/api/v1/models", session(response)).statusCode()).isEqualTo(200);
  }

  @ParameterizedTest
  @CsvSource({"'',401", "bsm_0123456789_01234567890123456789012345678901,401", "sk-x,401"})
  void aWrongKeyShowsTheFormAgain(String key, int status) {
    HttpResponse<String> response = login(key, "/");
    assertThat(response.statusCode()).isEqualTo(status);
    assertThat(response.headers().firstValue("Set-Cookie")).isEmpty();
    assertThat(response.body()).contains("unknown, expired or revoked").contains("<form");
  }

  @Test
  void aKeyThatMayNotReadHasNothingToSeeHere() {
    HttpResponse<String> response = login(bessemer.key(Scope.INFER), "/");
    assertThat(response.statusCode()).isEqualTo(403);
    assertThat(response.body()).contains("scope read");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"https://evil.example/", "//evil.example", "/\\evil.example", "/login", "x", ""})
  void theLoginLeadsNowhereElse(String next) {
    HttpResponse<String> response = login(bessemer.key(Scope.READ), next);
    assertThat(response.statusCode()).isEqualTo(303);
    assertThat(response.headers().firstValue("Location")).contains("/");
  }

  @Test
  void theKeyIsNotTakenFromTheAddress() {
    String key = bessemer.key(Scope.READ);
    HttpResponse<String> response =
        bessemer.send(
            bessemer
                .request("/login?key=" + key)
                .header("Content-Type", "application/x-www-form-urlencoded")
                .POST(HttpRequest.BodyPublishers.noBody()));
    assertThat(response.statusCode()).isEqualTo(401);
  }

  @Test
  void anotherSitesFormCannotLogIn() {
    HttpResponse<String> response =
        bessemer.send(
            form("/login", "key=" + bessemer.key(Scope.READ))
                .header("Origin", "http://evil.example"));
    assertThat(response.statusCode()).isEqualTo(403);
    HttpResponse<String> own =
        bessemer.send(
            form("/login", "key=" + bessemer.key(Scope.READ)).header("Origin", bessemer.url()));
    assertThat(own.statusCode()).isEqualTo(303);
  }

  @Test
  void withACookieEveryChangeNeedsTheSessionsToken() {
    String session = session(login(bessemer.key(Scope.WRITE), "/"));
    String other = session(login(bessemer.key(Scope.WRITE), "/"));

    for (String method : new String[] {"POST", "PUT", "DELETE", "PATCH"}) {
      HttpResponse<String> without = withCookie(method, CHANGE, session);
      assertThat(without.statusCode()).as(method).isEqualTo(403);
      assertThat(without.body()).contains("X-CSRF-Token");
      assertThat(send(method, CHANGE, session, csrf(other)).statusCode()).isEqualTo(403);
      assertThat(send(method, CHANGE, session, csrf(session)).statusCode()).isEqualTo(404);
    }
    assertThat(bessemer.get(CHANGE, bessemer.key(Scope.WRITE)).statusCode()).isEqualTo(404);
  }

  @Test
  void aFormMayCarryTheTokenAndTheSessionEndsAtTheLogout() {
    String session = session(login(bessemer.key(Scope.READ), "/"));
    assertThat(
            bessemer
                .send(form("/logout", "csrf=wrong").header("Cookie", "bsm_session=" + session))
                .statusCode())
        .isEqualTo(403);

    HttpResponse<String> logout =
        bessemer.send(
            form("/logout", "csrf=" + csrf(session)).header("Cookie", "bsm_session=" + session));
    assertThat(logout.statusCode()).isEqualTo(303);
    assertThat(logout.headers().firstValue("Set-Cookie").orElse("")).contains("Max-Age=0");
    assertThat(withCookie("GET", "/api/v1/models", session).statusCode()).isEqualTo(401);
  }

  @Test
  void revokingTheKeyEndsItsSessions() {
    KeyView made = bessemer.made(Scope.READ);
    String session = session(login(String.valueOf(made.key()), "/"));
    assertThat(withCookie("GET", "/api/v1/models", session).statusCode()).isEqualTo(200);

    bessemer.send(
        bessemer.request("/api/v1/keys/" + made.id(), bessemer.key(Scope.ADMIN)).DELETE());
    assertThat(withCookie("GET", "/api/v1/models", session).statusCode()).isEqualTo(401);
    HttpResponse<String> page =
        bessemer.send(
            bessemer
                .request("/jobs")
                .header("Accept", "text/html")
                .header("Cookie", "bsm_session=" + session));
    assertThat(page.statusCode()).isEqualTo(303);
  }

  @Test
  void aSessionHasTheScopesOfItsKey() {
    String session = session(login(bessemer.key(Scope.READ), "/"));
    assertThat(send("DELETE", CHANGE, session, csrf(session)).statusCode()).isEqualTo(403);
    assertThat(withCookie("GET", "/api/v1/keys", session).statusCode()).isEqualTo(403);
  }

  @Test
  void aBadKeyIsNotMadeUpForByACookie() {
    String session = session(login(bessemer.key(Scope.READ), "/"));
    HttpResponse<String> response =
        bessemer.send(
            bessemer
                .request("/api/v1/models", "bsm_wrong")
                .header("Cookie", "bsm_session=" + session));
    assertThat(response.statusCode()).isEqualTo(401);
  }

  private static HttpResponse<String> login(String key, String next) {
    return bessemer.send(form("/login", "key=" + encoded(key) + "&next=" + encoded(next)));
  }

  private static HttpRequest.Builder form(String path, String body) {
    return bessemer
        .request(path)
        .header("Content-Type", "application/x-www-form-urlencoded")
        .POST(HttpRequest.BodyPublishers.ofString(body));
  }

  private static String encoded(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8);
  }

  private static String session(HttpResponse<String> login) {
    return login
        .headers()
        .firstValue("Set-Cookie")
        .orElseThrow()
        .replaceFirst("bsm_session=([^;]+);.*", "$1");
  }

  private static String csrf(String session) {
    return bessemer
        .context
        .getBean(bessemer.db.access.Sessions.class)
        .find(session)
        .orElseThrow()
        .csrf();
  }

  private static HttpResponse<String> withCookie(String method, String path, String session) {
    return bessemer.send(
        bessemer
            .request(path)
            .header("Cookie", "bsm_session=" + session)
            .method(method, HttpRequest.BodyPublishers.noBody()));
  }

  private static HttpResponse<String> send(
      String method, String path, String session, String csrf) {
    return bessemer.send(
        bessemer
            .request(path)
            .header("Cookie", "bsm_session=" + session)
            .header("X-CSRF-Token", csrf)
            .method(method, HttpRequest.BodyPublishers.noBody()));
  }
}

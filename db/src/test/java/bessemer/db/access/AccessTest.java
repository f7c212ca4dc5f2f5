package bessemer.db.access;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import bessemer.contracts.KeyRequest;
import bessemer.contracts.KeyView;
import bessemer.contracts.Scope;
import bessemer.db.Schema;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import javax.sql.DataSource;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.jdbc.core.simple.JdbcClient;

class AccessTest {
  @TempDir static Path folder;
  private static EmbeddedPostgres postgres;
  private static DataSource database;

  private final Turned clock = new Turned();
  private final ApiKeys keys = new ApiKeys(database, clock);
  private final Sessions sessions = new Sessions(database, clock);

  @BeforeAll
  static void start() throws Exception {
    postgres =
        EmbeddedPostgres.builder()
            .setServerConfig("unix_socket_directories", folder.toString())
            .start();
    database = postgres.getPostgresDatabase();
    Schema.migrate(database);
  }

  @AfterAll
  static void stop() throws Exception {
    postgres.close();
  }

  @BeforeEach
  void empty() {
    JdbcClient.create(database).sql("delete from api_key").update();
  }

  @Test
  void aKeyIsVerifiedByItsWholeText() {
    KeyView made = keys.create(request(Scope.READ, Scope.INFER), "default");

    assertThat(made.key()).matches("bsm_" + made.id() + "_[0-9A-Za-z]{32}");
    assertThat(keys.verify(secret(made)))
        .contains(new Grant(made.id(), Set.of(Scope.READ, Scope.INFER), "default"));
    String last = secret(made).substring(0, secret(made).length() - 1);
    char other = secret(made).endsWith("0") ? '1' : '0';
    assertThat(keys.verify(last + other)).isEmpty();
    assertThat(keys.verify(last)).isEmpty();
    assertThat(keys.verify("bsm_0000000000_" + secret(made).substring(15))).isEmpty();
    assertThat(keys.verify("")).isEmpty();
  }

  @Test
  void theDatabaseHoldsNoSecret() {
    KeyView made = keys.create(request(Scope.READ), "default");
    Sessions.Opened session = sessions.open(made.id());

    String dump =
        JdbcClient.create(database)
            .sql(
                """
                select (select string_agg(k::text, ' ') from api_key k)
                    || (select string_agg(s::text, ' ') from session s)
                """)
            .query(String.class)
            .single();
    assertThat(dump)
        .contains(made.id())
        .doesNotContain(secret(made).substring(15))
        .doesNotContain(session.cookie());
    assertThat(keys.list()).singleElement().extracting(KeyView::key).isNull();
  }

  @Test
  void aKeyEndsWhenItExpires() {
    KeyView made = keys.create(new KeyRequest("k", Set.of(Scope.READ), 1), "default");
    Sessions.Opened session = sessions.open(made.id());

    clock.turn(Duration.ofHours(11));
    assertThat(keys.verify(secret(made))).isPresent();
    clock.turn(Duration.ofHours(14));
    assertThat(keys.verify(secret(made))).isEmpty();
    assertThat(sessions.find(session.cookie())).isEmpty();
  }

  @Test
  void lastUseIsRecordedAtMostOnceAMinute() {
    KeyView made = keys.create(request(Scope.READ), "default");
    Instant first = clock.instant();
    keys.verify(secret(made));
    clock.turn(Duration.ofSeconds(50));
    keys.verify(secret(made));
    assertThat(keys.list().getFirst().lastUsedAt()).isEqualTo(first);

    clock.turn(Duration.ofSeconds(20));
    keys.verify(secret(made));
    assertThat(keys.list().getFirst().lastUsedAt()).isEqualTo(first.plusSeconds(70));
  }

  @Test
  void revokingAKeyEndsItAndItsSessions() {
    KeyView made = keys.create(request(Scope.READ), "default");
    KeyView other = keys.create(request(Scope.READ), "default");
    Sessions.Opened session = sessions.open(made.id());
    Sessions.Opened others = sessions.open(other.id());

    assertThat(keys.revoke(made.id()).revokedAt()).isEqualTo(clock.instant());
    assertThat(keys.verify(secret(made))).isEmpty();
    assertThat(keys.knows(secret(made))).isTrue();
    assertThat(sessions.find(session.cookie())).isEmpty();
    assertThat(sessions.find(others.cookie())).isPresent();
    assertThatThrownBy(() -> keys.revoke("nobody")).isInstanceOf(UnknownKeyException.class);
  }

  @Test
  void theLastUsableAdminKeyStays() {
    KeyView first = keys.create(request(Scope.ADMIN), "default");
    KeyView second = keys.create(new KeyRequest("k", Set.of(Scope.ADMIN), 1), "default");

    clock.turn(Duration.ofDays(2)); // the second one expired
    assertThatThrownBy(() -> keys.revoke(first.id()))
        .isInstanceOf(LastAdminKeyException.class)
        .hasMessageContaining(first.id());
    assertThat(keys.verify(secret(first))).isPresent();
    assertThat(keys.revoke(second.id()).revokedAt()).isNotNull();
  }

  @Test
  void twoAdminKeysCannotRevokeEachOtherAtOnce() throws Exception {
    for (int round = 0; round < 20; round++) {
      empty();
      KeyView one = keys.create(request(Scope.ADMIN), "default");
      KeyView two = keys.create(request(Scope.ADMIN), "default");
      try (var threads = Executors.newFixedThreadPool(2)) {
        List<Future<?>> attempts = new ArrayList<>();
        for (String id : List.of(one.id(), two.id())) {
          attempts.add(threads.submit(() -> keys.revoke(id)));
        }
        assertThat(attempts.stream().filter(AccessTest::failed)).hasSize(1);
      }
      assertThat(keys.list().stream().filter(key -> key.revokedAt() == null)).hasSize(1);
    }
  }

  @Test
  void theFirstKeyIsMadeOnceAndNotWhenItCannotBeSaved() {
    KeyRequest admin = request(Scope.ADMIN);
    assertThatThrownBy(() ->
            keys.createFirst(
                admin,
                Scope.ADMIN,
                _ -> {
                  throw new IllegalStateException("disk full");
                }))
        .hasMessage("disk full");
    assertThat(keys.list()).isEmpty();

    List<String> saved = new ArrayList<>();
    assertThat(keys.createFirst(admin, Scope.ADMIN, saved::add)).isTrue();
    assertThat(keys.createFirst(admin, Scope.ADMIN, saved::add)).isFalse();
    assertThat(saved).hasSize(1);
    assertThat(keys.verify(saved.getFirst())).isPresent();
  }

  @Test
  void aSessionLastsTwelveHoursOrUntilItIsClosed() {
    KeyView made = keys.create(request(Scope.READ), "default");
    Sessions.Opened one = sessions.open(made.id());
    Sessions.Opened two = sessions.open(made.id());

    assertThat(sessions.find(one.cookie()))
        .hasValueSatisfying(session -> {
          assertThat(session.grant().keyId()).isEqualTo(made.id());
          assertThat(session.csrf()).isEqualTo(one.csrf()).isNotEqualTo(two.csrf());
        });
    sessions.close(one.cookie());
    assertThat(sessions.find(one.cookie())).isEmpty();
    clock.turn(Duration.ofHours(12));
    assertThat(sessions.find(two.cookie())).isEmpty();
    assertThat(sessions.find("x")).isEmpty();
  }

  private static boolean failed(Future<?> attempt) {
    try {
      attempt.get();
      return false;
    } catch (Exception e) {
      assertThat(e).hasCauseInstanceOf(LastAdminKeyException.class);
      return true;
    }
  }

  private static KeyRequest request(Scope... scopes) {
    return new KeyRequest("a test", Set.of(scopes), null);
  }

  private static String secret(KeyView made) {
    return Objects.requireNonNull(made.key());
  }

  /// A clock that stands until it is turned.
  private static final class Turned extends Clock {
    private Instant now = Instant.parse("2026-11-01T12:00:00Z");

    void turn(Duration step) {
      now = now.plus(step);
    }

    @Override
    public Instant instant() {
      return now;
    }

    @Override
    public ZoneId getZone() {
      return ZoneOffset.UTC;
    }

    @Override
    public Clock withZone(ZoneId zone) {
      return this;
    }
  }
}

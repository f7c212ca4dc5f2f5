package bessemer.db.access;

import bessemer.contracts.KeyRequest;
import bessemer.contracts.KeyView;
import bessemer.contracts.Scope;
import java.security.MessageDigest;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.regex.Pattern;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.jdbc.support.JdbcTransactionManager;
import org.springframework.transaction.support.TransactionTemplate;

/// The API keys: `bsm_`, ten characters that name the key, `_`, and 32 that prove it. Only the
/// SHA-256 of the whole is stored; with 190 random bits a slow hash would protect nothing more.
public final class ApiKeys {
  private static final Pattern KEY = Pattern.compile("bsm_([0-9A-Za-z]{10})_[0-9A-Za-z]{32}");

  /// How exact `last_used_at` is: a row is not written for every request.
  private static final Duration LAST_USED_STEP = Duration.ofMinutes(1);

  /// Two gateways that start at once make one first key, not two.
  private static final long FIRST_KEY_LOCK = 0x62736d6b6579L;

  private final JdbcClient jdbc;
  private final TransactionTemplate transaction;
  private final Clock clock;

  public ApiKeys(DataSource database, Clock clock) {
    this.jdbc = JdbcClient.create(database);
    this.transaction = new TransactionTemplate(new JdbcTransactionManager(database));
    this.clock = clock;
  }

  /// @return the new key; its [KeyView#key()] is the only time that it can be read
  public KeyView create(KeyRequest request, String tenant) {
    String id = Secrets.random(10);
    String key = "bsm_" + id + "_" + Secrets.random(32);
    Instant now = clock.instant();
    Instant expires =
        request.expiresInDays() == null ? null : now.plus(Duration.ofDays(request.expiresInDays()));
    jdbc.sql(
            """
            insert into api_key (id, name, sha256, scopes, tenant, created_at, expires_at)
            values (:id, :name, :sha256, :scopes, :tenant, :now, :expires)
            """)
        .param("id", id)
        .param("name", request.name())
        .param("sha256", Secrets.sha256(key))
        .param("scopes", KeyRows.names(request.scopes()))
        .param("tenant", tenant)
        .param("now", KeyRows.column(now))
        .param("expires", KeyRows.column(expires), java.sql.Types.TIMESTAMP_WITH_TIMEZONE)
        .update();
    return new KeyView(id, request.name(), request.scopes(), now, expires, null, null, key);
  }

  /// Makes a key unless a usable one has the scope.
  ///
  /// @param save gets the key before it becomes valid; when it throws, there is no key
  /// @return whether a key was made
  public boolean createFirst(KeyRequest request, Scope scope, Consumer<String> save) {
    return Objects.requireNonNull(
        transaction.execute(_ -> {
          jdbc.sql("select 1 from pg_advisory_xact_lock(:lock)")
              .param("lock", FIRST_KEY_LOCK)
              .query(Integer.class)
              .list();
          if (!usable(scope).isEmpty()) {
            return false;
          }
          save.accept(Objects.requireNonNull(create(request, "default").key()));
          return true;
        }));
  }

  /// @return what the key allows; empty if it is malformed, unknown, wrong, expired or revoked
  public Optional<Grant> verify(String key) {
    var parts = KEY.matcher(key);
    if (!parts.matches()) {
      return Optional.empty();
    }
    byte[] presented = Secrets.sha256(key);
    return live(parts.group(1))
        .filter(stored -> MessageDigest.isEqual(stored.sha256(), presented))
        .map(this::used);
  }

  /// Whether there is a key with this text, usable or not any more.
  public boolean knows(String key) {
    return jdbc.sql("select 1 from api_key where sha256 = :sha256")
        .param("sha256", Secrets.sha256(key))
        .query(Integer.class)
        .optional()
        .isPresent();
  }

  /// All keys ever made, newest first.
  public List<KeyView> list() {
    return jdbc.sql("select * from api_key order by created_at desc, id")
        .query((row, _) -> KeyRows.view(row))
        .list();
  }

  /// Ends a key and its sessions. Revoking it again changes nothing.
  ///
  /// @throws UnknownKeyException if there is no such key
  /// @throws LastAdminKeyException if nobody could manage keys afterwards
  public KeyView revoke(String id) {
    return Objects.requireNonNull(transaction.execute(_ -> revokeInTransaction(id)));
  }

  private KeyView revokeInTransaction(String id) {
    List<String> admins = usable(Scope.ADMIN);
    if (admins.equals(List.of(id))) {
      throw new LastAdminKeyException(id);
    }
    jdbc.sql("update api_key set revoked_at = :now where id = :id and revoked_at is null")
        .param("now", KeyRows.column(clock.instant()))
        .param("id", id)
        .update();
    jdbc.sql("update session set revoked_at = :now where key_id = :id and revoked_at is null")
        .param("now", KeyRows.column(clock.instant()))
        .param("id", id)
        .update();
    return jdbc.sql("select * from api_key where id = :id")
        .param("id", id)
        .query((row, _) -> KeyRows.view(row))
        .optional()
        .orElseThrow(() -> new UnknownKeyException(id));
  }

  /// Locks the rows, so that two keys cannot revoke each other at the same moment.
  private List<String> usable(Scope scope) {
    return jdbc.sql(
            """
            select id from api_key
            where :scope = any(scopes) and revoked_at is null
              and (expires_at is null or expires_at > :now)
            order by id
            for update
            """)
        .param("scope", KeyRows.name(scope))
        .param("now", KeyRows.column(clock.instant()))
        .query((row, _) -> row.getString("id"))
        .list();
  }

  private record Stored(byte[] sha256, Grant grant, @Nullable Instant lastUsed) {}

  private Optional<Stored> live(String id) {
    return jdbc.sql(
            """
            select id, sha256, scopes, tenant, last_used_at from api_key
            where id = :id and revoked_at is null and (expires_at is null or expires_at > :now)
            """)
        .param("id", id)
        .param("now", KeyRows.column(clock.instant()))
        .query((row, _) ->
            new Stored(
                row.getBytes("sha256"), KeyRows.grant(row), KeyRows.instant(row, "last_used_at")))
        .optional();
  }

  private Grant used(Stored stored) {
    Instant now = clock.instant();
    if (stored.lastUsed() == null || stored.lastUsed().isBefore(now.minus(LAST_USED_STEP))) {
      jdbc.sql("update api_key set last_used_at = :now where id = :id")
          .param("now", KeyRows.column(now))
          .param("id", stored.grant().keyId())
          .update();
    }
    return stored.grant();
  }
}

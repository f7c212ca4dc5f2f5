package bessemer.db.access;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.Optional;
import javax.sql.DataSource;
import org.springframework.jdbc.core.simple.JdbcClient;

/// The dashboard's sessions. A cookie holds 190 random bits, the database their SHA-256; a session
/// ends when it is closed, after twelve hours, or with the key that opened it.
public final class Sessions {
  public static final Duration LIFETIME = Duration.ofHours(12);

  private final JdbcClient jdbc;
  private final Clock clock;

  public Sessions(DataSource database, Clock clock) {
    this.jdbc = JdbcClient.create(database);
    this.clock = clock;
  }

  /// A session that was just opened.
  ///
  /// @param cookie its secret, which cannot be read again
  public record Opened(String cookie, String csrf, Instant expiresAt) {}

  /// A session that is open.
  ///
  /// @param csrf what a form must repeat, to prove that our own page made it
  public record Session(Grant grant, String csrf, Instant expiresAt) {}

  /// @param keyId a key that was just verified
  public Opened open(String keyId) {
    Instant now = clock.instant();
    forgetEnded(now);
    var opened = new Opened(Secrets.random(32), Secrets.random(32), now.plus(LIFETIME));
    jdbc.sql(
            """
            insert into session (sha256, key_id, csrf, created_at, expires_at)
            values (:sha256, :key, :csrf, :now, :expires)
            """)
        .param("sha256", Secrets.sha256(opened.cookie()))
        .param("key", keyId)
        .param("csrf", opened.csrf())
        .param("now", KeyRows.column(now))
        .param("expires", KeyRows.column(opened.expiresAt()))
        .update();
    return opened;
  }

  public Optional<Session> find(String cookie) {
    return jdbc.sql(
            """
            select k.id, k.scopes, k.tenant, s.csrf, s.expires_at
            from session s join api_key k on k.id = s.key_id
            where s.sha256 = :sha256 and s.revoked_at is null and s.expires_at > :now
              and k.revoked_at is null and (k.expires_at is null or k.expires_at > :now)
            """)
        .param("sha256", Secrets.sha256(cookie))
        .param("now", KeyRows.column(clock.instant()))
        .query((row, _) ->
            new Session(
                KeyRows.grant(row),
                row.getString("csrf"),
                row.getObject("expires_at", OffsetDateTime.class).toInstant()))
        .optional();
  }

  /// Does nothing if there is no such session.
  public void close(String cookie) {
    jdbc.sql("update session set revoked_at = :now where sha256 = :sha256 and revoked_at is null")
        .param("now", KeyRows.column(clock.instant()))
        .param("sha256", Secrets.sha256(cookie))
        .update();
  }

  private void forgetEnded(Instant now) {
    jdbc.sql("delete from session where expires_at < :now or revoked_at < :now")
        .param("now", KeyRows.column(now.minus(LIFETIME)))
        .update();
  }
}

package bessemer.db.access;

import bessemer.contracts.KeyView;
import bessemer.contracts.Scope;
import java.sql.Array;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.Arrays;
import java.util.Collection;
import java.util.EnumSet;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Between rows of `api_key` and what they mean.
final class KeyRows {
  private KeyRows() {}

  static KeyView view(ResultSet row) throws SQLException {
    return new KeyView(
        row.getString("id"),
        row.getString("name"),
        scopes(row),
        row.getObject("created_at", OffsetDateTime.class).toInstant(),
        instant(row, "expires_at"),
        instant(row, "last_used_at"),
        instant(row, "revoked_at"),
        null);
  }

  static Grant grant(ResultSet row) throws SQLException {
    return new Grant(row.getString("id"), scopes(row), row.getString("tenant"));
  }

  static String[] names(Collection<Scope> scopes) {
    return scopes.stream().map(KeyRows::name).sorted().toArray(String[]::new);
  }

  static String name(Scope scope) {
    return scope.name().toLowerCase(Locale.ROOT);
  }

  static @Nullable Instant instant(ResultSet row, String column) throws SQLException {
    OffsetDateTime at = row.getObject(column, OffsetDateTime.class);
    return at == null ? null : at.toInstant();
  }

  /// As the driver takes it for `timestamptz`.
  static @Nullable OffsetDateTime column(@Nullable Instant at) {
    return at == null ? null : at.atOffset(ZoneOffset.UTC);
  }

  private static Set<Scope> scopes(ResultSet row) throws SQLException {
    Array stored = row.getArray("scopes");
    Set<Scope> scopes = EnumSet.noneOf(Scope.class);
    Arrays.stream((String[]) stored.getArray())
        .map(name -> Scope.valueOf(name.toUpperCase(Locale.ROOT)))
        .forEach(scopes::add);
    return scopes;
  }
}

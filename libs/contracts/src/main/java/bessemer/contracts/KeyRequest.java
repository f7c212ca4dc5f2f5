package bessemer.contracts;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// The body of `POST /api/v1/keys`.
///
/// @param expiresInDays null never
public record KeyRequest(
    String name,
    Set<Scope> scopes,
    @JsonProperty("expires_in_days") @Nullable Integer expiresInDays) {
  public KeyRequest {
    if (name == null || name.isBlank() || name.length() > 100) {
      throw new InvalidFieldException("name", "must be 1 to 100 characters");
    }
    if (scopes == null || scopes.isEmpty()) {
      throw new InvalidFieldException("scopes", "must name at least one scope");
    }
    if (expiresInDays != null && (expiresInDays < 1 || expiresInDays > 3650)) {
      throw new InvalidFieldException("expires_in_days", "must be from 1 to 3650");
    }
    scopes = Set.copyOf(scopes);
  }
}

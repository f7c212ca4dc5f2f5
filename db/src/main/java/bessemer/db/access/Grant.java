package bessemer.db.access;

import bessemer.contracts.Scope;
import java.util.Set;

/// What the holder of a key may do.
///
/// @param keyId the part of the key that may be shown
public record Grant(String keyId, Set<Scope> scopes, String tenant) {
  public Grant {
    scopes = Set.copyOf(scopes);
  }

  public boolean allows(Scope needed) {
    return scopes.stream().anyMatch(scope -> scope.allows(needed));
  }
}

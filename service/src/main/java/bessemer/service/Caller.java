package bessemer.service;

import bessemer.contracts.Scope;
import java.util.Set;

/// On whose behalf the gateway calls a service.
///
/// @param keyId the part of the API key that may be shown
public record Caller(String keyId, Set<Scope> scopes, String tenant) {
  public Caller {
    scopes = Set.copyOf(scopes);
  }

  public boolean may(Scope needed) {
    return scopes.stream().anyMatch(scope -> scope.allows(needed));
  }
}

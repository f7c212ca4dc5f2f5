package bessemer.service;

import bessemer.contracts.Scope;
import java.util.Arrays;
import java.util.Locale;
import java.util.stream.Collectors;
import org.springframework.http.HttpStatus;
import org.springframework.web.server.ResponseStatusException;
import org.springframework.web.server.ServerWebExchange;

/// What the caller's key must allow. The gateway asks the same before it passes a call on; here a
/// gap in its rules changes nothing yet.
public final class Permission {
  private Permission() {}

  /// Lets the call go on if its caller has one of the scopes.
  ///
  /// @throws ResponseStatusException 403 if the caller has none of these
  public static void require(ServerWebExchange exchange, Scope... oneOf) {
    Caller caller = SignedCalls.caller(exchange);
    if (Arrays.stream(oneOf).noneMatch(caller::may)) {
      throw new ResponseStatusException(
          HttpStatus.FORBIDDEN,
          "the key needs the scope "
              + Arrays.stream(oneOf)
                  .map(scope -> scope.name().toLowerCase(Locale.ROOT))
                  .collect(Collectors.joining(" or ")));
    }
  }
}

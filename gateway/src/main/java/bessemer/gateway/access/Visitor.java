package bessemer.gateway.access;

import bessemer.contracts.Scope;
import bessemer.db.access.Grant;
import bessemer.db.access.Sessions;
import bessemer.service.Caller;
import org.jspecify.annotations.Nullable;
import org.springframework.web.server.ServerWebExchange;

/// Who makes a request.
///
/// @param csrf what forms of this session repeat; null for a request with a key, which needs none
public record Visitor(Caller caller, @Nullable String csrf) {

  static Visitor of(Grant grant) {
    return new Visitor(callerOf(grant), null);
  }

  static Visitor of(Sessions.Session session) {
    return new Visitor(callerOf(session.grant()), session.csrf());
  }

  /// Null where the request needed nobody: the login page.
  public static @Nullable Visitor of(ServerWebExchange exchange) {
    return exchange.getAttribute(Visitor.class.getName());
  }

  /// @throws IllegalStateException if the request needed nobody
  public static Visitor known(ServerWebExchange exchange) {
    Visitor visitor = of(exchange);
    if (visitor == null) {
      throw new IllegalStateException("nobody is known to make this request");
    }
    return visitor;
  }

  void enter(ServerWebExchange exchange) {
    exchange.getAttributes().put(Visitor.class.getName(), this);
  }

  public boolean may(Scope needed) {
    return caller.may(needed);
  }

  private static Caller callerOf(Grant grant) {
    return new Caller(grant.keyId(), grant.scopes(), grant.tenant());
  }
}

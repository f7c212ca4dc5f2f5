package bessemer.gateway.access;

import bessemer.service.Caller;
import org.springframework.core.MethodParameter;
import org.springframework.web.reactive.BindingContext;
import org.springframework.web.reactive.result.method.SyncHandlerMethodArgumentResolver;
import org.springframework.web.server.ServerWebExchange;

/// Lets a controller's method ask for the [Caller] or the [Visitor].
final class CallerArgument implements SyncHandlerMethodArgumentResolver {
  @Override
  public boolean supportsParameter(MethodParameter parameter) {
    return parameter.getParameterType() == Caller.class
        || parameter.getParameterType() == Visitor.class;
  }

  @Override
  public Object resolveArgumentValue(
      MethodParameter parameter, BindingContext binding, ServerWebExchange exchange) {
    Visitor visitor = Visitor.known(exchange);
    return parameter.getParameterType() == Caller.class ? visitor.caller() : visitor;
  }
}

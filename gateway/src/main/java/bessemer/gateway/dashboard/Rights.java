package bessemer.gateway.dashboard;

import bessemer.contracts.Scope;
import bessemer.gateway.access.Visitor;
import org.springframework.ui.Model;
import org.springframework.web.bind.annotation.ControllerAdvice;
import org.springframework.web.bind.annotation.ModelAttribute;
import org.springframework.web.server.ServerWebExchange;

/// What the visitor may do, so that no page offers what would be refused.
@ControllerAdvice(basePackageClasses = Rights.class)
final class Rights {
  @ModelAttribute
  void add(ServerWebExchange exchange, Model model) {
    Visitor visitor = Visitor.of(exchange);
    model.addAttribute("mayWrite", visitor != null && visitor.may(Scope.WRITE));
    model.addAttribute("isAdmin", visitor != null && visitor.may(Scope.ADMIN));
  }
}

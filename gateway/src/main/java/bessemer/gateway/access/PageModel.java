package bessemer.gateway.access;

import bessemer.contracts.Scope;
import org.springframework.ui.Model;
import org.springframework.web.bind.annotation.ControllerAdvice;
import org.springframework.web.bind.annotation.ModelAttribute;
import org.springframework.web.server.ServerWebExchange;

/// What every page's template can use: `csrf`, the token that its forms repeat, and what the
/// visitor may do, so that no page offers what would be refused.
///
/// All in one method: one that gets the exchange and returns nothing counts as an answer to
/// WebFlux, which then calls no further method for the model.
@ControllerAdvice
final class PageModel {
  @ModelAttribute
  void add(ServerWebExchange exchange, Model model) {
    Visitor visitor = Visitor.of(exchange);
    if (visitor != null && visitor.csrf() != null) {
      model.addAttribute("csrf", visitor.csrf());
    }
    model.addAttribute("mayWrite", visitor != null && visitor.may(Scope.WRITE));
    model.addAttribute("mayInfer", visitor != null && visitor.may(Scope.INFER));
    model.addAttribute("isAdmin", visitor != null && visitor.may(Scope.ADMIN));
  }
}

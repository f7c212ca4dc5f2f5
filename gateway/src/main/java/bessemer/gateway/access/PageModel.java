package bessemer.gateway.access;

import org.springframework.ui.Model;
import org.springframework.web.bind.annotation.ControllerAdvice;
import org.springframework.web.bind.annotation.ModelAttribute;
import org.springframework.web.server.ServerWebExchange;

/// What every page's template can use: `csrf`, the token that its forms repeat, and `visitor`.
@ControllerAdvice
final class PageModel {
  @ModelAttribute
  void add(ServerWebExchange exchange, Model model) {
    Visitor visitor = Visitor.of(exchange);
    if (visitor != null && visitor.csrf() != null) {
      model.addAttribute("visitor", visitor);
      model.addAttribute("csrf", visitor.csrf());
    }
  }
}

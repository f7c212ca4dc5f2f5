package bessemer.gateway.dashboard;

import bessemer.contracts.Problem;
import bessemer.gateway.access.Visitor;
import bessemer.service.Problems;
import bessemer.service.RequestIds;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.http.HttpStatusCode;
import org.springframework.web.bind.annotation.ControllerAdvice;
import org.springframework.web.bind.annotation.ExceptionHandler;
import org.springframework.web.reactive.result.view.Rendering;
import org.springframework.web.server.ServerWebExchange;

/// What went wrong with a page, as a page.
@ControllerAdvice(basePackageClasses = PageProblems.class)
final class PageProblems {
  private static final Logger LOG = LoggerFactory.getLogger(PageProblems.class);

  @ExceptionHandler
  Rendering problem(Exception failure, ServerWebExchange exchange) {
    Problem problem = Problems.of(failure, RequestIds.of(exchange));
    if (problem.status() >= 500) {
      LOG.error("{}", exchange.getRequest().getPath(), failure);
    }
    Visitor visitor = Visitor.of(exchange);
    String csrf = visitor == null ? null : visitor.csrf();
    return Rendering.view("problem")
        .status(HttpStatusCode.valueOf(problem.status()))
        .modelAttribute("csrf", csrf == null ? "" : csrf)
        .modelAttribute("title", problem.title())
        .modelAttribute("detail", problem.detail())
        .modelAttribute("request", String.valueOf(problem.requestId()))
        .build();
  }
}

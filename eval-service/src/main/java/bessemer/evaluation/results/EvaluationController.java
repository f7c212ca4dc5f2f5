package bessemer.evaluation.results;

import bessemer.contracts.InvalidFieldException;
import bessemer.contracts.JobView;
import bessemer.contracts.Names;
import bessemer.contracts.Page;
import bessemer.contracts.Scope;
import bessemer.foundry.evaluate.EvaluationFile;
import bessemer.service.Permission;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.core.io.FileSystemResource;
import org.springframework.core.io.Resource;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.server.ServerWebExchange;

/// `/api/v1/evaluations`: jobs of the kind `eval` that succeeded, and their files.
@RestController
@RequestMapping("/api/v1/evaluations")
final class EvaluationController {
  private static final int MOST = 200;

  /// The report brings its style along and loads nothing.
  private static final String REPORT_POLICY =
      "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none';"
          + " frame-ancestors 'self'";

  private final Results results;

  EvaluationController(Results results) {
    this.results = results;
  }

  @GetMapping
  Page<JobView> list(
      @RequestParam(required = false) @Nullable String model,
      @RequestParam(defaultValue = "100") int limit,
      ServerWebExchange exchange) {
    Permission.require(exchange, Scope.READ);
    if (limit < 1 || limit > MOST) {
      throw new InvalidFieldException("limit", "must be from 1 to " + MOST + ", is " + limit);
    }
    if (model != null) {
      Names.model("model", model);
    }
    return new Page<>(results.list(model, limit), null);
  }

  @GetMapping(path = "/{job}", produces = MediaType.APPLICATION_JSON_VALUE)
  ResponseEntity<Resource> report(@PathVariable UUID job, ServerWebExchange exchange) {
    Permission.require(exchange, Scope.READ);
    return of(job, EvaluationFile.JSON, MediaType.APPLICATION_JSON);
  }

  @GetMapping(path = "/{job}", produces = MediaType.TEXT_HTML_VALUE)
  ResponseEntity<Resource> page(@PathVariable UUID job, ServerWebExchange exchange) {
    Permission.require(exchange, Scope.READ);
    return of(
        job,
        EvaluationFile.HTML,
        new MediaType("text", "html", java.nio.charset.StandardCharsets.UTF_8));
  }

  @GetMapping("/{job}/files/{file}")
  ResponseEntity<Resource> file(
      @PathVariable UUID job, @PathVariable String file, ServerWebExchange exchange) {
    Permission.require(exchange, Scope.READ);
    return of(job, file, MediaType.APPLICATION_OCTET_STREAM);
  }

  private ResponseEntity<Resource> of(UUID job, String file, MediaType type) {
    return ResponseEntity.ok()
        .contentType(type)
        .header("X-Content-Type-Options", "nosniff")
        .header("Content-Security-Policy", REPORT_POLICY)
        .body(new FileSystemResource(results.file(job, file)));
  }
}

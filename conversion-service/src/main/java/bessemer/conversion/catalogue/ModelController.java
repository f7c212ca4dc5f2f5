package bessemer.conversion.catalogue;

import bessemer.contracts.InvalidFieldException;
import bessemer.contracts.LanguageView;
import bessemer.contracts.ModelView;
import bessemer.contracts.Names;
import bessemer.contracts.Page;
import bessemer.contracts.Scope;
import bessemer.conversion.catalogue.Models.ModelFile;
import bessemer.db.catalogue.Catalogue.Placed;
import bessemer.foundry.parity.HtmlReport;
import bessemer.foundry.parity.ReportFile;
import bessemer.service.Permission;
import bessemer.service.SignedCalls;
import java.io.IOException;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.core.io.FileSystemResource;
import org.springframework.core.io.Resource;
import org.springframework.http.CacheControl;
import org.springframework.http.HttpStatus;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.DeleteMapping;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.ResponseStatus;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.server.ServerWebExchange;

/// `/api/v1/models`.
@RestController
@RequestMapping("/api/v1/models")
final class ModelController {
  /// Where a model lies below the catalogue's root, for workers that see the same disk.
  static final String DIRECTORY = "X-Bessemer-Directory";

  private static final int MOST = 500;

  /// The report brings its style and its script along and loads nothing.
  private static final String REPORT_POLICY =
      "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline';"
          + " base-uri 'none'; form-action 'none'; frame-ancestors 'self'";

  private final Models models;
  private final ModelLanguages languages;

  ModelController(Models models, ModelLanguages languages) {
    this.models = models;
    this.languages = languages;
  }

  @GetMapping
  Page<ModelView> list(
      @RequestParam(defaultValue = "100") int limit,
      @RequestParam(required = false) @Nullable String cursor,
      ServerWebExchange exchange) {
    Permission.require(exchange, Scope.READ, Scope.WORKER);
    if (limit < 1 || limit > MOST) {
      throw new InvalidFieldException("limit", "must be from 1 to " + MOST + ", is " + limit);
    }
    String after = cursor == null ? null : Names.model("cursor", cursor);
    List<ModelView> found = models.list(limit + 1, after);
    List<ModelView> page = found.subList(0, Math.min(limit, found.size()));
    return new Page<>(page, found.size() > limit ? page.getLast().name() : null);
  }

  @GetMapping("/{name}")
  ResponseEntity<ModelView> one(@PathVariable String name, ServerWebExchange exchange) {
    Permission.require(exchange, Scope.READ, Scope.WORKER);
    Placed model = models.find(name);
    ResponseEntity.BodyBuilder answer = ResponseEntity.ok();
    if (SignedCalls.caller(exchange).may(Scope.WORKER)) {
      answer.header(DIRECTORY, model.directory());
    }
    return answer.body(model.view());
  }

  @GetMapping(path = "/{name}/parity", produces = MediaType.APPLICATION_JSON_VALUE)
  String parity(@PathVariable String name, ServerWebExchange exchange) throws IOException {
    Permission.require(exchange, Scope.READ, Scope.WORKER);
    return ReportFile.json(models.report(name));
  }

  @GetMapping(path = "/{name}/parity", produces = MediaType.TEXT_HTML_VALUE)
  ResponseEntity<String> parityPage(@PathVariable String name, ServerWebExchange exchange)
      throws IOException {
    Permission.require(exchange, Scope.READ, Scope.WORKER);
    return ResponseEntity.ok()
        .header("Content-Security-Policy", REPORT_POLICY)
        .body(HtmlReport.of(models.report(name)));
  }

  @GetMapping("/{name}/languages")
  Page<LanguageView> languages(@PathVariable String name, ServerWebExchange exchange)
      throws IOException {
    Permission.require(exchange, Scope.READ, Scope.WORKER, Scope.INFER);
    return new Page<>(languages.of(name), null);
  }

  /// Spring answers `Range` and `If-None-Match`, and sends the file without copying it through
  /// Java. It does not know `If-Range`: where that names another version, the range of the old one
  /// makes no sense and 412 says so.
  @GetMapping("/{name}/files/{file}")
  ResponseEntity<Resource> file(
      @PathVariable String name, @PathVariable String file, ServerWebExchange exchange)
      throws IOException {
    Permission.require(exchange, Scope.READ, Scope.WORKER);
    ModelFile found = models.file(name, file);
    String tag = "\"" + found.artifact().sha256() + "\"";
    String expected = exchange.getRequest().getHeaders().getFirst("If-Range");
    if (expected != null && !expected.equals(tag)) {
      return ResponseEntity.status(HttpStatus.PRECONDITION_FAILED).eTag(tag).build();
    }
    return ResponseEntity.ok()
        .eTag(tag)
        .cacheControl(CacheControl.noCache())
        .contentType(MediaType.APPLICATION_OCTET_STREAM)
        .header("X-Content-Type-Options", "nosniff")
        .body(new FileSystemResource(found.path()));
  }

  @DeleteMapping("/{name}")
  @ResponseStatus(HttpStatus.NO_CONTENT)
  void delete(@PathVariable String name, ServerWebExchange exchange) throws IOException {
    Permission.require(exchange, Scope.WRITE);
    models.delete(name);
  }
}

package bessemer.conversion.sources;

import bessemer.contracts.Names;
import bessemer.contracts.Problem;
import bessemer.contracts.Scope;
import bessemer.conversion.sources.SourceStore.Sent;
import bessemer.conversion.sources.UploadException.Reason;
import bessemer.db.catalogue.Source;
import bessemer.db.catalogue.SourceFile;
import bessemer.service.Permission;
import bessemer.service.RequestIds;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.annotation.JsonUnwrapped;
import java.io.IOException;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatus;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import org.springframework.http.server.reactive.ServerHttpRequest;
import org.springframework.web.bind.annotation.ExceptionHandler;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PutMapping;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.server.ServerWebExchange;

/// The files of a source.
///
/// A body is the whole file, or with `Content-Range: bytes FIRST-LAST/TOTAL` the bytes that follow
/// those that are here; how many that are, every answer says in `X-Bessemer-Received`. 201 means
/// that the file is complete, 200 that it was before, 202 that more has to come. An empty body with
/// `X-Bessemer-Local-Path` names a file of this machine instead, where the settings allow it.
@RestController
final class UploadController {
  static final String RECEIVED = "X-Bessemer-Received";

  private static final String FILE = SourceController.KIND + "/{id}/files/{file}";

  private final SourceStore store;
  private final SourceSettings settings;
  private final boolean localPaths;

  UploadController(SourceStore store, SourceSettings settings, boolean localPaths) {
    this.store = store;
    this.settings = settings;
    this.localPaths = localPaths;
  }

  @GetMapping(FILE)
  ResponseEntity<Upload> state(
      @PathVariable String kind,
      @PathVariable String id,
      @PathVariable String file,
      ServerWebExchange exchange)
      throws IOException {
    Permission.require(exchange, Scope.READ);
    Source source = source(kind, id);
    Upload state = store.state(source, SourceStore.file(source, Names.file("file", file)));
    return answer(HttpStatus.OK, state);
  }

  @PutMapping(FILE)
  ResponseEntity<Upload> put(
      @PathVariable String kind,
      @PathVariable String id,
      @PathVariable String file,
      ServerWebExchange exchange)
      throws IOException {
    Permission.require(exchange, Scope.WRITE);
    Source source = source(kind, id);
    SourceFile declared = SourceStore.file(source, Names.file("file", file));
    if (declared.complete()) {
      return answer(HttpStatus.OK, store.state(source, declared));
    }
    ServerHttpRequest request = exchange.getRequest();
    String path = request.getHeaders().getFirst(LocalFiles.HEADER);
    Upload upload = path == null ? receive(source, file, request) : take(source, file, path);
    return answer(upload.complete() ? HttpStatus.CREATED : HttpStatus.ACCEPTED, upload);
  }

  private Upload receive(Source source, String file, ServerHttpRequest request) throws IOException {
    HttpHeaders headers = request.getHeaders();
    long length = headers.getContentLength();
    try (var body = new Body(request.getBody(), settings.silence())) {
      var sent =
          new Sent(
              headers.getFirst(HttpHeaders.CONTENT_RANGE),
              length < 0 ? OptionalLong.empty() : OptionalLong.of(length),
              body);
      return store.receive(source, file, sent);
    }
  }

  private Upload take(Source source, String file, String path) throws IOException {
    if (!localPaths) {
      throw new UploadException(
          Reason.NO_LOCAL_FILES, -1, "files are not taken by their path here: send their bytes");
    }
    return store.take(source, file, path);
  }

  private Source source(String kind, String id) throws IOException {
    return store.find(SourceController.kind(kind), SourceController.id(kind, id));
  }

  private static ResponseEntity<Upload> answer(HttpStatus status, Upload upload) {
    return ResponseEntity.status(status)
        .header(RECEIVED, Long.toString(upload.received()))
        .body(upload);
  }

  /// A problem that says how much is here.
  ///
  /// @param received null where it does not matter
  record UploadProblem(
      @JsonUnwrapped Problem problem,
      @JsonInclude(JsonInclude.Include.NON_NULL) @JsonProperty("received")
          @Nullable Long received) {}

  @ExceptionHandler
  ResponseEntity<UploadProblem> refused(UploadException e, ServerWebExchange exchange) {
    HttpStatus status = status(e.reason());
    var problem =
        new Problem(
            "about:blank",
            status.getReasonPhrase(),
            status.value(),
            String.valueOf(e.getMessage()),
            null,
            RequestIds.of(exchange));
    ResponseEntity.BodyBuilder answer =
        ResponseEntity.status(status).contentType(MediaType.APPLICATION_PROBLEM_JSON);
    if (e.reason() == Reason.BUSY) {
      answer.header(HttpHeaders.RETRY_AFTER, "1");
    }
    if (e.received() >= 0) {
      answer.header(RECEIVED, Long.toString(e.received()));
    }
    return answer.body(new UploadProblem(problem, e.received() < 0 ? null : e.received()));
  }

  private static HttpStatus status(Reason reason) {
    return switch (reason) {
      case BUSY, WRONG_OFFSET -> HttpStatus.CONFLICT;
      case TOO_LONG -> HttpStatus.CONTENT_TOO_LARGE;
      case WRONG_CONTENT -> HttpStatus.UNPROCESSABLE_CONTENT;
      case SILENT -> HttpStatus.REQUEST_TIMEOUT;
      case CUT -> HttpStatus.BAD_REQUEST;
      case NO_SPACE -> HttpStatus.INSUFFICIENT_STORAGE;
      case NO_LOCAL_FILES -> HttpStatus.FORBIDDEN;
    };
  }
}

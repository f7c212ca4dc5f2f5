package bessemer.conversion.sources;

import bessemer.contracts.Artifact;
import bessemer.contracts.InvalidFieldException;
import bessemer.contracts.Page;
import bessemer.contracts.Scope;
import bessemer.contracts.SourceRequest;
import bessemer.contracts.SourceView;
import bessemer.conversion.sources.HubRevisions.Pinned;
import bessemer.db.catalogue.Source;
import bessemer.db.catalogue.SourceFile;
import bessemer.db.catalogue.SourceKind;
import bessemer.db.catalogue.Sources.Registered;
import bessemer.service.Permission;
import java.io.IOException;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpStatus;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.DeleteMapping;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.ResponseStatus;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.server.ServerWebExchange;

/// `/api/v1/sources` and `/api/v1/references`, which differ in nothing but what the files are for.
@RestController
final class SourceController {
  static final String KIND = "/api/v1/{kind:sources|references}";

  private static final int MOST = 500;

  private final SourceStore store;
  private final HubRevisions hub;

  SourceController(SourceStore store, HubRevisions hub) {
    this.store = store;
    this.hub = hub;
  }

  @PostMapping(KIND)
  ResponseEntity<SourceView> register(
      @PathVariable String kind, @RequestBody SourceRequest request, ServerWebExchange exchange)
      throws IOException {
    Permission.require(exchange, Scope.WRITE);
    Registered registered = store.register(kind(kind), request);
    SourceView view = view(store.find(kind(kind), registered.source().id()));
    return ResponseEntity.status(registered.created() ? HttpStatus.CREATED : HttpStatus.OK)
        .location(URI.create("/api/v1/%s/%s".formatted(kind, view.id())))
        .body(view);
  }

  @GetMapping(KIND)
  Page<SourceView> list(
      @PathVariable String kind,
      @RequestParam(defaultValue = "100") int limit,
      @RequestParam(required = false) @Nullable String cursor,
      ServerWebExchange exchange)
      throws IOException {
    Permission.require(exchange, Scope.READ);
    if (limit < 1 || limit > MOST) {
      throw new InvalidFieldException("limit", "must be from 1 to " + MOST + ", is " + limit);
    }
    List<Source> found = store.list(kind(kind), limit + 1, before(cursor));
    List<SourceView> views = new ArrayList<>();
    for (Source source : found.subList(0, Math.min(limit, found.size()))) {
      views.add(view(source));
    }
    return new Page<>(views, found.size() > limit ? views.getLast().id().toString() : null);
  }

  private static @Nullable UUID before(@Nullable String cursor) {
    return cursor == null
        ? null
        : SourceIds.parse(cursor)
            .orElseThrow(() -> new InvalidFieldException("cursor", "comes from the last page"));
  }

  @GetMapping(KIND + "/{id}")
  SourceView one(@PathVariable String kind, @PathVariable String id, ServerWebExchange exchange)
      throws IOException {
    Permission.require(exchange, Scope.READ);
    return view(store.find(kind(kind), id(kind, id)));
  }

  @DeleteMapping(KIND + "/{id}")
  @ResponseStatus(HttpStatus.NO_CONTENT)
  void delete(@PathVariable String kind, @PathVariable String id, ServerWebExchange exchange)
      throws IOException {
    Permission.require(exchange, Scope.WRITE);
    store.delete(kind(kind), id(kind, id));
  }

  @GetMapping("/api/v1/sources/resolve")
  Pinned resolve(
      @RequestParam String name,
      @RequestParam(defaultValue = "main") String revision,
      ServerWebExchange exchange)
      throws InterruptedException {
    Permission.require(exchange, Scope.READ);
    return hub.pin(name, revision);
  }

  static SourceKind kind(String text) {
    return text.equals("sources") ? SourceKind.SOURCE : SourceKind.REFERENCE;
  }

  /// An id that none can have is one that there is not.
  static UUID id(String kind, String id) {
    return SourceIds.parse(id)
        .orElseThrow(
            () -> new NoSuchElementException("no %s of this id".formatted(kind(kind).text())));
  }

  private SourceView view(Source source) throws IOException {
    List<Artifact> files = new ArrayList<>();
    List<Long> received = new ArrayList<>();
    for (SourceFile file : source.files()) {
      files.add(file.artifact());
      received.add(store.state(source, file).received());
    }
    return new SourceView(
        source.id(), source.name(), source.complete(), source.createdAt(), files, received);
  }
}

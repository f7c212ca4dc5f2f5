package bessemer.gateway.workers;

import bessemer.contracts.WorkerView;
import bessemer.db.workers.Workers;
import bessemer.gateway.access.RefusedException;
import bessemer.gateway.access.RefusedException.Reason;
import bessemer.service.CallSigner;
import bessemer.service.Caller;
import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.TreeMap;
import java.util.concurrent.TimeoutException;
import org.springframework.core.env.Environment;
import org.springframework.http.HttpHeaders;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import org.springframework.http.server.reactive.ServerHttpRequest;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.RestController;
import reactor.core.publisher.Mono;

/// What Prometheus reads (its `http_sd`), and the way to workers that it cannot reach itself.
///
/// A worker on this machine is scraped at its management port. One on another machine opens no such
/// port: Prometheus asks the gateway, with the same key as for this list, and the gateway asks the
/// worker over the pinned connection, with a call that it signs.
@RestController
final class TargetCalls {
  private static final String METRICS = "/actuator/prometheus";
  private static final Duration PATIENCE = Duration.ofSeconds(8); // less than a scrape's ten

  private final Workers workers;
  private final Roster roster;
  private final WorkerClients clients;
  private final CallSigner signer;
  private final Environment environment;

  TargetCalls(
      Workers workers,
      Roster roster,
      WorkerClients clients,
      CallSigner signer,
      Environment environment) {
    this.workers = workers;
    this.roster = roster;
    this.clients = clients;
    this.signer = signer;
    this.environment = environment;
  }

  /// An entry of Prometheus's `http_sd` list.
  record Target(List<String> targets, Map<String, String> labels) {}

  @GetMapping("/api/v1/targets")
  List<Target> targets(ServerHttpRequest request) {
    List<Target> targets = new ArrayList<>();
    targets.add(gateway(request.getURI()));
    for (WorkerView worker : workers.live()) {
      String management = worker.last().managementUrl();
      if (management != null) {
        targets.add(direct(worker.id(), worker.last().kind(), URI.create(management)));
      } else if (worker.last().url() != null) {
        targets.add(throughHere(worker, request.getURI()));
      }
    }
    return targets;
  }

  @GetMapping("/api/v1/workers/{id}/metrics")
  Mono<ResponseEntity<String>> metrics(@PathVariable String id, Caller caller) {
    return roster
        .soon()
        .map(all -> reachable(id, all))
        .flatMap(worker ->
            clients
                .to(worker)
                .headers(headers ->
                    headers.set(
                        HttpHeaders.AUTHORIZATION,
                        "Bearer " + signer.token("inference-service", caller)))
                .responseTimeout(PATIENCE)
                .get()
                .uri(URI.create(worker.last().url()).resolve("/metrics"))
                .responseSingle((answer, body) ->
                    answer.status().code() == 200
                        ? body.asString()
                        : Mono.error(new IOException("it answered " + answer.status().code()))))
        .map(text ->
            ResponseEntity.ok()
                .contentType(MediaType.parseMediaType("text/plain;version=0.0.4;charset=utf-8"))
                .body(text))
        .onErrorMap(
            failure -> failure instanceof IOException || failure instanceof TimeoutException,
            failure ->
                new RefusedException(
                    Reason.UPSTREAM_DOWN,
                    "worker %s cannot be scraped: %s".formatted(id, failure.getMessage())));
  }

  private static WorkerView reachable(String id, List<WorkerView> all) {
    return all.stream()
        .filter(worker -> worker.id().equals(id) && worker.last().url() != null)
        .findFirst()
        .orElseThrow(() -> new NoSuchElementException("no worker '%s'".formatted(id)));
  }

  private Target gateway(URI request) {
    String given = environment.getProperty("bessemer.management-url", "");
    if (!given.isBlank()) {
      return direct("gateway", "gateway", URI.create(given));
    }
    String address = environment.getProperty("management.server.address", "127.0.0.1");
    String host = address.equals("0.0.0.0") || address.equals("::") ? request.getHost() : address;
    String port =
        environment.getProperty(
            "local.management.port", environment.getProperty("management.server.port", "9080"));
    return direct("gateway", "gateway", URI.create("http://" + host + ":" + port));
  }

  private static Target direct(String worker, String kind, URI management) {
    return target(worker, kind, management, METRICS);
  }

  private static Target throughHere(WorkerView worker, URI here) {
    String path = "/api/v1/workers/%s/metrics".formatted(worker.id());
    return target(worker.id(), worker.last().kind(), here, path);
  }

  private static Target target(String worker, String kind, URI at, String path) {
    int port = at.getPort() > 0 ? at.getPort() : at.getScheme().equals("https") ? 443 : 80;
    Map<String, String> labels = new TreeMap<>();
    labels.put("worker", worker);
    labels.put("kind", kind);
    labels.put("__scheme__", at.getScheme());
    labels.put("__metrics_path__", path);
    return new Target(List.of(at.getHost() + ":" + port), labels);
  }
}

package bessemer.gateway.workers;

import bessemer.contracts.Names;
import bessemer.contracts.Page;
import bessemer.contracts.WorkerBeat;
import bessemer.contracts.WorkerOrders;
import bessemer.contracts.WorkerView;
import bessemer.db.workers.Workers;
import bessemer.service.Caller;
import bessemer.service.TokenKeys;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.NoSuchElementException;
import org.jspecify.annotations.Nullable;
import org.springframework.http.server.reactive.ServerHttpRequest;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.PutMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RestController;

/// `/api/v1/workers`: who is there, who comes, who is to stop.
@RestController
@RequestMapping("/api/v1/workers")
final class WorkerCalls {
  private final Workers workers;
  private final Roster roster;
  private final String tokenKey;

  WorkerCalls(Workers workers, Roster roster, TokenKeys keys) {
    this.workers = workers;
    this.roster = roster;
    this.tokenKey = keys.publicPem();
  }

  @GetMapping
  Page<WorkerView> list() {
    return new Page<>(workers.list(), null);
  }

  @GetMapping("/{id}")
  WorkerView find(@PathVariable String id) {
    return workers
        .find(id)
        .orElseThrow(() -> new NoSuchElementException("no worker '%s'".formatted(id)));
  }

  @PutMapping("/{id}")
  WorkerOrders beat(
      @PathVariable String id,
      @RequestBody WorkerBeat beat,
      Caller caller,
      ServerHttpRequest request) {
    BeatRules.check(beat, peer(request));
    boolean draining = workers.beat(Names.model("id", id), caller.keyId(), beat);
    roster.changed();
    return new WorkerOrders(draining, tokenKey, Math.toIntExact(Workers.BEAT.toSeconds()));
  }

  @PostMapping("/{id}/drain")
  WorkerView drain(@PathVariable String id) {
    return drain(id, true);
  }

  @PostMapping("/{id}/undrain")
  WorkerView undrain(@PathVariable String id) {
    return drain(id, false);
  }

  private WorkerView drain(String id, boolean on) {
    workers.drain(id, on);
    roster.changed();
    return find(id);
  }

  private static @Nullable InetAddress peer(ServerHttpRequest request) {
    InetSocketAddress peer = request.getRemoteAddress();
    return peer == null ? null : peer.getAddress();
  }
}

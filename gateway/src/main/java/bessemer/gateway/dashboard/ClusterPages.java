package bessemer.gateway.dashboard;

import bessemer.contracts.KeyView;
import bessemer.contracts.Scope;
import bessemer.contracts.WorkerBeat;
import bessemer.contracts.WorkerView;
import bessemer.db.access.ApiKeys;
import bessemer.db.workers.Workers;
import bessemer.gateway.access.Visitor;
import java.time.Clock;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import org.springframework.stereotype.Controller;
import org.springframework.ui.Model;
import org.springframework.web.bind.annotation.GetMapping;

/// Who works here, and who may come in.
@Controller
final class ClusterPages {
  private final Workers workers;
  private final ApiKeys keys;
  private final Clock clock;

  ClusterPages(Workers workers, ApiKeys keys, Clock clock) {
    this.workers = workers;
    this.keys = keys;
    this.clock = clock;
  }

  record WorkerRow(
      String id,
      String state,
      String kind,
      String version,
      String capabilities,
      String models,
      int busy,
      long memory,
      long budget,
      String memoryText,
      String age) {

    static WorkerRow of(WorkerView worker, Instant now) {
      WorkerBeat last = worker.last();
      String models =
          last.models().stream()
              .map(model -> model.name() + " " + Show.bytes(model.bytes()))
              .collect(Collectors.joining(", "));
      return new WorkerRow(
          worker.id(),
          worker.state(),
          last.kind(),
          last.version(),
          String.join(", ", last.capabilities()),
          models.isEmpty() ? "–" : models,
          last.busy(),
          last.memoryBytes(),
          last.memoryBudgetBytes(),
          last.memoryBudgetBytes() == 0
              ? "–"
              : "%s of %s"
                  .formatted(Show.bytes(last.memoryBytes()), Show.bytes(last.memoryBudgetBytes())),
          Show.age(worker.lastSeen(), now));
    }
  }

  record KeyRow(
      String id,
      String name,
      String state,
      String scopes,
      String created,
      String used,
      String expires) {

    static KeyRow of(KeyView key, Instant now) {
      Instant expires = key.expiresAt();
      boolean isExpired = expires != null && expires.isBefore(now);
      return new KeyRow(
          key.id(),
          key.name(),
          key.revokedAt() != null ? "revoked" : isExpired ? "expired" : "good",
          key.scopes().stream()
              .sorted()
              .map(scope -> scope.name().toLowerCase(Locale.ROOT))
              .collect(Collectors.joining(", ")),
          Show.day(key.createdAt()),
          Show.day(key.lastUsedAt()),
          Show.day(expires));
    }
  }

  @GetMapping("/workers")
  String workers(Model page) {
    Instant now = clock.instant();
    page.addAttribute(
        "workers", workers.list().stream().map(worker -> WorkerRow.of(worker, now)).toList());
    return "workers";
  }

  /// Keys that are good first.
  @GetMapping("/keys")
  String keys(Visitor visitor, Model page) {
    Instant now = clock.instant();
    List<KeyRow> rows =
        visitor.may(Scope.ADMIN)
            ? keys.list().stream()
                .map(key -> KeyRow.of(key, now))
                .sorted(java.util.Comparator.comparing(row -> !row.state().equals("good")))
                .toList()
            : List.of();
    page.addAttribute("keys", rows);
    return "keys";
  }
}

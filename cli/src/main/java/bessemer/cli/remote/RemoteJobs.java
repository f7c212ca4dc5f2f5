package bessemer.cli.remote;

import bessemer.contracts.JobEvent;
import bessemer.contracts.JobRequest;
import bessemer.contracts.JobSpec;
import bessemer.contracts.JobView;
import bessemer.contracts.LogLine;
import bessemer.contracts.Page;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.type.TypeReference;

/// The jobs behind the gateway.
public final class RemoteJobs {
  private static final String JOBS = "/api/v1/jobs";
  private static final TypeReference<Page<JobView>> PAGE = new TypeReference<>() {};
  private static final TypeReference<Page<LogLine>> LINES = new TypeReference<>() {};
  private static final int PAGE_SIZE = 100;
  private static final int SHORTEST_PREFIX = 4;
  private static final int SUBMITS = 4;

  private final Gateway gateway;
  private final Patience patience;

  public RemoteJobs(Gateway gateway, Patience patience) {
    this.gateway = gateway;
    this.patience = patience;
  }

  /// Submits once, even where the answer to an earlier attempt was lost on the way.
  public JobView submit(JobSpec spec, int priority) throws IOException, InterruptedException {
    Map<String, Object> body = new LinkedHashMap<>();
    JobRequest request = new JobRequest(spec, priority); // checks before anything is sent
    body.put("kind", spec.kind());
    body.put("spec", request.spec());
    body.put("priority", request.priority());
    Map<String, String> once = Map.of("Idempotency-Key", UUID.randomUUID().toString());
    for (int attempt = 1; ; attempt++) {
      try {
        return gateway.post(JOBS, body, once, JobView.class);
      } catch (IOException e) {
        if (attempt == SUBMITS) {
          throw e;
        }
      } catch (GatewayException e) {
        if (!e.isTemporary() || attempt == SUBMITS) {
          throw e;
        }
      }
      patience.pause(attempt);
    }
  }

  public JobView find(UUID id) throws IOException, InterruptedException {
    return gateway.get(JOBS + "/" + id, JobView.class);
  }

  /// Newest first.
  ///
  /// @param filter such as `state=running`; empty for all
  public Page<JobView> list(String filter, int limit) throws IOException, InterruptedException {
    return gateway.get(JOBS + "?limit=" + limit + (filter.isEmpty() ? "" : "&" + filter), PAGE);
  }

  /// A job by its id or by the first characters of it.
  ///
  /// @throws GatewayException with status 404 if there is none, 400 if there are several
  public UUID resolve(String given) throws IOException, InterruptedException {
    String text = given.toLowerCase(java.util.Locale.ROOT);
    if (text.matches("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")) {
      return UUID.fromString(text);
    }
    if (!text.matches("[0-9a-f-]{%d,35}".formatted(SHORTEST_PREFIX))) {
      throw refuse(
          400,
          "'%s' is no job: give its id or at least the first %d characters of it"
              .formatted(given, SHORTEST_PREFIX));
    }
    List<UUID> found = beginningWith(text);
    if (found.isEmpty()) {
      throw refuse(404, "there is no job that begins with " + given);
    }
    if (found.size() > 1) {
      throw refuse(400, "several jobs begin with %s: %s".formatted(given, found));
    }
    return found.getFirst();
  }

  private static GatewayException refuse(int status, String message) {
    return new GatewayException(status, message, null, null);
  }

  private List<UUID> beginningWith(String prefix) throws IOException, InterruptedException {
    List<UUID> found = new ArrayList<>();
    @Nullable String cursor = null;
    do {
      String from = cursor == null ? "" : "cursor=" + Gateway.segment(cursor);
      Page<JobView> page = list(from, PAGE_SIZE);
      for (JobView job : page.items()) {
        if (job.id().toString().startsWith(prefix)) {
          found.add(job.id());
        }
      }
      cursor = page.cursor();
    } while (cursor != null);
    return found;
  }

  public JobView cancel(UUID id) throws IOException, InterruptedException {
    return gateway.post(JOBS + "/" + id + "/cancel", Map.of(), Map.of(), JobView.class);
  }

  /// A new job with the same specification.
  public JobView retry(UUID id) throws IOException, InterruptedException {
    return gateway.post(JOBS + "/" + id + "/retry", Map.of(), Map.of(), JobView.class);
  }

  /// All lines of a job's log so far.
  public List<LogLine> log(UUID id) throws IOException, InterruptedException {
    List<LogLine> lines = new ArrayList<>();
    @Nullable String cursor = "0";
    do {
      Page<LogLine> page =
          gateway.get("%s/%s/logs?after=%s".formatted(JOBS, id, Gateway.segment(cursor)), LINES);
      lines.addAll(page.items());
      cursor = page.cursor();
    } while (cursor != null);
    return lines;
  }

  /// Follows a job to its end, over any number of connections; a gateway that is away for a while
  /// only delays it.
  ///
  /// @param seen gets each event once, in order
  /// @param away told when the connection is lost, with the reason
  /// @return the job as it ended
  public JobView follow(UUID id, Consumer<JobEvent> seen, Consumer<String> away)
      throws IOException, InterruptedException {
    var events =
        new Following.Stream<>(
            "%s/%s/events".formatted(JOBS, id),
            JobEvent.class,
            JobEvent::seq,
            event -> isEnd(event.type()));
    return follow(id, new Following<>(gateway, events, seen), away);
  }

  /// Follows a job's log to its end in the same way.
  public JobView followLog(UUID id, Consumer<LogLine> seen, Consumer<String> away)
      throws IOException, InterruptedException {
    var lines =
        new Following.Stream<>(
            "%s/%s/logs?follow=true".formatted(JOBS, id), LogLine.class, LogLine::line, _ -> false);
    return follow(id, new Following<>(gateway, lines, seen), away);
  }

  private static boolean isEnd(String type) {
    return switch (type) {
      case "succeeded", "failed", "cancelled" -> true;
      default -> false;
    };
  }

  private JobView follow(UUID id, Following<?> following, Consumer<String> away)
      throws IOException, InterruptedException {
    for (int failures = 0; ; ) {
      try {
        boolean heard = following.listen();
        JobView job = find(id);
        if (job.state().isFinal()) {
          return job;
        }
        failures = heard ? 1 : failures + 1;
      } catch (GatewayException e) {
        if (!e.isTemporary()) {
          throw e;
        }
        failures = failed(following, failures, String.valueOf(e.getMessage()), away);
      } catch (IOException e) {
        failures = failed(following, failures, String.valueOf(e.getMessage()), away);
      }
      if (!patience.pause(failures)) {
        throw new IOException(
            "the connection is lost; the job goes on without it: ./bessemer jobs watch " + id);
      }
    }
  }

  private static int failed(
      Following<?> following, int failures, String reason, Consumer<String> away) {
    int now = following.heard() ? 1 : failures + 1;
    if (now == 1) {
      away.accept(reason);
    }
    return now;
  }

  /// How long is waited before another attempt, and how often.
  public interface Patience {
    /// @param attempt counts from 1
    /// @return false if no more attempts are worth it
    boolean pause(int attempt) throws InterruptedException;

    /// A quarter of a second, doubled up to five, for ten minutes.
    static Patience real() {
      return attempt -> {
        long millis = Math.min(5000L, 125L << Math.min(attempt, 10));
        Thread.sleep(Duration.ofMillis(millis));
        return attempt < 125;
      };
    }
  }
}

package bessemer.gateway.jobs;

import bessemer.contracts.InvalidFieldException;
import bessemer.contracts.JobRequest;
import bessemer.contracts.JobState;
import bessemer.contracts.JobView;
import bessemer.contracts.MetricPoint;
import bessemer.contracts.Page;
import bessemer.db.jobs.Jobs;
import bessemer.db.jobs.Specs;
import bessemer.service.Caller;
import java.net.URI;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestHeader;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;
import tools.jackson.databind.JsonNode;

@RestController
@RequestMapping("/api/v1/jobs")
final class JobController {
  private static final int MOST_JOBS = 200;
  private static final int LONGEST_KEY = 200;

  private final Jobs jobs;

  JobController(Jobs jobs) {
    this.jobs = jobs;
  }

  /// Accepts a job. The same idempotency key with the same request answers the same job.
  @PostMapping
  ResponseEntity<JobView> submit(
      @RequestBody JsonNode body,
      @RequestHeader(name = "Idempotency-Key", required = false) @Nullable String key,
      Caller caller) {
    if (key != null && (key.isBlank() || key.length() > LONGEST_KEY)) {
      throw new InvalidFieldException(
          "Idempotency-Key", "must be 1 to %d characters".formatted(LONGEST_KEY));
    }
    JobRequest request = Specs.request(body);
    JobView job =
        jobs.submit(new Jobs.Submission(request.spec(), request.priority(), caller.keyId(), key))
            .job();
    return ResponseEntity.accepted().location(URI.create("/api/v1/jobs/" + job.id())).body(job);
  }

  /// The newest first.
  ///
  /// @param cursor from the page before
  @GetMapping
  Page<JobView> list(
      @RequestParam(required = false) @Nullable String state,
      @RequestParam(required = false) @Nullable String kind,
      @RequestParam(defaultValue = "50") int limit,
      @RequestParam(required = false) @Nullable String cursor) {
    if (limit < 1 || limit > MOST_JOBS) {
      throw new InvalidFieldException("limit", "must be from 1 to %d".formatted(MOST_JOBS));
    }
    return jobs.list(new Jobs.Filter(state(state), kind, limit, cursor));
  }

  @GetMapping("/{id}")
  JobView one(@PathVariable UUID id) {
    return jobs.get(id);
  }

  @PostMapping("/{id}/cancel")
  JobView cancel(@PathVariable UUID id, Caller caller) {
    return jobs.cancel(id, caller.keyId());
  }

  /// A new job with the same specification.
  @PostMapping("/{id}/retry")
  ResponseEntity<JobView> retry(@PathVariable UUID id, Caller caller) {
    JobView job = jobs.retry(id, caller.keyId());
    return ResponseEntity.accepted().location(URI.create("/api/v1/jobs/" + job.id())).body(job);
  }

  @GetMapping("/{id}/metrics")
  List<MetricPoint> metrics(@PathVariable UUID id) {
    jobs.get(id); // for 404
    return jobs.metrics(id);
  }

  private static @Nullable JobState state(@Nullable String name) {
    if (name == null || name.isEmpty()) {
      return null;
    }
    return Arrays.stream(JobState.values())
        .filter(state -> state.name().toLowerCase(Locale.ROOT).equals(name))
        .findFirst()
        .orElseThrow(() ->
            new InvalidFieldException(
                "state",
                "'%s' must be one of %s"
                    .formatted(name, Arrays.toString(JobState.values()).toLowerCase(Locale.ROOT))));
  }
}

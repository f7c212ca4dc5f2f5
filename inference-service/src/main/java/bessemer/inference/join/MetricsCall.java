package bessemer.inference.join;

import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;

/// `/metrics` on the worker's own port, for calls that the gateway signed: what Prometheus cannot
/// reach on another machine's management port.
@RestController
final class MetricsCall {
  private final PrometheusMeterRegistry metrics;

  MetricsCall(PrometheusMeterRegistry metrics) {
    this.metrics = metrics;
  }

  @GetMapping(path = "/metrics", produces = "text/plain;version=0.0.4;charset=utf-8")
  String metrics() {
    return metrics.scrape();
  }
}

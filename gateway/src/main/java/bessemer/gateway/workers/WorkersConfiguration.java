package bessemer.gateway.workers;

import bessemer.contracts.WorkerBeat;
import bessemer.db.workers.Workers;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.binder.MeterBinder;
import java.util.List;
import javax.sql.DataSource;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/// The registry of workers.
@Configuration(proxyBeanMethods = false)
class WorkersConfiguration {
  private static final List<String> KINDS =
      List.of(WorkerBeat.INFERENCE, WorkerBeat.CONVERSION, WorkerBeat.EVALUATION);

  @Bean
  Workers workers(DataSource database) {
    return new Workers(database);
  }

  @Bean
  Roster roster(Workers workers) {
    return new Roster(workers, System::nanoTime);
  }

  @Bean
  WorkerClients workerClients() {
    return new WorkerClients();
  }

  @Bean
  MeterBinder workersGauge(Roster roster) {
    return metrics -> {
      for (String kind : KINDS) {
        for (String state : Workers.STATES) {
          Gauge.builder("bessemer.workers", roster, workers -> count(workers, kind, state))
              .description("Workers that were heard of in the last day")
              .tag("kind", kind)
              .tag("state", state)
              .register(metrics);
        }
      }
    };
  }

  private static double count(Roster roster, String kind, String state) {
    return roster.now().stream()
        .filter(worker -> worker.state().equals(state) && worker.last().kind().equals(kind))
        .count();
  }
}

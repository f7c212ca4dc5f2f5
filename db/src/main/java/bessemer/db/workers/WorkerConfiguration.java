package bessemer.db.workers;

import bessemer.db.jobs.JobFeed;
import bessemer.db.work.JobWorker;
import bessemer.db.work.WorkConfiguration;
import bessemer.db.work.WorkerSettings;
import java.time.Duration;
import javax.sql.DataSource;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import org.springframework.core.env.Environment;

/// A worker of jobs that is seen in the registry: import it, have a bean of [Presence.Self] and one
/// of [bessemer.db.work.JobKind] for each kind, and start the [Presence] once the server listens.
@Configuration(proxyBeanMethods = false)
@Import(WorkConfiguration.class)
public class WorkerConfiguration {
  @Bean
  WorkerSettings workerSettings(
      Presence.Self self,
      @Value("${bessemer.work.poll:1s}") Duration poll,
      @Value("${bessemer.work.heartbeat:10s}") Duration heartbeat) {
    WorkerSettings standard = WorkerSettings.standard(self.name());
    return new WorkerSettings(
        standard.name(), poll, heartbeat, standard.missed(), standard.obstaclePause());
  }

  @Bean
  Presence presence(
      DataSource database, JobWorker worker, Presence.Self self, Environment environment) {
    var work = new Presence.Work(worker::busy, worker::take);
    return new Presence(self, new Workers(database), work, Workers.BEAT, environment);
  }

  @Bean
  JobFeed jobFeed(DataSource database) {
    return new JobFeed(database);
  }
}

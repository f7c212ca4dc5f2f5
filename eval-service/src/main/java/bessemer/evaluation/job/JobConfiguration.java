package bessemer.evaluation.job;

import bessemer.contracts.WorkerBeat;
import bessemer.db.catalogue.Catalogue;
import bessemer.db.catalogue.Sources;
import bessemer.db.jobs.JobFeed;
import bessemer.db.work.JobKind;
import bessemer.db.work.JobWorker;
import bessemer.db.work.OneProcess;
import bessemer.db.work.WorkConfiguration;
import bessemer.db.work.WorkerSettings;
import bessemer.db.workers.Presence;
import bessemer.db.workers.Workers;
import bessemer.foundry.convert.Machine;
import java.time.Duration;
import javax.sql.DataSource;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.boot.context.event.ApplicationReadyEvent;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.ApplicationListener;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import org.springframework.core.env.Environment;

/// Evaluations: the worker that runs them and what it needs.
@Configuration(proxyBeanMethods = false)
@EnableConfigurationProperties(EvaluationSettings.class)
@Import(WorkConfiguration.class)
class JobConfiguration {
  @Bean
  OneProcess oneProcess(EvaluationSettings settings) {
    return OneProcess.in(settings.home(), WorkerBeat.EVALUATION);
  }

  @Bean
  WorkerSettings workerSettings(
      OneProcess process,
      @Value("${bessemer.work.poll:1s}") Duration poll,
      @Value("${bessemer.work.heartbeat:10s}") Duration heartbeat) {
    WorkerSettings standard = WorkerSettings.standard(process.workerName());
    return new WorkerSettings(
        standard.name(), poll, heartbeat, standard.missed(), standard.obstaclePause());
  }

  @Bean
  Presence presence(
      DataSource database, JobWorker worker, WorkerSettings settings, Environment environment) {
    var self = Presence.Self.of(settings.name(), WorkerBeat.EVALUATION, JobConfiguration.class);
    var work = new Presence.Work(worker::busy, worker::take);
    return new Presence(self, new Workers(database), work, Workers.BEAT, environment);
  }

  @Bean
  ApplicationListener<ApplicationReadyEvent> beats(Presence presence) {
    return _ -> presence.start();
  }

  @Bean
  JobFeed jobFeed(DataSource database) {
    return new JobFeed(database);
  }

  @Bean
  JobKind evaluationKind(EvaluationSettings settings, DataSource database) {
    return new EvaluationKind(
        settings,
        Machine.real(),
        new Corpora(new Sources(database), settings),
        new Contestants(new Catalogue(database), settings));
  }
}

package bessemer.evaluation.job;

import bessemer.contracts.WorkerBeat;
import bessemer.db.catalogue.Catalogue;
import bessemer.db.catalogue.Sources;
import bessemer.db.work.JobKind;
import bessemer.db.work.OneProcess;
import bessemer.db.workers.Presence;
import bessemer.db.workers.WorkerConfiguration;
import bessemer.foundry.convert.Machine;
import javax.sql.DataSource;
import org.springframework.boot.context.event.ApplicationReadyEvent;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.ApplicationListener;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;

/// Evaluations: the worker that runs them and what it needs.
@Configuration(proxyBeanMethods = false)
@EnableConfigurationProperties(EvaluationSettings.class)
@Import(WorkerConfiguration.class)
class JobConfiguration {
  @Bean
  OneProcess oneProcess(EvaluationSettings settings) {
    return OneProcess.in(settings.home(), WorkerBeat.EVALUATION);
  }

  @Bean
  Presence.Self self(OneProcess process) {
    return Presence.Self.of(process.workerName(), WorkerBeat.EVALUATION, JobConfiguration.class);
  }

  @Bean
  ApplicationListener<ApplicationReadyEvent> beats(Presence presence) {
    return _ -> presence.start();
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

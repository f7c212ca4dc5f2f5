package bessemer.evaluation.results;

import bessemer.db.jobs.Jobs;
import bessemer.evaluation.EvaluationFolders;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import javax.sql.DataSource;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.boot.context.event.ApplicationReadyEvent;
import org.springframework.context.ApplicationListener;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/// Evaluations that are done.
@Configuration(proxyBeanMethods = false)
class ResultsConfiguration {
  private static final Logger LOG = LoggerFactory.getLogger(ResultsConfiguration.class);

  @Bean
  Results results(DataSource database, @Value("${bessemer.home}") Path home) {
    return new Results(new Jobs(database, Clock.systemUTC()), EvaluationFolders.in(home));
  }

  @Bean
  EvaluationController evaluationController(Results results) {
    return new EvaluationController(results);
  }

  @Bean
  ApplicationListener<ApplicationReadyEvent> evaluationSweep(Results results) {
    return _ -> {
      try {
        results.sweep();
      } catch (IOException | RuntimeException e) {
        LOG.warn("what crashes left was not removed; the next start tries again", e);
      }
    };
  }
}

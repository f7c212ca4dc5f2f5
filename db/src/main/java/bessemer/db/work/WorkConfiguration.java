package bessemer.db.work;

import bessemer.db.jobs.JobFeed;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.observation.ObservationRegistry;
import java.util.List;
import javax.sql.DataSource;
import org.springframework.batch.core.configuration.annotation.EnableBatchProcessing;
import org.springframework.batch.core.configuration.annotation.EnableJdbcJobRepository;
import org.springframework.batch.core.launch.JobOperator;
import org.springframework.batch.core.repository.ExecutionContextSerializer;
import org.springframework.batch.core.repository.JobRepository;
import org.springframework.batch.core.repository.dao.JacksonExecutionContextStringSerializer;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.transaction.PlatformTransactionManager;
import org.springframework.transaction.annotation.Isolation;
import org.springframework.transaction.support.TransactionTemplate;

/// A worker of a service: import it and have a bean of [JobKind] for each kind, one of
/// [WorkerSettings] and one of [JobFeed].
@Configuration(proxyBeanMethods = false)
@EnableBatchProcessing
@EnableJdbcJobRepository(
    tablePrefix = "batch.BATCH_",
    isolationLevelForCreate = Isolation.READ_COMMITTED, // no two attempts share their parameters
    executionContextSerializerRef = "executionContextSerializer")
public class WorkConfiguration {
  /// Java's own serialization would write what only Java may read.
  @Bean
  static ExecutionContextSerializer executionContextSerializer() {
    return new JacksonExecutionContextStringSerializer();
  }

  @Bean
  JobWorker jobWorker(
      DataSource database, List<JobKind> kinds, WorkerSettings settings, JobFeed feed, JobRun run) {
    return new JobWorker(database, kinds, run, settings, feed);
  }

  @Bean
  JobRun jobRun(
      DataSource database,
      PlatformTransactionManager transactions,
      WorkerSettings settings,
      JobOperator operator,
      JobRepository repository,
      ObservationRegistry observations,
      MeterRegistry meters) {
    var claims =
        new Claims(
            JdbcClient.create(database),
            new TransactionTemplate(transactions),
            System::nanoTime,
            meters);
    return new JobRun(settings, claims, operator, repository, observations, meters);
  }
}

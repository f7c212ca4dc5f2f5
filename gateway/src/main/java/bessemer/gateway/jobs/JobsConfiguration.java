package bessemer.gateway.jobs;

import bessemer.db.jobs.JobFeed;
import bessemer.db.jobs.Jobs;
import java.time.Clock;
import javax.sql.DataSource;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/// Jobs over HTTP.
@Configuration(proxyBeanMethods = false)
class JobsConfiguration {
  @Bean
  Jobs jobs(DataSource dataSource, Clock clock) {
    return new Jobs(dataSource, clock);
  }

  @Bean
  JobFeed jobFeed(DataSource dataSource) {
    return new JobFeed(dataSource);
  }

  @Bean
  JobUpdates jobUpdates(Jobs jobs, JobFeed feed) {
    return new JobUpdates(jobs, feed);
  }

  @Bean
  JobStreams jobStreams(Jobs jobs, JobFeed feed, OpenStreams open) {
    return new JobStreams(jobs, feed, open);
  }

  @Bean
  OpenStreams openStreams() {
    return new OpenStreams();
  }

  @Bean
  JobGauges jobGauges(Jobs jobs) {
    return new JobGauges(jobs);
  }
}

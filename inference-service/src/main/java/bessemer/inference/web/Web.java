package bessemer.inference.web;

import bessemer.service.RequestIds;
import java.util.concurrent.Executors;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.annotation.Order;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;

/// What every call has.
@Configuration(proxyBeanMethods = false)
public class Web {
  @Bean
  RequestIds requestIds() {
    return new RequestIds();
  }

  /// Before Spring Boot's own handler, which is at -1.
  @Bean
  @Order(-2)
  Failures failures() {
    return new Failures();
  }

  /// A virtual thread for each request that is being prepared.
  @Bean(destroyMethod = "dispose")
  Scheduler preparing() {
    var threads = Thread.ofVirtual().name("prepare-", 0).factory();
    return Schedulers.fromExecutorService(Executors.newThreadPerTaskExecutor(threads), "prepare");
  }
}

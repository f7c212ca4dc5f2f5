package bessemer.inference.openai;

import bessemer.inference.serving.Serving;
import bessemer.service.RequestIds;
import java.security.SecureRandom;
import java.time.Clock;
import java.util.concurrent.Executors;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import org.springframework.core.annotation.Order;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;

/// OpenAI's endpoints over a [Serving].
@Configuration(proxyBeanMethods = false)
@Import(ModelList.class)
public class OpenAi {
  private static final int MOST_BODY_BYTES = 8 << 20;

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

  @Bean
  Completions completions(Serving serving, Scheduler preparing) {
    var random = new SecureRandom();
    return new Completions(
        serving,
        new Asking(random::nextLong),
        new Ids(random),
        Clock.systemDefaultZone(),
        preparing,
        MOST_BODY_BYTES);
  }
}

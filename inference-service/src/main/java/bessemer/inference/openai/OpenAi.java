package bessemer.inference.openai;

import bessemer.inference.serving.Serving;
import bessemer.inference.web.Web;
import java.security.SecureRandom;
import java.time.Clock;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import reactor.core.scheduler.Scheduler;

/// OpenAI's endpoints over a [Serving].
@Configuration(proxyBeanMethods = false)
@Import({Web.class, ModelList.class})
public class OpenAi {
  @Bean
  Completions completions(Serving serving, Scheduler preparing) {
    var random = new SecureRandom();
    return new Completions(
        serving,
        new Asking(random::nextLong),
        new Ids(random),
        Clock.systemDefaultZone(),
        preparing);
  }
}

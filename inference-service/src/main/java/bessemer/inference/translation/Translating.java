package bessemer.inference.translation;

import bessemer.inference.serving.Serving;
import bessemer.inference.web.Web;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import reactor.core.scheduler.Scheduler;

/// Translation over a [Serving].
@Configuration(proxyBeanMethods = false)
@Import(Web.class)
public class Translating {
  @Bean
  Translations translations(Serving serving, Scheduler preparing) {
    return new Translations(serving, preparing);
  }
}

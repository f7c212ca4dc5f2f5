package bessemer.gateway.access;

import bessemer.db.access.ApiKeys;
import bessemer.db.access.Sessions;
import bessemer.gateway.Settings;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.Clock;
import javax.sql.DataSource;
import org.springframework.context.ApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.web.reactive.config.WebFluxConfigurer;
import org.springframework.web.reactive.result.method.annotation.ArgumentResolverConfigurer;
import tools.jackson.databind.json.JsonMapper;

/// Who may come in.
@Configuration(proxyBeanMethods = false)
class AccessConfiguration {
  @Bean
  ApiKeys apiKeys(DataSource database, Clock clock) {
    return new ApiKeys(database, clock);
  }

  @Bean
  Sessions sessions(DataSource database, Clock clock) {
    return new Sessions(database, clock);
  }

  @Bean
  FirstKeys firstKeys(ApiKeys keys, Settings settings) {
    return new FirstKeys(keys, settings.home());
  }

  @Bean
  Visitors visitors(ApiKeys keys, Sessions sessions, Clock clock) {
    return new Visitors(keys, sessions, clock);
  }

  @Bean
  Entrance entrance(ApplicationContext gateway, Settings settings, Visitors visitors) {
    return new Entrance(
        gateway,
        new SafetyHeaders(settings.tls().enabled()),
        new Hosts(settings.hosts()),
        new Bodies(settings.limits()),
        visitors,
        new Rates(settings.limits()));
  }

  @Bean
  Answers answers(JsonMapper json, MeterRegistry metrics) {
    return new Answers(json, metrics);
  }

  @Bean
  WebFluxConfigurer callerArgument() {
    return new WebFluxConfigurer() {
      @Override
      public void configureArgumentResolvers(ArgumentResolverConfigurer resolvers) {
        resolvers.addCustomResolver(new CallerArgument());
      }
    };
  }
}

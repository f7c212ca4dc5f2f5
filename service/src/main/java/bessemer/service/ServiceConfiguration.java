package bessemer.service;

import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.annotation.Order;
import tools.jackson.databind.json.JsonMapper;

/// What every service has: request ids and problem documents. Import it.
@Configuration(proxyBeanMethods = false)
public class ServiceConfiguration {
  @Bean
  RequestIds requestIds() {
    return new RequestIds();
  }

  /// Before Spring Boot's own handler, which is at -1.
  @Bean
  @Order(-2)
  Problems problems(JsonMapper json) {
    return new Problems(json);
  }
}

package bessemer.db;

import java.time.Clock;
import javax.sql.DataSource;
import org.springframework.beans.factory.config.BeanPostProcessor;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/// The database under a service, and the clock that stamps its rows: for services to import.
@Configuration(proxyBeanMethods = false)
public class MigratedDatabase {
  @Bean
  Clock clock() {
    return Clock.systemUTC();
  }

  /// Nobody gets a database that is older than this version.
  @Bean
  static BeanPostProcessor migration() {
    return new BeanPostProcessor() {
      @Override
      public Object postProcessAfterInitialization(Object bean, String name) {
        if (bean instanceof DataSource database) {
          Schema.migrate(database);
        }
        return bean;
      }
    };
  }
}

package bessemer.gateway;

import bessemer.db.Schema;
import java.time.Clock;
import java.time.Duration;
import javax.sql.DataSource;
import org.springframework.beans.factory.config.BeanPostProcessor;
import org.springframework.boot.reactor.netty.NettyReactiveWebServerFactory;
import org.springframework.boot.web.server.Ssl;
import org.springframework.boot.web.server.WebServerFactoryCustomizer;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/// The server and the database under it.
@Configuration(proxyBeanMethods = false)
class ServerConfiguration {
  /// Between two pieces of a request's body: a client that dribbles does not hold a connection.
  private static final Duration READ_TIMEOUT = Duration.ofSeconds(60);

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

  @Bean
  WebServerFactoryCustomizer<NettyReactiveWebServerFactory> listening(Settings settings) {
    return factory -> {
      factory.addServerCustomizers(server -> server.readTimeout(READ_TIMEOUT));
      if (settings.tls().enabled()) {
        Ssl ssl = new Ssl();
        ssl.setKeyStore(settings.tls().keystore());
        ssl.setKeyStorePassword(settings.tls().keystorePassword());
        factory.setSsl(ssl);
      }
    };
  }
}

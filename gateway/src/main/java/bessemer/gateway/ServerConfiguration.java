package bessemer.gateway;

import bessemer.db.MigratedDatabase;
import java.time.Duration;
import org.springframework.boot.reactor.netty.NettyReactiveWebServerFactory;
import org.springframework.boot.web.server.Ssl;
import org.springframework.boot.web.server.WebServerFactoryCustomizer;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;

/// The server and the database under it.
@Configuration(proxyBeanMethods = false)
@Import(MigratedDatabase.class)
class ServerConfiguration {
  /// Between two pieces of a request's body: a client that dribbles does not hold a connection.
  private static final Duration READ_TIMEOUT = Duration.ofSeconds(60);

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

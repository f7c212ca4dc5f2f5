package bessemer.service.tls;

import java.net.InetAddress;
import java.nio.file.Path;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.boot.web.server.Ssl;
import org.springframework.boot.web.server.WebServerFactoryCustomizer;
import org.springframework.boot.web.server.reactive.ConfigurableReactiveWebServerFactory;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/// Puts a service's port behind HTTPS where it must be. Import it; its settings are
/// `server.address`, `bessemer.tls` and `bessemer.certificates`.
@Configuration(proxyBeanMethods = false)
public class ListenerConfiguration {
  private static final Logger LOG = LoggerFactory.getLogger(ListenerConfiguration.class);

  @Bean
  Listener listener(
      @Value("${spring.application.name}") String service,
      @Value("${server.address:127.0.0.1}") InetAddress address,
      @Value("${bessemer.tls:auto}") String tls,
      @Value("${bessemer.certificates}") Path certificates) {
    return Listener.of(tls, address, certificates, service);
  }

  @Bean
  WebServerFactoryCustomizer<ConfigurableReactiveWebServerFactory> protectedListener(
      Listener listener) {
    return server -> {
      switch (listener) {
        case Listener.Plain() -> {}
        case Listener.Tls(OwnCertificate certificate) -> {
          LOG.info("the certificate's SHA-256 is {}", certificate.fingerprint());
          server.setSsl(settings(certificate));
        }
      }
    };
  }

  private static Ssl settings(OwnCertificate certificate) {
    Ssl ssl = new Ssl();
    ssl.setKeyStore(certificate.keyStore().toString());
    ssl.setKeyStoreType("PKCS12");
    ssl.setKeyStorePassword(OwnCertificate.PASSWORD);
    ssl.setKeyAlias(OwnCertificate.ALIAS);
    return ssl;
  }
}

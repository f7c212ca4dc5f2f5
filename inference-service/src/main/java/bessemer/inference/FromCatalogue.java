package bessemer.inference;

import bessemer.inference.registration.Registration;
import bessemer.inference.serving.Residents;
import bessemer.inference.serving.Serving;
import bessemer.inference.store.Catalogue;
import bessemer.inference.store.Gateway;
import bessemer.inference.store.SharedDisk;
import bessemer.service.SignedCalls;
import java.net.http.HttpClient;
import java.time.Duration;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Condition;
import org.springframework.context.annotation.ConditionContext;
import org.springframework.context.annotation.Conditional;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import org.springframework.core.env.Environment;
import org.springframework.core.type.AnnotatedTypeMetadata;

/// A worker of a cluster: models come from the catalogue, calls and orders from the gateway.
@Configuration(proxyBeanMethods = false)
@Conditional(FromCatalogue.Wanted.class)
@Import(SignedCalls.class)
class FromCatalogue {
  private static final Duration TO_CONNECT = Duration.ofSeconds(2);

  static final class Wanted implements Condition {
    @Override
    public boolean matches(ConditionContext context, AnnotatedTypeMetadata metadata) {
      return !FromFolder.wanted(context);
    }
  }

  @Bean(destroyMethod = "shutdownNow")
  HttpClient toGateway() {
    return HttpClient.newBuilder().connectTimeout(TO_CONNECT).build();
  }

  @Bean
  Gateway gateway(Settings settings, HttpClient toGateway) {
    return new Gateway(settings.gatewayUrl(), settings.workerKeyFile(), toGateway);
  }

  @Bean
  SharedDisk store(Gateway gateway, Settings settings) {
    return new SharedDisk(new Catalogue(gateway, System::nanoTime), settings.catalogue());
  }

  @Bean
  Registration registration(
      Gateway gateway,
      Residents residents,
      Serving serving,
      Settings settings,
      Environment environment) {
    return new Registration(gateway, residents, serving, settings.home(), environment);
  }
}

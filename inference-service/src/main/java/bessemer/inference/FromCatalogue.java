package bessemer.inference;

import bessemer.inference.join.JoinConfiguration;
import bessemer.inference.join.JoinSettings;
import bessemer.inference.join.WorkerAddress;
import bessemer.inference.registration.Registration;
import bessemer.inference.registration.WorkerName;
import bessemer.inference.serving.Residents;
import bessemer.inference.serving.Serving;
import bessemer.inference.store.Gateway;
import bessemer.service.SignedCalls;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Condition;
import org.springframework.context.annotation.ConditionContext;
import org.springframework.context.annotation.Conditional;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import org.springframework.core.type.AnnotatedTypeMetadata;

/// A worker of a cluster: models come from the catalogue, calls and orders from the gateway.
@Configuration(proxyBeanMethods = false)
@Conditional(FromCatalogue.Wanted.class)
@Import({SignedCalls.class, JoinConfiguration.class})
class FromCatalogue {
  static final class Wanted implements Condition {
    @Override
    public boolean matches(ConditionContext context, AnnotatedTypeMetadata metadata) {
      return !FromFolder.wanted(context);
    }
  }

  @Bean
  Registration registration(
      Gateway gateway,
      Residents residents,
      Serving serving,
      WorkerAddress address,
      Settings settings,
      JoinSettings join) {
    String id = join.worker().isBlank() ? WorkerName.of(settings.home()) : join.worker();
    return new Registration(gateway, residents, serving, address, id, settings.keys());
  }
}

package bessemer.inference;

import bessemer.inference.store.SingleFolder;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Path;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Condition;
import org.springframework.context.annotation.ConditionContext;
import org.springframework.context.annotation.Conditional;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.type.AnnotatedTypeMetadata;

/// One directory served without a gateway: nobody checks keys, so only this machine is let in.
@Configuration(proxyBeanMethods = false)
@Conditional(FromFolder.Wanted.class)
class FromFolder {
  static boolean wanted(ConditionContext context) {
    return !context.getEnvironment().getProperty("bessemer.serve", "").isBlank();
  }

  static final class Wanted implements Condition {
    @Override
    public boolean matches(ConditionContext context, AnnotatedTypeMetadata metadata) {
      return wanted(context);
    }
  }

  @Bean
  SingleFolder store(Settings settings, @Value("${server.address}") InetAddress address)
      throws IOException {
    if (!address.isLoopbackAddress()) {
      throw new IllegalArgumentException(
          "a directory is served without keys and to this machine only: BESSEMER_ADDRESS is "
              + address.getHostAddress());
    }
    return new SingleFolder(Path.of(settings.serve()));
  }
}

package bessemer.gateway;

import bessemer.service.ServiceConfiguration;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.annotation.Import;

/// The gateway: the one process that users talk to. Each capability is a package below this one
/// with a configuration of its own.
@SpringBootApplication(proxyBeanMethods = false)
@EnableConfigurationProperties(Settings.class)
@Import(ServiceConfiguration.class)
public class Main {
  public static void main(String[] arguments) {
    application().run(arguments);
  }

  /// The application before it runs, for `main` and for tests.
  public static SpringApplication application() {
    SpringApplication application = new SpringApplication(Main.class);
    application.addInitializers(new Listening());
    return application;
  }
}

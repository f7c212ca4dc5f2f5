package bessemer.evaluation;

import bessemer.db.MigratedDatabase;
import bessemer.service.ServiceConfiguration;
import bessemer.service.SignedCalls;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.context.annotation.Import;

/// The evaluation service: translates corpora with models of the catalogue and scores what they
/// write. Each capability is a package below this one with a configuration of its own.
@SpringBootApplication(proxyBeanMethods = false)
@Import({MigratedDatabase.class, ServiceConfiguration.class, SignedCalls.class})
public class Main {
  public static void main(String[] arguments) {
    // Spring Batch writes times without a zone, and compares them with the database's UTC.
    java.util.TimeZone.setDefault(java.util.TimeZone.getTimeZone("UTC"));
    SpringApplication.run(Main.class, arguments);
  }
}

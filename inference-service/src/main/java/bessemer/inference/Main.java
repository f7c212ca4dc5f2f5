package bessemer.inference;

import bessemer.inference.openai.OpenAi;
import bessemer.inference.translation.Translating;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.SpringBootConfiguration;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.annotation.Import;

/// The process that answers with models. Its JVM needs the Vector API and native access:
/// `--add-modules jdk.incubator.vector --enable-native-access=ALL-UNNAMED`.
@SpringBootConfiguration(proxyBeanMethods = false)
@EnableAutoConfiguration
@EnableConfigurationProperties(Settings.class)
@Import({Models.class, FromCatalogue.class, FromFolder.class, OpenAi.class, Translating.class})
public class Main {
  public static void main(String[] arguments) {
    SpringApplication.run(Main.class, arguments);
  }
}

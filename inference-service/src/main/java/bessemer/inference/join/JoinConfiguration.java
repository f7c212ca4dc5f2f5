package bessemer.inference.join;

import bessemer.inference.pull.PulledModels;
import bessemer.inference.store.Catalogue;
import bessemer.inference.store.Gateway;
import bessemer.inference.store.ModelStore;
import bessemer.inference.store.SharedDisk;
import bessemer.service.tls.Listener;
import bessemer.service.tls.ListenerConfiguration;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.net.URI;
import java.net.http.HttpClient;
import java.nio.file.Path;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import org.springframework.core.env.Environment;

/// The worker's connection to its gateway, and where its models come from.
@Configuration(proxyBeanMethods = false)
@EnableConfigurationProperties(JoinSettings.class)
@Import(ListenerConfiguration.class)
public class JoinConfiguration {
  @Bean(destroyMethod = "shutdownNow")
  HttpClient toGateway(
      @Value("${bessemer.gateway-url}") URI gateway,
      @Value("${bessemer.home}") Path home,
      JoinSettings settings) {
    return new GatewayTrust(gateway, settings, home).client();
  }

  @Bean
  Gateway gateway(
      @Value("${bessemer.gateway-url}") URI gateway,
      @Value("${bessemer.worker-key-file}") Path keyFile,
      HttpClient toGateway) {
    return new Gateway(gateway, keyFile, toGateway);
  }

  @Bean
  ModelStore store(
      Gateway gateway,
      HttpClient toGateway,
      @Value("${bessemer.home}") Path home,
      JoinSettings settings) {
    Catalogue catalogue = new Catalogue(gateway, System::nanoTime);
    return switch (settings.models()) {
      case SHARED -> new SharedDisk(catalogue, home.resolve("catalogue"));
      case PULLED ->
          PulledModels.open(catalogue, gateway, toGateway, home.resolve("cache").resolve("models"));
    };
  }

  @Bean
  WorkerAddress workerAddress(
      @Value("${bessemer.gateway-url}") URI gateway,
      Listener listener,
      JoinSettings settings,
      Environment environment) {
    return new WorkerAddress(gateway, listener, settings.advertise(), environment);
  }

  @Bean
  MetricsCall metricsCall(PrometheusMeterRegistry metrics) {
    return new MetricsCall(metrics);
  }
}

package bessemer.gateway.inference;

import bessemer.db.catalogue.Catalogue;
import bessemer.gateway.Settings;
import bessemer.gateway.workers.Roster;
import bessemer.gateway.workers.WorkerClients;
import bessemer.service.CallSigner;
import javax.sql.DataSource;
import org.springframework.cloud.gateway.route.RouteLocator;
import org.springframework.cloud.gateway.route.builder.RouteLocatorBuilder;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/// The route of requests to models.
@Configuration(proxyBeanMethods = false)
class InferenceConfiguration {
  @Bean
  InferenceFilter inferenceFilter(
      Roster roster,
      WorkerClients clients,
      CallSigner signer,
      DataSource database,
      Settings settings) {
    return new InferenceFilter(
        roster,
        new Forwarding(clients, signer, roster),
        new ModelSizes(new Catalogue(database), System::nanoTime),
        Math.toIntExact(settings.limits().inference().toBytes()));
  }

  /// The filter answers itself: where to is not known before the body is read.
  @Bean
  RouteLocator inferenceRoutes(RouteLocatorBuilder routes, InferenceFilter inference) {
    return routes
        .routes()
        .route(
            "inference",
            route ->
                route
                    .path("/v1/**", "/api/v1/translate")
                    .filters(filters -> filters.filter(inference))
                    .uri("no://upstream"))
        .build();
  }
}

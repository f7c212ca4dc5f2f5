package bessemer.gateway.routes;

import bessemer.gateway.Settings;
import bessemer.service.CallSigner;
import bessemer.service.TokenKeys;
import java.time.Clock;
import org.springframework.cloud.gateway.route.RouteLocator;
import org.springframework.cloud.gateway.route.builder.RouteLocatorBuilder;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/// Which calls go to which service.
@Configuration(proxyBeanMethods = false)
class RoutesConfiguration {
  private static final String CONVERSION = "conversion-service";
  private static final String EVALUATION = "eval-service";

  @Bean
  TokenKeys tokenKeys(Settings settings) {
    return TokenKeys.loadOrCreate(settings.keys());
  }

  @Bean
  CallSigner callSigner(TokenKeys keys, Clock clock) {
    return new CallSigner(keys, clock);
  }

  @Bean
  SignedForwarding signedForwarding(CallSigner signer, Settings settings) {
    return new SignedForwarding(signer, settings.behindProxy());
  }

  @Bean
  RouteLocator serviceRoutes(
      RouteLocatorBuilder routes, Settings settings, SignedForwarding signed) {
    return routes
        .routes()
        .route(
            CONVERSION,
            route ->
                route
                    .path("/api/v1/sources/**", "/api/v1/references/**", "/api/v1/models/**")
                    .filters(filters -> filters.filter(signed.to(CONVERSION)))
                    .uri(settings.conversionUrl()))
        .route(
            EVALUATION,
            route ->
                route
                    .path("/api/v1/evaluations/**")
                    .filters(filters -> filters.filter(signed.to(EVALUATION)))
                    .uri(settings.evalUrl()))
        .build();
  }
}

package bessemer.gateway.dashboard;

import bessemer.db.catalogue.Catalogue;
import bessemer.db.catalogue.Sources;
import bessemer.gateway.Settings;
import bessemer.service.CallSigner;
import javax.sql.DataSource;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import tools.jackson.databind.json.JsonMapper;

/// What the pages show.
@Configuration(proxyBeanMethods = false)
class DashboardConfiguration {
  @Bean
  Catalogue catalogue(DataSource database) {
    return new Catalogue(database);
  }

  @Bean
  Sources sources(DataSource database) {
    return new Sources(database);
  }

  @Bean
  ParityReports parityReports(Settings settings, CallSigner signer, JsonMapper json) {
    return new ParityReports(settings.conversionUrl(), signer, json);
  }
}

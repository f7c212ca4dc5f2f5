package bessemer.conversion.catalogue;

import bessemer.conversion.files.Root;
import bessemer.db.catalogue.Catalogue;
import bessemer.foundry.convert.Lineage;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Locale;
import javax.sql.DataSource;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.boot.context.event.ApplicationReadyEvent;
import org.springframework.context.ApplicationListener;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/// The catalogue of models. Needs a data source and `bessemer.home`.
@Configuration(proxyBeanMethods = false)
public class CatalogueConfiguration {
  private static final Logger LOG = LoggerFactory.getLogger(CatalogueConfiguration.class);

  @Bean
  Catalogue catalogue(DataSource database, MeterRegistry meters) {
    var catalogue = new Catalogue(database);
    for (Lineage.State state : Lineage.State.values()) {
      String text = state.name().toLowerCase(Locale.ROOT);
      Gauge.builder("bessemer.models", catalogue, c -> c.count(text))
          .description("models of the catalogue")
          .tag("state", text)
          .register(meters);
    }
    return catalogue;
  }

  @Bean
  Models models(Catalogue catalogue, @Value("${bessemer.home}") Path home) {
    return new Models(catalogue, new Root(home.resolve("catalogue")));
  }

  @Bean
  ModelLanguages modelLanguages(Models models, @Value("${bessemer.home}") Path home) {
    return new ModelLanguages(models, home.resolve("cache"));
  }

  @Bean
  ModelController modelController(Models models, ModelLanguages languages) {
    return new ModelController(models, languages);
  }

  @Bean
  ApplicationListener<ApplicationReadyEvent> catalogueSweep(Models models) {
    return _ -> {
      try {
        models.sweep();
      } catch (IOException | RuntimeException e) {
        LOG.warn(
            "directories that belong to no model were not removed; the next start tries again", e);
      }
    };
  }
}

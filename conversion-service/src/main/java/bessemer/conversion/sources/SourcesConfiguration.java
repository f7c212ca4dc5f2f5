package bessemer.conversion.sources;

import bessemer.db.catalogue.SourceKind;
import bessemer.db.catalogue.Sources;
import bessemer.foundry.convert.Disk;
import bessemer.foundry.hub.HubSettings;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import javax.sql.DataSource;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.boot.context.event.ApplicationReadyEvent;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.ApplicationListener;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/// Sources and reference packs. Needs a data source, `bessemer.home`, and takes a [Clock], a [Disk]
/// and [HubSettings] where there are any.
@Configuration(proxyBeanMethods = false)
@EnableConfigurationProperties(SourceSettings.class)
public class SourcesConfiguration {
  private static final Logger LOG = LoggerFactory.getLogger(SourcesConfiguration.class);

  @Bean
  Sources sources(DataSource database, MeterRegistry meters) {
    var sources = new Sources(database);
    for (SourceKind kind : SourceKind.values()) {
      Gauge.builder("bessemer.sources", sources, s -> s.count(kind))
          .description("registered sources and reference packs, complete or not")
          .tag("kind", kind.text())
          .register(meters);
    }
    return sources;
  }

  @Bean
  SourceStore sourceStore(
      Sources sources,
      SourceSettings settings,
      @Value("${bessemer.home}") Path home,
      ObjectProvider<Disk> disk,
      ObjectProvider<Clock> clock,
      MeterRegistry meters) {
    var folders = new SourceFolders(home);
    var arrival = new Arrival(sources, folders);
    Counter received =
        Counter.builder("bessemer.upload.bytes")
            .description("bytes of sources and reference packs that came over the network")
            .register(meters);
    var space =
        new Space(sources, folders, disk.getIfAvailable(Disk::real), settings.keepFree().toBytes());
    var intake =
        new SourceStore.Intake(
            space,
            arrival,
            new Uploads(folders, arrival, received),
            new LocalFiles(folders, space, arrival, settings.linkFrom().toBytes()));
    return new SourceStore(
        sources, folders, settings, clock.getIfAvailable(Clock::systemUTC), intake);
  }

  @Bean
  SourceController sourceController(
      SourceStore store, @Value("${bessemer.home}") Path home, ObjectProvider<HubSettings> settings)
      throws IOException {
    return new SourceController(store, new HubRevisions(patient(settings), home.resolve("cache")));
  }

  /// Somebody waits for the answer: fewer attempts than a download makes.
  private static HubSettings patient(ObjectProvider<HubSettings> given) throws IOException {
    HubSettings settings = given.getIfAvailable();
    if (settings == null) {
      Path user = Path.of(System.getProperty("user.home"));
      settings = HubSettings.from(System.getenv(), user);
    }
    return new HubSettings(
        settings.endpoint(),
        settings.token(),
        settings.allowedHosts(),
        settings.offline(),
        2,
        Duration.ofSeconds(15));
  }

  @Bean
  UploadController uploadController(
      SourceStore store,
      SourceSettings settings,
      @Value("${bessemer.local-paths:false}") boolean localPaths) {
    return new UploadController(store, settings, localPaths);
  }

  @Bean
  ApplicationListener<ApplicationReadyEvent> sourceSweep(SourceStore store) {
    return _ -> {
      try {
        store.sweep();
      } catch (IOException | RuntimeException e) {
        LOG.warn("what nobody finished was not removed; the next start tries again", e);
      }
    };
  }
}

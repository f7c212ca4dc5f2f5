package bessemer.conversion.job;

import bessemer.contracts.WorkerBeat;
import bessemer.conversion.sources.SourceStore;
import bessemer.db.catalogue.Catalogue;
import bessemer.db.catalogue.Sources;
import bessemer.db.work.JobKind;
import bessemer.db.work.OneProcess;
import bessemer.db.workers.Presence;
import bessemer.db.workers.WorkerConfiguration;
import bessemer.foundry.convert.Machine;
import bessemer.foundry.hub.HubClient;
import bessemer.foundry.hub.HubSettings;
import java.io.IOException;
import java.nio.file.Path;
import org.springframework.boot.context.event.ApplicationReadyEvent;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.ApplicationListener;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;

/// Conversions: the worker that runs them and what it needs.
@Configuration(proxyBeanMethods = false)
@EnableConfigurationProperties(ConversionSettings.class)
@Import(WorkerConfiguration.class)
class JobConfiguration {
  @Bean
  OneProcess oneProcess(ConversionSettings settings) {
    return OneProcess.in(settings.home(), WorkerBeat.CONVERSION);
  }

  @Bean
  Presence.Self self(OneProcess process) {
    return Presence.Self.of(process.workerName(), WorkerBeat.CONVERSION, JobConfiguration.class);
  }

  @Bean
  ApplicationListener<ApplicationReadyEvent> beats(Presence presence) {
    return _ -> presence.start();
  }

  @Bean
  JobKind conversionKind(
      ConversionSettings settings, Sources sources, SourceStore store, Catalogue catalogue)
      throws IOException {
    Path userHome = Path.of(System.getProperty("user.home"));
    var hub = new HubClient(HubSettings.from(System.getenv(), userHome), settings.cache());
    return new ConversionKind(
        settings,
        Machine.real(),
        new Inputs(settings, sources, store, hub),
        new Results(catalogue));
  }
}

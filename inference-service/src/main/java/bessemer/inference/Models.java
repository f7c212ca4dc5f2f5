package bessemer.inference;

import bessemer.inference.serving.Residents;
import bessemer.inference.serving.Serving;
import bessemer.inference.store.ModelStore;
import bessemer.models.generation.Batch;
import bessemer.tensor.backends.EngineChoice;
import io.micrometer.core.instrument.MeterRegistry;
import org.springframework.context.ApplicationListener;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.event.ContextClosedEvent;

/// The models of one store in this machine's memory.
@Configuration(proxyBeanMethods = false)
class Models {
  @Bean
  Residents residents(ModelStore store, Settings settings, MeterRegistry registry) {
    EngineChoice engines = settings.engines();
    Settings.Inference inference = settings.inference();
    var batch =
        new Batch.Limits(
            inference.maxBatch(), inference.positions(), engines.cache(inference.kv()));
    var limits =
        new Residents.Limits(
            settings.budgetBytes(),
            settings.queue(),
            settings.memoryPatience(),
            batch,
            settings.cache());
    new Kernels(engines, settings.budgetBytes()).watch(registry);
    return new Residents(store, engines::engine, limits, System::nanoTime, registry);
  }

  @Bean
  Serving serving(ModelStore store, Residents residents, Settings settings) {
    return new Serving(store, residents, settings.allowRejected());
  }

  /// Before the server stops listening: what runs may end, what comes is refused.
  @Bean
  ApplicationListener<ContextClosedEvent> stopping(Serving serving) {
    return _ -> serving.stop();
  }
}

package bessemer.inference;

import bessemer.inference.serving.Residents;
import bessemer.inference.serving.Serving;
import bessemer.inference.store.ModelStore;
import bessemer.tensor.Engine;
import bessemer.tensor.cpu.Cpu;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.function.Supplier;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.context.ApplicationListener;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.event.ContextClosedEvent;

/// The models of one store in this machine's memory.
@Configuration(proxyBeanMethods = false)
class Models {
  @Bean
  Residents residents(
      ModelStore store,
      Settings settings,
      MeterRegistry registry,
      @Value("${bessemer.inference.strict}") boolean strict) {
    var limits =
        new Residents.Limits(
            settings.budgetBytes(), settings.queue(), settings.memoryPatience(), settings.cache());
    int threads = settings.computingThreads();
    Supplier<Engine> engine = () -> strict ? Cpu.engine(threads) : Cpu.fast(threads);
    return new Residents(store, engine, limits, System::nanoTime, registry);
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

package bessemer.inference.serving;

import bessemer.inference.store.StoredModel;
import bessemer.models.generation.Batch;
import bessemer.tensor.cpu.Cpu;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/// Residents of one test, and the translator of letters among what they may load.
final class LettersServed implements AutoCloseable {
  final SimpleMeterRegistry registry = new SimpleMeterRegistry();
  final Shelf shelf = new Shelf();
  private final Path letters;
  private final Path cache;
  private @Nullable Residents opened;

  LettersServed(Path letters, Path cache) {
    this.letters = letters;
    this.cache = cache;
  }

  /// @param positions that texts that run together may keep
  Residents open(int together, int positions) {
    var batch = new Batch.Limits(together, positions);
    var limits = new Residents.Limits(1 << 30, 16, Duration.ofSeconds(60), batch, cache);
    var residents = new Residents(shelf, () -> Cpu.engine(1), limits, System::nanoTime, registry);
    opened = residents;
    return residents;
  }

  StoredModel model() throws IOException {
    return shelf.put("translator", letters);
  }

  @Override
  public void close() throws InterruptedException {
    if (opened != null) {
      opened.close();
    }
  }
}

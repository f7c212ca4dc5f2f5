package bessemer.inference.serving;

import bessemer.inference.TinyModels;
import bessemer.inference.store.ModelStore;
import bessemer.inference.store.StoredModel;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;

/// A store of directories that counts what is loaded from it, and can keep loads waiting.
final class Shelf implements ModelStore {
  private final Map<String, StoredModel> models = new ConcurrentHashMap<>();
  private final Map<String, Path> directories = new ConcurrentHashMap<>();
  final AtomicInteger loads = new AtomicInteger();
  final AtomicInteger released = new AtomicInteger();
  volatile CountDownLatch gate = new CountDownLatch(0);

  StoredModel put(String name, Path directory) throws IOException {
    return put(name, directory, TinyModels.bytes(directory), "1");
  }

  StoredModel put(String name, Path directory, long bytes, String version) {
    boolean translates = name.startsWith("translator");
    var model =
        new StoredModel(name, version, false, translates, bytes, Instant.EPOCH, List.of(), null);
    models.put(name, model);
    directories.put(name + version, directory);
    return model;
  }

  @Override
  public List<StoredModel> list() {
    return List.copyOf(models.values());
  }

  @Override
  public Optional<StoredModel> find(String name) {
    return Optional.ofNullable(models.get(name));
  }

  @Override
  public Path directory(StoredModel model) throws InterruptedException {
    loads.incrementAndGet();
    gate.await();
    return directories.get(model.name() + model.version());
  }

  @Override
  public void released(StoredModel model) {
    released.incrementAndGet();
  }
}

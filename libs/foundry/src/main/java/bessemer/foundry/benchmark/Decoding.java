package bessemer.foundry.benchmark;

import bessemer.models.LanguageModel;
import bessemer.tensor.Engine;
import bessemer.tensor.Scope;
import bessemer.tensor.Slot;
import bessemer.tensor.Tensor;
import bessemer.tensor.nn.KvCache;
import bessemer.tensor.nn.Want;

/// Greedy tokens of some rows, as generation makes them: where the engine computes while others
/// work, each is asked for before the one before it is read.
final class Decoding implements AutoCloseable {
  private final Engine engine;
  private final LanguageModel model;
  private final KvCache cache;
  private final int[] rows;
  private Slot last = Slot.lasting(); // i32 [B, 1], read by nobody unless it is the first
  private Slot next = Slot.lasting();
  private boolean asked;

  /// @param first token of each row
  Decoding(Engine engine, LanguageModel model, KvCache cache, int[] rows, int[] first) {
    this.engine = engine;
    this.model = model;
    this.cache = cache;
    this.rows = rows;
    try (Scope _ = engine.scope()) {
      last.set(engine.of(first, first.length, 1));
    }
  }

  /// Computes and reads a token of each row.
  ///
  /// @param more whether another will be wanted
  void step(boolean more) {
    try (Scope _ = engine.scope()) {
      if (!asked) {
        ask();
      }
      Tensor due = last.get();
      asked = more && engine.schedules();
      if (asked) {
        ask();
      }
      due.toInts();
    }
  }

  private void ask() {
    Tensor logits = model.forward(cache.pass(last.get(), rows), Want.LAST); // B1V
    Slot free = next;
    free.set(logits.argMax().evaluateAsync());
    next = last;
    last = free;
  }

  @Override
  public void close() {
    last.clear();
    next.clear();
  }
}

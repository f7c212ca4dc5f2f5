package bessemer.models.translation;

import bessemer.models.TranslationModel;
import bessemer.tensor.Engine;
import bessemer.tensor.Scope;
import java.util.List;

/// Texts whose translations are searched together, the same way. They join and leave between steps,
/// and each finds what it would find alone. What was read of them stays in memory until the end.
///
/// Lives in a scope of its own: searches of one engine end in the opposite order of their
/// beginnings. Belongs to the engine's thread.
public final class RunningSearch implements AutoCloseable {
  /// The rows of the passes.
  sealed interface Rows permits GreedySearch, BeamSearch {
    void join(List<Task> tasks);

    void step();

    boolean isEmpty();
  }

  private final TranslationModel model;
  private final Scope scope;
  private final Decoder decoder;
  private final Rows rows;

  RunningSearch(Translator.Setup setup, SearchOptions options, Watch watch) {
    Engine engine = setup.engine();
    this.model = setup.model();
    this.scope = engine.scope();
    this.decoder = new Decoder(engine, model, setup.cache(), setup.remembers());
    this.rows =
        options.beams() == 1
            ? new GreedySearch(engine, model, decoder, options, watch)
            : new BeamSearch(engine, model, decoder, options, watch);
  }

  /// Texts begin: the model reads them and writes the first token of each. The watch knows them by
  /// numbers, from 0 in the order in which they joined.
  ///
  /// @throws IllegalArgumentException if a text has tokens that the model lacks
  public void join(List<Task> tasks) {
    tasks.forEach(this::check);
    if (!tasks.isEmpty()) {
      rows.join(tasks);
    }
  }

  private void check(Task task) {
    for (List<Integer> tokens : List.of(task.source(), task.opening())) {
      for (int token : tokens) {
        if (token < 0 || token >= model.vocabulary()) {
          throw new IllegalArgumentException(
              "token " + token + " is not one of the model's " + model.vocabulary());
        }
      }
    }
  }

  /// One more token of each.
  public void step() {
    rows.step();
  }

  /// Whether all have left.
  public boolean isEmpty() {
    return rows.isEmpty();
  }

  @Override
  public void close() {
    decoder.close();
    scope.close();
  }
}

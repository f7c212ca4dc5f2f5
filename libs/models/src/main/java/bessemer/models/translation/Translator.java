package bessemer.models.translation;

import bessemer.models.TranslationModel;
import bessemer.tensor.Engine;
import bessemer.tensor.Scope;
import bessemer.tensor.nn.KvType;
import java.util.List;

/// Searches the translations of texts, several at a time. Belongs to the engine's thread.
public final class Translator {
  private final Engine engine;
  private final TranslationModel model;
  private final KvType cache;
  private final boolean remembers;

  /// With keys and values as the model computes them.
  public Translator(Engine engine, TranslationModel model) {
    this(engine, model, KvType.FP32);
  }

  /// @param cache the elements of keys and values, those of the sources included
  public Translator(Engine engine, TranslationModel model, KvType cache) {
    this(engine, model, cache, true);
  }

  private Translator(Engine engine, TranslationModel model, KvType cache, boolean remembers) {
    this.engine = engine;
    this.model = model;
    this.cache = cache;
    this.remembers = remembers;
  }

  /// One that finds the same, but reads all that it has written again for each token: what the
  /// cache of keys and values saves can be measured by it.
  public static Translator withoutCache(Engine engine, TranslationModel model, KvType cache) {
    return new Translator(engine, model, cache, false);
  }

  /// The hypotheses of each text, the best first: one by greedy search, else as many as beams
  /// ended.
  ///
  /// @throws IllegalArgumentException if a text has tokens that the model lacks, or the vocabulary
  ///   is too small for so many beams
  public List<List<Hypothesis>> translate(List<Task> tasks, SearchOptions options) {
    return translate(tasks, options, Watch.NONE);
  }

  /// The same, followed by somebody who may give up single texts; those have no hypotheses.
  public List<List<Hypothesis>> translate(List<Task> tasks, SearchOptions options, Watch watch) {
    if (tasks.isEmpty()) {
      return List.of();
    }
    tasks.forEach(this::check);
    int banned = options.noRepeatNgram() == 0 ? 0 : options.maxLength(); // at most, of a step
    if (2 * options.beams() + banned > model.vocabulary()) {
      throw new IllegalArgumentException(
          "%d beams of up to %d tokens are more than a vocabulary of %d has alternatives for"
              .formatted(options.beams(), options.maxLength(), model.vocabulary()));
    }
    try (Scope _ = engine.scope();
        Decoder decoder = new Decoder(engine, model, cache, tasks, remembers)) {
      return options.beams() == 1
          ? new GreedySearch(engine, model, decoder, tasks, options).run(watch)
          : new BeamSearch(engine, model, decoder, tasks, options).run(watch);
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
}

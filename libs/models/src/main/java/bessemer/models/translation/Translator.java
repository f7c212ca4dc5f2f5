package bessemer.models.translation;

import bessemer.models.TranslationModel;
import bessemer.tensor.Engine;
import bessemer.tensor.nn.KvType;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/// Searches the translations of texts, several at a time. Belongs to the engine's thread.
public final class Translator {
  /// @param cache the elements of keys and values
  /// @param remembers as in [Decoder]
  record Setup(Engine engine, TranslationModel model, KvType cache, boolean remembers) {}

  private final Setup setup;

  /// With keys and values as the model computes them.
  public Translator(Engine engine, TranslationModel model) {
    this(engine, model, KvType.FP32);
  }

  /// @param cache the elements of keys and values, those of the sources included
  public Translator(Engine engine, TranslationModel model, KvType cache) {
    this(new Setup(engine, model, cache, true));
  }

  private Translator(Setup setup) {
    this.setup = setup;
  }

  /// One that finds the same, but reads all that it has written again for each token: what the
  /// cache of keys and values saves can be measured by it.
  public static Translator withoutCache(Engine engine, TranslationModel model, KvType cache) {
    return new Translator(new Setup(engine, model, cache, false));
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
    List<List<Hypothesis>> all = new ArrayList<>(Collections.nCopies(tasks.size(), List.of()));
    Watch noting =
        new Watch() {
          @Override
          public void found(int text, List<Hypothesis> hypotheses) {
            all.set(text, hypotheses);
            watch.found(text, hypotheses);
          }

          @Override
          public boolean unwanted(int text) {
            return watch.unwanted(text);
          }
        };
    try (RunningSearch search = begin(options, noting)) {
      search.join(tasks);
      while (!search.isEmpty()) {
        search.step();
      }
    }
    return all;
  }

  /// A search without texts yet.
  ///
  /// @throws IllegalArgumentException if the vocabulary is too small for so many beams
  public RunningSearch begin(SearchOptions options, Watch watch) {
    int banned = options.noRepeatNgram() == 0 ? 0 : options.maxLength(); // at most, of a step
    int vocabulary = setup.model().vocabulary();
    if (2 * options.beams() + banned > vocabulary) {
      throw new IllegalArgumentException(
          "%d beams of up to %d tokens are more than a vocabulary of %d has alternatives for"
              .formatted(options.beams(), options.maxLength(), vocabulary));
    }
    return new RunningSearch(setup, options, watch);
  }
}

package bessemer.foundry.compare;

import bessemer.models.Configurations;
import bessemer.models.Models;
import bessemer.tensor.Engine;
import bessemer.tensor.Tensor;
import bessemer.tensor.nn.KvType;
import bessemer.tensor.nn.Source;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;

/// A loaded model of either kind and the engine that it runs on. Belongs to one thread.
public sealed interface Candidate extends AutoCloseable
    permits LanguageCandidate, TranslationCandidate {
  /// How candidates are loaded and run.
  ///
  /// @param engines makes the engine of one candidate
  /// @param cache the elements of keys and values
  /// @param natives where the tokenizer's native library is unpacked
  /// @param from the language of texts, for translators; empty for English
  /// @param to the language to translate to; empty for French
  record Setup(Supplier<Engine> engines, KvType cache, Path natives, String from, String to) {}

  /// What a model is shown: a source, which a language model does not have, and the tokens after
  /// each of which it says what comes next.
  record Sample(List<Integer> source, List<Integer> target) {
    public Sample {
      source = List.copyOf(source);
      target = List.copyOf(target);
    }

    /// Whether another model has all these tokens.
    boolean fits(int vocabulary) {
      return source.stream().allMatch(token -> token < vocabulary)
          && target.stream().allMatch(token -> token < vocabulary);
    }
  }

  /// @param around another source around that of the checkpoint, such as one that watches
  /// @throws bessemer.checkpoint.text.UnknownLanguageException if a translator lacks a language
  static Candidate open(Setup setup, Path directory, UnaryOperator<Source> around)
      throws IOException {
    boolean translates = Models.translates(Configurations.of(directory));
    Engine engine = setup.engines().get();
    try {
      return translates
          ? new TranslationCandidate(setup, engine, directory, around)
          : new LanguageCandidate(setup, engine, directory, around);
    } catch (Throwable e) {
      engine.close();
      throw e;
    }
  }

  Engine engine();

  int vocabulary();

  /// The sample that this model makes of a text: the text itself, or its own translation of it.
  Sample sample(String text);

  /// What it predicts after each token of the target, `[positions, vocabulary]`, in the current
  /// scope.
  Tensor logits(Sample sample);

  /// Tokens that it decodes in a second, one text at a time.
  double decodePerSecond(int tokens);

  @Override
  void close();
}

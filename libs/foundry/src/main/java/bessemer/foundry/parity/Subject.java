package bessemer.foundry.parity;

import bessemer.foundry.parity.ReferencePack.Source;
import bessemer.models.TranslationModel;
import bessemer.tensor.Engine;
import bessemer.tensor.Parameter;
import bessemer.tensor.Scope;
import bessemer.tensor.Tensor;
import bessemer.tensor.nn.Memory;
import bessemer.tensor.nn.Pass;
import bessemer.tensor.nn.Want;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BiFunction;

/// The model under test, on the engine of the calling thread, which stays the caller's to close.
/// Negative controls change parameters for the length of one pass and put them back.
///
/// @param name what the report calls it
/// @param parameters every weight that the model loaded, under its checkpoint's names
public record Subject(
    String name, String architecture, Engine engine, Network network, List<Parameter> parameters) {
  public Subject {
    parameters = List.copyOf(parameters);
  }

  /// What is run.
  public sealed interface Network {
    /// @param forward tokens to logits, `[B, L, vocabulary]` or `[B, 1, vocabulary]` of the last
    record Decoder(BiFunction<Pass, Want, Tensor> forward) implements Network {}

    record Translator(TranslationModel model) implements Network {}
  }

  /// Tokens to logits, after a translator has read its sources. Lives in the current scope.
  ///
  /// @param source none for a decoder, else one
  BiFunction<Pass, Want, Tensor> after(List<Source> source) {
    return switch (network) {
      case Network.Decoder(var forward) -> forward;
      case Network.Translator(TranslationModel model) -> {
        Memory memory = encoded(model, source.getFirst());
        yield (pass, want) -> model.forward(pass, memory, want);
      }
    };
  }

  private Memory encoded(TranslationModel model, Source source) {
    int[] lengths = source.lengths().stream().mapToInt(Integer::intValue).toArray();
    return model.encode(tokens(source.tokens()), lengths);
  }

  Optional<Parameter> parameter(String path) {
    return parameters.stream().filter(p -> p.path().equals(path)).findFirst();
  }

  Map<String, Parameter> byPath() {
    Map<String, Parameter> byPath = new LinkedHashMap<>();
    parameters.forEach(parameter -> byPath.put(parameter.path(), parameter));
    return byPath;
  }

  /// Tokens of one length as i32 `[B, L]`, in the current scope.
  Tensor tokens(List<List<Integer>> rows) {
    int[] flat = rows.stream().flatMap(List::stream).mapToInt(Integer::intValue).toArray();
    return engine.of(flat, rows.size(), rows.getFirst().size());
  }

  /// The logits of every token of these rows without a cache, flat.
  ///
  /// @param source as for [#after]
  float[] logits(List<Source> source, List<List<Integer>> rows) {
    try (Scope _ = engine.scope()) {
      return after(source).apply(Pass.of(tokens(rows)), Want.ALL).toFloats();
    }
  }
}

package bessemer.foundry.convert;

import bessemer.checkpoint.ConfigJson;
import bessemer.models.Architecture;
import bessemer.models.Models;
import bessemer.tensor.nn.Source;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;
import java.util.Set;
import java.util.stream.LongStream;

/// Which tensors a model has.
///
/// @param shapes of all tensors, in the order of the model
/// @param quantizable the weights of linears and embeddings
/// @param layers how many blocks it has
record Layout(
    Architecture<?> architecture,
    SequencedMap<String, List<Long>> shapes,
    Set<String> quantizable,
    int layers) {

  static Layout of(ConfigJson config) {
    Architecture<?> architecture = Models.architecture(config);
    var shapes = new LinkedHashMap<String, List<Long>>();
    Set<String> quantizable = new HashSet<>();
    for (Source.Listing.Weight weight : architecture.weights()) {
      shapes.put(weight.path(), LongStream.of(weight.shape().dims()).boxed().toList());
      if (weight.linear()) {
        quantizable.add(weight.path());
      }
    }
    return new Layout(architecture, shapes, quantizable, architecture.layers());
  }

  boolean tied() {
    return architecture.tiedEmbeddings();
  }

  boolean quantizable(String name) {
    return quantizable.contains(name);
  }

  /// Whether checkpoints may hold it although the model does without.
  boolean droppable(String name) {
    return !shapes.containsKey(name) && architecture.drops(name);
  }
}

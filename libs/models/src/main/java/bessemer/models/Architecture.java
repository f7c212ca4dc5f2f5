package bessemer.models;

import bessemer.tensor.nn.Params;
import bessemer.tensor.nn.Source;
import bessemer.tensor.nn.Source.Listing.Weight;
import java.util.List;
import java.util.Set;
import java.util.function.Function;

/// A model as its configuration describes it, before there are weights.
///
/// @param modelType as in `config.json`
/// @param layers blocks; of the deeper stack where there are two
/// @param tiedEmbeddings whether the output projection is the embedding
/// @param copies names under which checkpoints may hold the embedding again, or tables that are
///   computed
/// @param cache what its decoder remembers of a position
/// @param constructor builds the model from any source of weights
public record Architecture<M>(
    String modelType,
    int layers,
    boolean tiedEmbeddings,
    Set<String> copies,
    CacheShape cache,
    Function<Params, M> constructor) {

  /// Of a decoder.
  static Architecture<LanguageModel> of(
      String modelType,
      boolean tied,
      CacheShape cache,
      Function<Params, LanguageModel> constructor) {
    Set<String> copies = tied ? Set.of(LanguageModel.LOGITS + ".weight") : Set.of();
    return new Architecture<>(modelType, cache.layers(), tied, copies, cache, constructor);
  }

  /// Every weight, in the order of the model.
  public List<Weight> weights() {
    var listing = new Source.Listing();
    listing.build(constructor);
    return listing.weights();
  }

  /// Whether checkpoints may carry this tensor although the model does not use it: tables that old
  /// versions of transformers stored, and copies of a tied embedding.
  public boolean drops(String tensor) {
    return tensor.endsWith("rotary_emb.inv_freq") || copies.contains(tensor);
  }
}

package bessemer.models;

import bessemer.tensor.nn.Params;
import bessemer.tensor.nn.Source;
import bessemer.tensor.nn.Source.Listing.Weight;
import java.util.List;
import java.util.function.Function;

/// A model as its configuration describes it, before there are weights.
///
/// @param modelType as in `config.json`
/// @param tiedEmbeddings whether the output projection is the embedding
/// @param cache what it remembers of a position
/// @param constructor builds the model from any source of weights
public record Architecture(
    String modelType,
    boolean tiedEmbeddings,
    CacheShape cache,
    Function<Params, LanguageModel> constructor) {

  /// Every weight, in the order of the model.
  public List<Weight> weights() {
    var listing = new Source.Listing();
    listing.build(constructor);
    return listing.weights();
  }

  /// Whether checkpoints may carry this tensor although the model does not use it: tables that old
  /// versions of transformers stored, and the copy of a tied embedding.
  public boolean drops(String tensor) {
    return tensor.endsWith("rotary_emb.inv_freq")
        || tiedEmbeddings && tensor.equals(LanguageModel.LOGITS + ".weight");
  }
}

package bessemer.models;

import bessemer.tensor.Mask;
import bessemer.tensor.Scope;
import bessemer.tensor.Tensor;
import bessemer.tensor.nn.Linear;
import bessemer.tensor.nn.Memory;
import bessemer.tensor.nn.Params;
import bessemer.tensor.nn.Pass;

/// An attention of an encoder-decoder model: of sources over themselves, of translations over
/// themselves, or of translations over their sources.
///
/// Letters: N sources, S their length, B rows, L length, D hidden, H query heads, K key heads, E
/// head width.
final class TranslationAttention {
  /// @param dim hidden width, a multiple of `heads`
  /// @param biases of all four projections
  /// @param output what the checkpoint calls the last of them
  record Form(int dim, int heads, int keyHeads, boolean biases, String output) {
    int headDim() {
      return dim / heads;
    }
  }

  /// What positions do to queries and keys.
  interface Positions {
    /// Nothing: they are in the embeddings.
    Positions NONE = (x, _) -> x;

    /// @param x BHLE
    /// @param path to report the result under
    Tensor turned(Tensor x, String path);
  }

  private final String path;
  private final Form form;
  private final Linear queries;
  private final Linear keys;
  private final Linear values;
  private final Linear output;
  private final float scale;

  TranslationAttention(Form form, Params params) {
    this.form = form;
    path = params.path();
    int keyWidth = form.keyHeads * form.headDim();
    keys = params.linear("k_proj", form.dim, keyWidth, form.biases);
    values = params.linear("v_proj", form.dim, keyWidth, form.biases);
    queries = params.linear("q_proj", form.dim, form.dim, form.biases);
    output = params.linear(form.output, form.dim, form.dim, form.biases);
    scale = (float) (1 / Math.sqrt(form.headDim()));
  }

  /// Each source NSD over all of itself.
  ///
  /// @param lengths of the sources, i32 `[N]`
  Tensor encode(Tensor x, Positions positions, Tensor lengths) {
    Tensor q = positions.turned(queries(x), path + ".q_rope"); // NHSE
    Tensor k = positions.turned(keys(x), path + ".k_rope"); // NKSE
    Tensor v = values(x);
    Mask mask = new Mask.Padded();
    Heads.show(path, lengths, q, k, scale, mask);
    return mixed(q.attend(k, v, lengths, scale, mask));
  }

  /// Each token of a translation BLD over those up to it.
  Tensor decode(Tensor x, Positions positions, Pass pass, int layer) {
    Tensor q = positions.turned(queries(x), path + ".q_rope"); // BHLE
    Tensor k = positions.turned(keys(x), path + ".k_rope"); // BKLE
    Tensor v = values(x);
    Mask mask = new Mask.Causal();
    Heads.show(path, pass, q, k, scale, mask);
    return mixed(pass.attend(layer, q, k, v, scale, mask));
  }

  /// What [#lookUp] will read of encoded sources NSD.
  Memory.Layer remember(Tensor encoded) {
    try (Scope scope = encoded.engine().scope()) {
      Tensor k = keys(encoded); // NKSE
      Tensor v = values(encoded);
      return new Memory.Layer(scope.keep(k), scope.keep(v));
    }
  }

  /// Each token of a translation BLD over its source.
  Tensor lookUp(Tensor x, Memory memory, int layer) {
    Tensor q = queries(x); // BHLE
    if (q.dim(0) == 1) {
      Heads.show(path, memory.bounds(), q, memory.keys(layer, 0), scale, new Mask.Padded());
    }
    return mixed(memory.attend(layer, q, scale));
  }

  private Tensor queries(Tensor x) {
    return Heads.split(queries.forward(x), form.heads);
  }

  private Tensor keys(Tensor x) {
    return Heads.split(keys.forward(x), form.keyHeads);
  }

  private Tensor values(Tensor x) {
    return Heads.split(values.forward(x), form.keyHeads);
  }

  private Tensor mixed(Tensor context) {
    return output.forward(Heads.merge(context).named(path + ".context")).named(path); // BLD
  }
}

package bessemer.models;

import bessemer.models.LingoLiteConfig.Sizes;
import bessemer.tensor.DType;
import bessemer.tensor.Engine;
import bessemer.tensor.Mask;
import bessemer.tensor.Scope;
import bessemer.tensor.Tensor;
import bessemer.tensor.nn.Embedding;
import bessemer.tensor.nn.Linear;
import bessemer.tensor.nn.Memory;
import bessemer.tensor.nn.Params;
import bessemer.tensor.nn.Pass;
import bessemer.tensor.nn.RmsNorm;
import bessemer.tensor.nn.Rope;
import bessemer.tensor.nn.Section;
import java.util.ArrayList;
import java.util.List;

/// LingoLite: pre-norm encoder and decoder without biases, grouped-query attention, rotary
/// positions in self-attention alone, SwiGLU, one embedding for sources, translations and logits,
/// which is multiplied with the root of its width.
///
/// Shapes: N sources, S their length, B rows, L length, D hidden, H query heads, K key heads, E
/// head width, V vocabulary.
public final class LingoLite implements TranslationModel {
  private static final float EPSILON = 1e-6f;
  private static final double ROPE_BASE = 10_000;

  private static final class Attention {
    private final String path;
    private final int heads;
    private final int keyHeads;
    private final Linear queries;
    private final Linear keys;
    private final Linear values;
    private final Linear output;
    private final float scale;

    Attention(Sizes sizes, Params params) {
      path = params.path();
      heads = sizes.heads();
      keyHeads = sizes.keyHeads();
      int keyWidth = keyHeads * sizes.headDim();
      queries = params.linear("q_proj", sizes.dim(), sizes.dim(), false);
      keys = params.linear("k_proj", sizes.dim(), keyWidth, false);
      values = params.linear("v_proj", sizes.dim(), keyWidth, false);
      output = params.linear("o_proj", sizes.dim(), sizes.dim(), false);
      scale = (float) (1 / Math.sqrt(sizes.headDim()));
    }

    /// Each source over all of itself.
    Tensor encode(Tensor x, Rope rope, Pass pass, Tensor lengths) {
      Tensor q = turned(queries.forward(x), heads, rope, pass, ".q_rope"); // NHSE
      Tensor k = turned(keys.forward(x), keyHeads, rope, pass, ".k_rope"); // NKSE
      Tensor v = Heads.split(values.forward(x), keyHeads);
      Mask mask = new Mask.Padded();
      Heads.show(path, lengths, q, k, scale, mask);
      return mixed(q.attend(k, v, lengths, scale, mask));
    }

    Tensor decode(Tensor x, Rope rope, Pass pass, int layer) {
      Tensor q = turned(queries.forward(x), heads, rope, pass, ".q_rope"); // BHLE
      Tensor k = turned(keys.forward(x), keyHeads, rope, pass, ".k_rope"); // BKLE
      Tensor v = Heads.split(values.forward(x), keyHeads);
      Mask mask = new Mask.Causal();
      Heads.show(path, pass, q, k, scale, mask);
      return mixed(pass.attend(layer, q, k, v, scale, mask));
    }

    private Tensor turned(Tensor x, int count, Rope rope, Pass pass, String name) {
      return rope.rotate(Heads.split(x, count), pass).named(path + name);
    }

    /// What [#lookUp] will read of encoded sources NSD.
    Memory.Layer remember(Tensor encoded) {
      try (Scope scope = encoded.engine().scope()) {
        Tensor k = Heads.split(keys.forward(encoded), keyHeads); // NKSE
        Tensor v = Heads.split(values.forward(encoded), keyHeads);
        return new Memory.Layer(scope.keep(k), scope.keep(v));
      }
    }

    Tensor lookUp(Tensor x, Memory memory, int layer) {
      Tensor q = Heads.split(queries.forward(x), heads); // BHLE
      if (q.dim(0) == 1) {
        Heads.show(path, memory.bounds(), q, memory.keys(layer, 0), scale, new Mask.Padded());
      }
      return mixed(memory.attend(layer, q, scale));
    }

    private Tensor mixed(Tensor context) {
      return output.forward(Heads.merge(context).named(path + ".context")).named(path); // BLD
    }
  }

  private static final class EncoderBlock {
    private final Section section;
    private final Attention attention;
    private final RmsNorm attentionNorm;
    private final FeedForward feedForward;
    private final RmsNorm feedForwardNorm;

    EncoderBlock(Sizes sizes, Params params) {
      section = params.section();
      attention = new Attention(sizes, params.at("self_attn"));
      attentionNorm = params.rmsNorm("norm1", sizes.dim(), EPSILON);
      feedForward = new FeedForward(sizes.dim(), sizes.innerDim(), false, params.at("ffn"));
      feedForwardNorm = params.rmsNorm("norm2", sizes.dim(), EPSILON);
    }

    Tensor forward(Tensor x, Rope rope, Pass pass, Tensor lengths) {
      return section.run(
          x,
          () -> {
            Tensor h = x.plus(attention.encode(attentionNorm.forward(x), rope, pass, lengths));
            return h.plus(feedForward.forward(feedForwardNorm.forward(h)));
          });
    }
  }

  private static final class DecoderBlock {
    private final int layer;
    private final Section section;
    private final Attention attention;
    private final RmsNorm attentionNorm;
    private final Attention lookUp;
    private final RmsNorm lookUpNorm;
    private final FeedForward feedForward;
    private final RmsNorm feedForwardNorm;

    DecoderBlock(Sizes sizes, int layer, Params params) {
      this.layer = layer;
      section = params.section();
      attention = new Attention(sizes, params.at("self_attn"));
      attentionNorm = params.rmsNorm("norm1", sizes.dim(), EPSILON);
      lookUp = new Attention(sizes, params.at("cross_attn"));
      lookUpNorm = params.rmsNorm("norm2", sizes.dim(), EPSILON);
      feedForward = new FeedForward(sizes.dim(), sizes.innerDim(), false, params.at("ffn"));
      feedForwardNorm = params.rmsNorm("norm3", sizes.dim(), EPSILON);
    }

    Tensor forward(Tensor x, Rope rope, Pass pass, Memory memory) {
      return section.run(
          x,
          () -> {
            Tensor h = x.plus(attention.decode(attentionNorm.forward(x), rope, pass, layer));
            h = h.plus(lookUp.lookUp(lookUpNorm.forward(h), memory, layer));
            return h.plus(feedForward.forward(feedForwardNorm.forward(h)));
          });
    }
  }

  private final LingoLiteConfig config;
  private final float embeddingScale;
  private final Embedding embedding;
  private final Embedding decoderEmbedding;
  private final Rope rope;
  private final List<EncoderBlock> encoder;
  private final RmsNorm encoderNorm;
  private final List<DecoderBlock> decoder;
  private final RmsNorm decoderNorm;
  private final Linear head;

  public LingoLite(LingoLiteConfig config, Params params) {
    this.config = config;
    Sizes sizes = config.sizes();
    int dim = sizes.dim();
    embeddingScale = (float) Math.sqrt(dim);
    Params encoding = params.at("encoder");
    Params decoding = params.at("decoder");
    embedding = encoding.embedding("embedding", config.vocabulary(), dim);
    decoderEmbedding = new Embedding("decoder.embedding", embedding.table());
    rope = encoding.rope(new Rope.Spec(ROPE_BASE), sizes.headDim());
    encoder =
        encoding.list(
            "layers", config.encoderLayers(), (_, block) -> new EncoderBlock(sizes, block));
    encoderNorm = encoding.rmsNorm("final_norm", dim, EPSILON);
    decoder =
        decoding.list(
            "layers", config.decoderLayers(), (i, block) -> new DecoderBlock(sizes, i, block));
    decoderNorm = decoding.rmsNorm("final_norm", dim, EPSILON);
    head =
        config.tiedEmbeddings()
            ? embedding.asLinear(LanguageModel.LOGITS)
            : decoding.linear("lm_head", dim, config.vocabulary(), false);
  }

  /// A source without tokens is allowed: nothing is mixed from it, which is zeros.
  @Override
  public Memory encode(Tensor tokens, int... lengths) {
    Engine engine = tokens.engine();
    Tensor bounds = engine.of(lengths, lengths.length);
    Pass pass = Pass.of(tokens);
    Tensor h = scaled(embedding, tokens); // NSD
    for (EncoderBlock block : encoder) {
      h = h.replacedBy(block.forward(h, rope, pass, bounds));
    }
    h = h.replacedBy(encoderNorm.forward(h));
    List<Memory.Layer> layers = new ArrayList<>();
    for (DecoderBlock block : decoder) {
      layers.add(block.lookUp.remember(h));
    }
    return Memory.of(engine, layers, lengths);
  }

  @Override
  public Tensor states(Pass pass, Memory memory) {
    Tensor h = scaled(decoderEmbedding, pass.tokens()); // BLD
    for (DecoderBlock block : decoder) {
      h = h.replacedBy(block.forward(h, rope, pass, memory));
    }
    return h;
  }

  /// In fp32, whatever the engine's embeddings come in.
  private Tensor scaled(Embedding table, Tensor tokens) {
    Tensor rows = table.forward(tokens).cast(DType.F32);
    return rows.times(embeddingScale).named(table.path() + ".scaled");
  }

  @Override
  public Tensor logits(Tensor states) {
    return head.forward(decoderNorm.forward(states)); // BLV
  }

  @Override
  public int vocabulary() {
    return config.vocabulary();
  }

  @Override
  public int contextLength() {
    return config.contextLength();
  }

  @Override
  public Marks marks() {
    return config.marks();
  }

  @Override
  public BeamRules beamRules() {
    return BeamRules.LINGO_LITE;
  }
}

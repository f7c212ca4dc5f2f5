package bessemer.models;

import bessemer.models.LingoLiteConfig.Sizes;
import bessemer.models.TranslationAttention.Form;
import bessemer.models.TranslationAttention.Positions;
import bessemer.tensor.DType;
import bessemer.tensor.Engine;
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
/// Shapes: N sources, S their length, B rows, L length, D hidden, V vocabulary.
public final class LingoLite implements TranslationModel {
  private static final float EPSILON = 1e-6f;
  private static final double ROPE_BASE = 10_000;

  private static Form form(Sizes sizes) {
    return new Form(sizes.dim(), sizes.heads(), sizes.keyHeads(), false, "o_proj");
  }

  private static final class EncoderBlock {
    private final Section section;
    private final TranslationAttention attention;
    private final RmsNorm attentionNorm;
    private final FeedForward feedForward;
    private final RmsNorm feedForwardNorm;

    EncoderBlock(Sizes sizes, Params params) {
      section = params.section();
      attention = new TranslationAttention(form(sizes), params.at("self_attn"));
      attentionNorm = params.rmsNorm("norm1", sizes.dim(), EPSILON);
      feedForward = new FeedForward(sizes.dim(), sizes.innerDim(), false, params.at("ffn"));
      feedForwardNorm = params.rmsNorm("norm2", sizes.dim(), EPSILON);
    }

    Tensor forward(Tensor x, Positions positions, Tensor lengths) {
      return section.run(
          x,
          () -> {
            Tensor h = x.plus(attention.encode(attentionNorm.forward(x), positions, lengths));
            return h.plus(feedForward.forward(feedForwardNorm.forward(h)));
          });
    }
  }

  private static final class DecoderBlock {
    private final int layer;
    private final Section section;
    private final TranslationAttention attention;
    private final RmsNorm attentionNorm;
    private final TranslationAttention lookUp;
    private final RmsNorm lookUpNorm;
    private final FeedForward feedForward;
    private final RmsNorm feedForwardNorm;

    DecoderBlock(Sizes sizes, int layer, Params params) {
      this.layer = layer;
      section = params.section();
      attention = new TranslationAttention(form(sizes), params.at("self_attn"));
      attentionNorm = params.rmsNorm("norm1", sizes.dim(), EPSILON);
      lookUp = new TranslationAttention(form(sizes), params.at("cross_attn"));
      lookUpNorm = params.rmsNorm("norm2", sizes.dim(), EPSILON);
      feedForward = new FeedForward(sizes.dim(), sizes.innerDim(), false, params.at("ffn"));
      feedForwardNorm = params.rmsNorm("norm3", sizes.dim(), EPSILON);
    }

    Tensor forward(Tensor x, Positions positions, Pass pass, Memory memory) {
      return section.run(
          x,
          () -> {
            Tensor h = x.plus(attention.decode(attentionNorm.forward(x), positions, pass, layer));
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
    Positions positions = positions(Pass.of(tokens));
    Tensor h = scaled(embedding, tokens); // NSD
    for (EncoderBlock block : encoder) {
      h = h.replacedBy(block.forward(h, positions, bounds));
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
    Positions positions = positions(pass);
    Tensor h = scaled(decoderEmbedding, pass.tokens()); // BLD
    for (DecoderBlock block : decoder) {
      h = h.replacedBy(block.forward(h, positions, pass, memory));
    }
    return h;
  }

  private Positions positions(Pass pass) {
    return (x, path) -> rope.rotate(x, pass).named(path);
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

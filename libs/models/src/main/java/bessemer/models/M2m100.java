package bessemer.models;

import static bessemer.models.TranslationAttention.Positions.NONE;

import bessemer.checkpoint.BadCheckpointException;
import bessemer.checkpoint.ConfigJson;
import bessemer.models.TranslationAttention.Form;
import bessemer.tensor.DType;
import bessemer.tensor.Engine;
import bessemer.tensor.Tensor;
import bessemer.tensor.nn.Embedding;
import bessemer.tensor.nn.LayerNorm;
import bessemer.tensor.nn.Linear;
import bessemer.tensor.nn.Memory;
import bessemer.tensor.nn.Params;
import bessemer.tensor.nn.Pass;
import bessemer.tensor.nn.Section;
import bessemer.tensor.nn.SinusoidalPositions;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/// M2M-100 and NLLB-200: pre-norm encoder and decoder, biases everywhere but in the head,
/// sinusoidal positions, ReLU, one embedding for sources, translations and logits.
///
/// Activations are fp32 whatever the weights are, so that nothing overflows and transformers' clamp
/// of fp16 activations has nothing to do here.
///
/// Shapes: N sources, S their length, B rows, L length, D hidden, V vocabulary.
public final class M2m100 implements TranslationModel {
  private static final float EPSILON = 1e-5f; // PyTorch's default, which no configuration changes
  private static final int FIRST_POSITIONS = 2; // rows of the table before the first token's

  /// What checkpoints hold besides: the embedding again, and tables of positions.
  static final Set<String> COPIES =
      Set.of(
          "lm_head.weight",
          "model.encoder.embed_tokens.weight",
          "model.decoder.embed_tokens.weight",
          "model.encoder.embed_positions.weights",
          "model.decoder.embed_positions.weights");

  /// One of the two stacks.
  public record Stack(int layers, int heads, int innerDim) {}

  /// @param embeddingScale what embeddings are multiplied with
  public record Config(
      int dim,
      Stack encoder,
      Stack decoder,
      int vocabulary,
      int contextLength,
      float embeddingScale,
      Marks marks) {

    static Config from(ConfigJson json) {
      boolean relu = json.optionalText("activation_function").orElse("relu").equals("relu");
      if (!relu || !json.optionalBool("tie_word_embeddings").orElse(true)) {
        throw new BadCheckpointException(
            json.file(),
            "only activation_function \"relu\" with tie_word_embeddings true is supported");
      }
      int dim = ConfigFields.positive(json, "d_model");
      boolean scaled = json.optionalBool("scale_embedding").orElse(true);
      return new Config(
          dim,
          stack(json, "encoder", dim),
          stack(json, "decoder", dim),
          ConfigFields.positive(json, "vocab_size"),
          ConfigFields.positive(json, "max_position_embeddings"),
          scaled ? (float) Math.sqrt(dim) : 1,
          new Marks(
              json.optionalInteger("pad_token_id").orElse(1),
              json.optionalInteger("decoder_start_token_id").orElse(2),
              json.optionalInteger("eos_token_id").orElse(2)));
    }

    private static Stack stack(ConfigJson json, String name, int dim) {
      int heads = ConfigFields.positive(json, name + "_attention_heads");
      if (dim % heads != 0) {
        throw new BadCheckpointException(
            json.file(),
            "d_model %d is not a multiple of %s_attention_heads %d".formatted(dim, name, heads));
      }
      return new Stack(
          ConfigFields.positive(json, name + "_layers"),
          heads,
          ConfigFields.positive(json, name + "_ffn_dim"));
    }
  }

  private static Form form(int dim, Stack stack) {
    return new Form(dim, stack.heads(), stack.heads(), true, "out_proj");
  }

  private static final class ReluFeedForward {
    private final Linear in;
    private final Linear out;

    ReluFeedForward(int dim, int innerDim, Params params) {
      in = params.linear("fc1", dim, innerDim, true);
      out = params.linear("fc2", innerDim, dim, true);
    }

    Tensor forward(Tensor x) {
      return out.forward(in.forward(x).relu());
    }
  }

  private static final class EncoderBlock {
    private final Section section;
    private final TranslationAttention attention;
    private final LayerNorm attentionNorm;
    private final ReluFeedForward feedForward;
    private final LayerNorm finalNorm;

    EncoderBlock(int dim, Stack stack, Params params) {
      section = params.section();
      attention = new TranslationAttention(form(dim, stack), params.at("self_attn"));
      attentionNorm = params.layerNorm("self_attn_layer_norm", dim, EPSILON);
      feedForward = new ReluFeedForward(dim, stack.innerDim(), params);
      finalNorm = params.layerNorm("final_layer_norm", dim, EPSILON);
    }

    Tensor forward(Tensor x, Tensor lengths) {
      return section.run(
          x,
          () -> {
            Tensor h = x.plus(attention.encode(attentionNorm.forward(x), NONE, lengths));
            return h.plus(feedForward.forward(finalNorm.forward(h)));
          });
    }
  }

  private static final class DecoderBlock {
    private final int layer;
    private final Section section;
    private final TranslationAttention attention;
    private final LayerNorm attentionNorm;
    private final TranslationAttention lookUp;
    private final LayerNorm lookUpNorm;
    private final ReluFeedForward feedForward;
    private final LayerNorm finalNorm;

    DecoderBlock(int dim, Stack stack, int layer, Params params) {
      this.layer = layer;
      section = params.section();
      attention = new TranslationAttention(form(dim, stack), params.at("self_attn"));
      attentionNorm = params.layerNorm("self_attn_layer_norm", dim, EPSILON);
      lookUp = new TranslationAttention(form(dim, stack), params.at("encoder_attn"));
      lookUpNorm = params.layerNorm("encoder_attn_layer_norm", dim, EPSILON);
      feedForward = new ReluFeedForward(dim, stack.innerDim(), params);
      finalNorm = params.layerNorm("final_layer_norm", dim, EPSILON);
    }

    Tensor forward(Tensor x, Pass pass, Memory memory) {
      return section.run(
          x,
          () -> {
            Tensor h = x.plus(attention.decode(attentionNorm.forward(x), NONE, pass, layer));
            h = h.plus(lookUp.lookUp(lookUpNorm.forward(h), memory, layer));
            return h.plus(feedForward.forward(finalNorm.forward(h)));
          });
    }
  }

  private final Config config;
  private final Embedding embedding;
  private final SinusoidalPositions positions;
  private final List<EncoderBlock> encoder;
  private final LayerNorm encoderNorm;
  private final List<DecoderBlock> decoder;
  private final LayerNorm decoderNorm;
  private final Linear head;

  public M2m100(Config config, Params params) {
    this.config = config;
    int dim = config.dim();
    Params model = params.at("model");
    embedding = model.embedding("shared", config.vocabulary(), dim);
    int rows = config.contextLength() + FIRST_POSITIONS;
    positions = model.sinusoidalPositions(rows, dim, config.marks().padding());
    Params encoding = model.at("encoder");
    Stack stack = config.encoder();
    encoder =
        encoding.list("layers", stack.layers(), (_, block) -> new EncoderBlock(dim, stack, block));
    encoderNorm = encoding.layerNorm("layer_norm", dim, EPSILON);
    Params decoding = model.at("decoder");
    decoder =
        decoding.list(
            "layers",
            config.decoder().layers(),
            (i, block) -> new DecoderBlock(dim, config.decoder(), i, block));
    decoderNorm = decoding.layerNorm("layer_norm", dim, EPSILON);
    head = embedding.asLinear(LanguageModel.LOGITS);
  }

  @Override
  public Memory encode(Tensor tokens, int... lengths) {
    Engine engine = tokens.engine();
    Tensor bounds = engine.of(lengths, lengths.length);
    Tensor none = engine.of(new int[lengths.length], lengths.length);
    Tensor h = embedded(tokens, none, "model.encoder"); // NSD
    for (EncoderBlock block : encoder) {
      h = h.replacedBy(block.forward(h, bounds));
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
    Tensor h = embedded(pass.tokens(), pass.offsets(), "model.decoder"); // BLD
    for (DecoderBlock block : decoder) {
      h = h.replacedBy(block.forward(h, pass, memory));
    }
    return h;
  }

  private Tensor embedded(Tensor tokens, Tensor offsets, String stack) {
    Tensor rows = embedding.forward(tokens).cast(DType.F32);
    Tensor scaled = rows.times(config.embeddingScale());
    SinusoidalPositions places = positions.under(stack + ".embed_positions");
    return scaled.named(stack + ".embed_tokens").plus(places.forward(tokens, offsets));
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
}

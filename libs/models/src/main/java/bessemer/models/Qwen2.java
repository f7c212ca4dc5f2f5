package bessemer.models;

import bessemer.checkpoint.ConfigJson;
import bessemer.tensor.DType;
import bessemer.tensor.Mask;
import bessemer.tensor.Tensor;
import bessemer.tensor.nn.Embedding;
import bessemer.tensor.nn.Linear;
import bessemer.tensor.nn.Params;
import bessemer.tensor.nn.Pass;
import bessemer.tensor.nn.RmsNorm;
import bessemer.tensor.nn.Rope;
import bessemer.tensor.nn.Section;
import java.util.List;

/// Qwen2 and Qwen2.5: pre-norm, grouped-query attention with biases on queries, keys and values,
/// rotary positions, SwiGLU; a sliding window on some layers. Parameter names are those of the
/// checkpoint.
///
/// Shapes: B batch, L length, D hidden, H query heads, K key heads, E head width, V vocabulary.
public final class Qwen2 implements LanguageModel {

  /// @param masks one a layer
  public record Config(
      int dim,
      int innerDim,
      int layers,
      int heads,
      int keyHeads,
      int headDim,
      int vocabulary,
      int contextLength,
      float epsilon,
      boolean tiedEmbeddings,
      List<Mask> masks,
      Rope.Spec rope) {

    static Config from(ConfigJson json) {
      ConfigFields fields = ConfigFields.from(json);
      return new Config(
          fields.dim(),
          fields.innerDim(),
          fields.layers(),
          fields.heads(),
          fields.keyHeads(),
          fields.headDim(),
          fields.vocabulary(),
          fields.contextLength(),
          fields.epsilon(),
          json.optionalBool("tie_word_embeddings").orElse(false),
          ConfigFields.masks(json, fields.layers()),
          RopeConfig.from(json, fields.headDim()));
    }
  }

  private static final class Attention {
    private final Config config;
    private final String path;
    private final String turnedQueries;
    private final String turnedKeys;
    private final String context;
    private final int layer;
    private final Linear queries;
    private final Linear keys;
    private final Linear values;
    private final Linear output;
    private final float scale;
    private final Mask mask;

    Attention(Config config, int layer, Params params) {
      this.config = config;
      this.layer = layer;
      path = params.path();
      turnedQueries = path + ".q_rope";
      turnedKeys = path + ".k_rope";
      context = path + ".context";
      int dim = config.dim();
      int width = config.heads() * config.headDim();
      int keyWidth = config.keyHeads() * config.headDim();
      queries = params.linear("q_proj", dim, width, true);
      keys = params.linear("k_proj", dim, keyWidth, true);
      values = params.linear("v_proj", dim, keyWidth, true);
      output = params.linear("o_proj", width, dim, false);
      scale = (float) (1 / Math.sqrt(config.headDim()));
      mask = config.masks().get(layer);
    }

    Tensor forward(Tensor x, Rope rope, Pass pass) {
      Tensor q = Heads.split(queries.forward(x), config.heads()); // BHLE
      Tensor k = Heads.split(keys.forward(x), config.keyHeads()); // BKLE
      Tensor v = Heads.split(values.forward(x), config.keyHeads()); // BKLE
      q = rope.rotate(q, pass).named(turnedQueries);
      k = rope.rotate(k, pass).named(turnedKeys);
      Heads.show(path, pass, q, k, scale, mask);
      Tensor mixed = pass.attend(layer, q, k, v, scale, mask); // BHLE
      return output.forward(Heads.merge(mixed).named(context)).named(path); // BLD
    }
  }

  private static final class Block {
    private final Section section;
    private final RmsNorm attentionNorm;
    private final Attention attention;
    private final RmsNorm feedForwardNorm;
    private final FeedForward feedForward;

    Block(Config config, int layer, Params params) {
      section = params.section();
      attentionNorm = params.rmsNorm("input_layernorm", config.dim(), config.epsilon());
      attention = new Attention(config, layer, params.at("self_attn"));
      feedForwardNorm = params.rmsNorm("post_attention_layernorm", config.dim(), config.epsilon());
      feedForward = new FeedForward(config.dim(), config.innerDim(), false, params.at("mlp"));
    }

    Tensor forward(Tensor x, Rope rope, Pass pass) {
      return section.run(
          x,
          () -> {
            Tensor h = x.plus(attention.forward(attentionNorm.forward(x), rope, pass));
            return h.plus(feedForward.forward(feedForwardNorm.forward(h)));
          });
    }
  }

  private final Config config;
  private final Embedding embedding;
  private final Rope rope;
  private final List<Block> blocks;
  private final RmsNorm norm;
  private final Linear head;

  public Qwen2(Config config, Params params) {
    this.config = config;
    Params model = params.at("model");
    embedding = model.embedding("embed_tokens", config.vocabulary(), config.dim());
    rope = model.rope(config.rope(), config.headDim());
    blocks = model.list("layers", config.layers(), (i, layer) -> new Block(config, i, layer));
    norm = model.rmsNorm("norm", config.dim(), config.epsilon());
    head =
        config.tiedEmbeddings()
            ? embedding.asLinear(LOGITS)
            : params.linear(LOGITS, config.dim(), config.vocabulary(), false);
  }

  @Override
  public Tensor states(Pass pass) {
    Tensor h = embedding.forward(pass.tokens()); // BLD
    for (Block block : blocks) {
      h = h.replacedBy(block.forward(h, rope, pass));
    }
    return h;
  }

  @Override
  public Tensor logits(Tensor states) {
    return head.forward(norm.forward(states)).cast(DType.F32); // BLV
  }

  @Override
  public int vocabulary() {
    return config.vocabulary();
  }

  @Override
  public int layers() {
    return config.layers();
  }

  @Override
  public int contextLength() {
    return config.contextLength();
  }

  @Override
  public boolean dependsOnLength() {
    return config.rope().dependsOnLength();
  }
}

package bessemer.models;

import bessemer.checkpoint.BadCheckpointException;
import bessemer.checkpoint.ConfigJson;
import bessemer.models.TranslationModel.Marks;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Stream;

/// What a LingoLite is made of.
///
/// @param tiedEmbeddings whether the output projection is the embedding
public record LingoLiteConfig(
    Sizes sizes,
    int encoderLayers,
    int decoderLayers,
    int vocabulary,
    int contextLength,
    boolean tiedEmbeddings,
    Marks marks) {
  private static final int START = 1;
  private static final int END = 2;

  /// What all blocks have in common.
  public record Sizes(int dim, int heads, int keyHeads, int innerDim) {
    int headDim() {
      return dim / heads;
    }
  }

  /// The sizes it comes in; where a configuration has no field, [#SMALL] says what it is.
  public enum Preset {
    TINY(256, 4, 4, 2, 1024),
    SMALL(512, 6, 8, 2, 2048),
    MEDIUM(768, 8, 12, 4, 3072),
    LARGE(1024, 12, 16, 4, 4096);

    static final int VOCABULARY = 24_000;
    static final int CONTEXT_LENGTH = 512;
    private static final int MULTIPLE = 64;

    final int dim;
    final int layers; // of each stack
    final int heads;
    final int keyHeads;
    private final int innerDim;

    Preset(int dim, int layers, int heads, int keyHeads, int innerDim) {
      this.dim = dim;
      this.layers = layers;
      this.heads = heads;
      this.keyHeads = keyHeads;
      this.innerDim = innerDim;
    }

    /// The configuration of this size.
    ///
    /// @param efficient whether the feed-forward has as many weights as one without a gate
    public LingoLiteConfig config(boolean efficient) {
      return new LingoLiteConfig(
          new Sizes(dim, heads, keyHeads, efficient ? efficient(dim) : innerDim),
          layers,
          layers,
          VOCABULARY,
          CONTEXT_LENGTH,
          true,
          new Marks(0, START, END));
    }

    /// 8 / 3 of the hidden width, up to the next multiple of 64.
    private static int efficient(int dim) {
      return Math.ceilDiv(8 * dim, 3 * MULTIPLE) * MULTIPLE;
    }

    private static Preset of(ConfigJson json) {
      String name = json.optionalText("model_size").orElse("small");
      return Stream.of(values())
          .filter(preset -> preset.name().toLowerCase(Locale.ROOT).equals(name))
          .findFirst()
          .orElseThrow(() ->
              new BadCheckpointException(
                  json.file(),
                  "model_size is %s; known are tiny, small, medium and large"
                      .formatted(BadCheckpointException.quoted(name))));
    }
  }

  static LingoLiteConfig from(ConfigJson json) {
    Preset preset = Preset.of(json);
    int dim = positive(json, "d_model", preset.dim);
    boolean efficient = json.optionalBool("efficient_ffn").orElse(false);
    int innerDim = efficient ? Preset.efficient(dim) : preset.innerDim;
    var sizes =
        new Sizes(
            dim,
            positive(json, "n_heads", preset.heads),
            positive(json, "n_kv_heads", preset.keyHeads),
            positive(json, "d_ff", innerDim));
    check(json, sizes);
    return new LingoLiteConfig(
        sizes,
        positive(json, "n_encoder_layers", preset.layers),
        positive(json, "n_decoder_layers", preset.layers),
        positive(json, "vocab_size", Preset.VOCABULARY),
        positive(json, "max_seq_len", Preset.CONTEXT_LENGTH),
        json.optionalBool("tie_embeddings").orElse(true),
        new Marks(
            json.optionalInteger("pad_token_id").orElse(0),
            json.optionalInteger("bos_token_id").orElse(START),
            json.optionalInteger("eos_token_id").orElse(END)));
  }

  private static int positive(ConfigJson json, String field, int usual) {
    return json.has(field) ? ConfigFields.positive(json, field) : usual;
  }

  private static void check(ConfigJson json, Sizes sizes) {
    if (sizes.dim % sizes.heads != 0
        || sizes.heads % sizes.keyHeads != 0
        || sizes.headDim() % 2 != 0) {
      throw new BadCheckpointException(
          json.file(),
          "d_model %d, n_heads %d and n_kv_heads %d give no heads of an even width in whole groups"
              .formatted(sizes.dim, sizes.heads, sizes.keyHeads));
    }
  }

  /// Under which names checkpoints hold the embedding again.
  Set<String> copies() {
    return tiedEmbeddings
        ? Set.of("decoder.embedding.weight", "decoder.lm_head.weight")
        : Set.of("decoder.embedding.weight");
  }

  CacheShape cache() {
    return new CacheShape(decoderLayers, sizes.keyHeads, sizes.headDim());
  }
}

package bessemer.foundry.convert;

import bessemer.checkpoint.BadCheckpointException;
import bessemer.checkpoint.ConfigJson;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;

/// Which tensors a model has.
///
/// @param shapes of all tensors, in the order of the model
/// @param layers how many blocks it has
record Layout(SequencedMap<String, List<Long>> shapes, int layers, boolean tied) {

  static Layout of(ConfigJson config) {
    return switch (config.modelType()) {
      case "llama", "mistral", "qwen2", "qwen3" -> decoder(config);
      default ->
          throw new BadCheckpointException(
              config.file(),
              "model_type %s is not supported; supported are llama, mistral, qwen2, qwen3"
                  .formatted(BadCheckpointException.quoted(config.modelType())));
    };
  }

  private static Layout decoder(ConfigJson c) {
    boolean qwen2 = c.modelType().equals("qwen2");
    boolean qwen3 = c.modelType().equals("qwen3");
    long d = c.integer("hidden_size");
    long heads = c.integer("num_attention_heads");
    long kv = c.optionalInteger("num_key_value_heads").orElse((int) heads);
    long e = c.optionalInteger("head_dim").orElse(qwen3 ? 128 : (int) (d / heads));
    long f = c.integer("intermediate_size");
    long vocabulary = c.integer("vocab_size");
    boolean tied = c.optionalBool("tie_word_embeddings").orElse(false);
    boolean bias = c.optionalBool("attention_bias").orElse(false);
    boolean mlpBias = c.optionalBool("mlp_bias").orElse(false);
    int layers = c.integer("num_hidden_layers");
    var shapes = new LinkedHashMap<String, List<Long>>();
    shapes.put("model.embed_tokens.weight", List.of(vocabulary, d));
    for (int i = 0; i < layers; i++) {
      String p = "model.layers." + i + ".";
      shapes.put(p + "input_layernorm.weight", List.of(d));
      linear(shapes, p + "self_attn.q_proj", heads * e, d, bias || qwen2);
      linear(shapes, p + "self_attn.k_proj", kv * e, d, bias || qwen2);
      linear(shapes, p + "self_attn.v_proj", kv * e, d, bias || qwen2);
      linear(shapes, p + "self_attn.o_proj", d, heads * e, bias);
      if (qwen3) {
        shapes.put(p + "self_attn.q_norm.weight", List.of(e));
        shapes.put(p + "self_attn.k_norm.weight", List.of(e));
      }
      shapes.put(p + "post_attention_layernorm.weight", List.of(d));
      linear(shapes, p + "mlp.gate_proj", f, d, mlpBias);
      linear(shapes, p + "mlp.up_proj", f, d, mlpBias);
      linear(shapes, p + "mlp.down_proj", d, f, mlpBias);
    }
    shapes.put("model.norm.weight", List.of(d));
    if (!tied) {
      shapes.put("lm_head.weight", List.of(vocabulary, d));
    }
    return new Layout(shapes, layers, tied);
  }

  private static void linear(
      SequencedMap<String, List<Long>> shapes, String path, long out, long in, boolean bias) {
    shapes.put(path + ".weight", List.of(out, in));
    if (bias) {
      shapes.put(path + ".bias", List.of(out));
    }
  }

  /// Whether this is the weight of a linear or an embedding.
  boolean quantizable(String name) {
    return name.endsWith(".weight") && shapes.getOrDefault(name, List.of()).size() == 2;
  }

  /// Whether checkpoints may hold it although the model does without.
  boolean droppable(String name) {
    return name.endsWith("rotary_emb.inv_freq") || (tied && name.equals("lm_head.weight"));
  }
}

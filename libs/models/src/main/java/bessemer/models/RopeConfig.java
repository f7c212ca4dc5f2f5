package bessemer.models;

import bessemer.checkpoint.BadCheckpointException;
import bessemer.checkpoint.ConfigJson;
import bessemer.checkpoint.RopeParameters;
import bessemer.tensor.nn.Rope;
import bessemer.tensor.nn.RopeScaling;
import java.util.List;
import tools.jackson.databind.JsonNode;

/// How a configuration says that positions are rotated, in either spelling of transformers.
final class RopeConfig {
  private RopeConfig() {}

  /// @param headDim the width of a head, which per-pair factors must fit
  static Rope.Spec from(ConfigJson config, int headDim) {
    RopeParameters rope = config.ropeParameters();
    ConfigJson fields = rope.fields();
    if (fields.optionalNumber("partial_rotary_factor").orElse(1) != 1) {
      throw new BadCheckpointException(
          config.file(), "partial_rotary_factor is not supported: all of a head is rotated");
    }
    return new Rope.Spec(rope.theta(), scaling(rope.type(), fields, config, headDim));
  }

  private static RopeScaling scaling(
      String type, ConfigJson fields, ConfigJson config, int headDim) {
    return switch (type) {
      case "default" -> new RopeScaling.None();
      case "linear" -> new RopeScaling.Linear((float) fields.number("factor"));
      case "dynamic" ->
          new RopeScaling.Dynamic(
              (float) fields.number("factor"), config.integer("max_position_embeddings"));
      case "yarn" -> yarn(fields, config);
      case "longrope" -> longRope(fields, config, headDim);
      case "llama3" ->
          new RopeScaling.Llama3(
              (float) fields.number("factor"),
              (float) fields.number("low_freq_factor"),
              (float) fields.number("high_freq_factor"),
              original(fields, config));
      default ->
          throw new BadCheckpointException(
              config.file(),
              "rope_type \"%s\" is not supported; known are default, linear, dynamic, yarn, longrope,"
                      .formatted(type)
                  + " llama3");
    };
  }

  private static RopeScaling yarn(ConfigJson fields, ConfigJson config) {
    double factor = factor(fields, config);
    double attention =
        fields
            .optionalNumber("attention_factor")
            .orElseGet(() ->
                RopeScaling.Yarn.attentionFactor(
                    factor,
                    fields.optionalNumber("mscale").orElse(0),
                    fields.optionalNumber("mscale_all_dim").orElse(0)));
    return new RopeScaling.Yarn(
        factor,
        attention,
        fields.optionalNumber("beta_fast").orElse(32),
        fields.optionalNumber("beta_slow").orElse(1),
        original(fields, config),
        fields.optionalBool("truncate").orElse(true));
  }

  private static RopeScaling longRope(ConfigJson fields, ConfigJson config, int headDim) {
    long original = original(fields, config);
    double attention =
        fields
            .optionalNumber("attention_factor")
            .orElseGet(
                () -> RopeScaling.LongRope.attentionFactor(factor(fields, config), original));
    return new RopeScaling.LongRope(
        factors(fields, "short_factor", headDim / 2),
        factors(fields, "long_factor", headDim / 2),
        attention,
        original);
  }

  private static double factor(ConfigJson fields, ConfigJson config) {
    return fields
        .optionalNumber("factor")
        .orElseGet(
            () -> (double) config.integer("max_position_embeddings") / original(fields, config));
  }

  private static long original(ConfigJson fields, ConfigJson config) {
    return fields
        .optionalInteger("original_max_position_embeddings")
        .orElseGet(() ->
            config
                .optionalInteger("original_max_position_embeddings")
                .orElseGet(() -> config.integer("max_position_embeddings")));
  }

  private static float[] factors(ConfigJson fields, String field, int count) {
    List<JsonNode> values = fields.list(field);
    if (values.size() != count || !values.stream().allMatch(JsonNode::isNumber)) {
      throw new BadCheckpointException(
          fields.file(),
          "%s needs %d numbers, one for each pair of a head, and has %d entries"
              .formatted(field, count, values.size()));
    }
    float[] factors = new float[count];
    for (int i = 0; i < count; i++) {
      factors[i] = (float) values.get(i).asDouble();
    }
    return factors;
  }
}

package bessemer.foundry.train;

import bessemer.checkpoint.BadCheckpointException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/// A line of `metrics.jsonl`.
public sealed interface Metric {
  /// Steps done when it was measured.
  long step();

  /// A step.
  ///
  /// @param loss mean over the predictions, before the step
  record Trained(
      long step,
      double loss,
      double learningRate,
      double gradientNorm,
      long tokens,
      long predictions,
      Seconds seconds)
      implements Metric {
    /// Tokens a second, filled up ones included.
    public double rate() {
      return tokens / Math.max(1e-9, seconds.all());
    }
  }

  /// Where the time of a step went.
  record Seconds(double all, double forward, double backward, double optimizer) {}

  /// The mean loss of the examples that are kept for validation.
  record Validated(long step, double loss) implements Metric {}

  default String json() {
    ObjectNode node = JsonMapper.shared().createObjectNode().put("step", step());
    switch (this) {
      case Trained t ->
          node.put("loss", t.loss)
              .put("learning_rate", t.learningRate)
              .put("gradient_norm", t.gradientNorm)
              .put("tokens", t.tokens)
              .put("predictions", t.predictions)
              .put("seconds", t.seconds.all)
              .put("forward_seconds", t.seconds.forward)
              .put("backward_seconds", t.seconds.backward)
              .put("optimizer_seconds", t.seconds.optimizer);
      case Validated v -> node.put("valid_loss", v.loss);
    }
    return JsonMapper.shared().writeValueAsString(node);
  }

  /// @param file where the lines come from, for messages
  static List<Metric> parse(List<String> lines, Path file) {
    List<Metric> metrics = new ArrayList<>();
    for (String line : lines) {
      try {
        metrics.add(of(JsonMapper.shared().readTree(line)));
      } catch (JacksonException e) {
        if (metrics.size() + 1 < lines.size()) { // the last may be cut off by a kill
          throw new BadCheckpointException(
              file, "line %d is no measurement".formatted(metrics.size() + 1), e);
        }
      }
    }
    return metrics;
  }

  private static Metric of(JsonNode node) {
    long step = node.path("step").asLong();
    if (node.has("valid_loss")) {
      return new Validated(step, node.get("valid_loss").asDouble());
    }
    return new Trained(
        step,
        node.path("loss").asDouble(Double.NaN),
        node.path("learning_rate").asDouble(0),
        node.path("gradient_norm").asDouble(0),
        node.path("tokens").asLong(0),
        node.path("predictions").asLong(0),
        new Seconds(
            node.path("seconds").asDouble(0),
            node.path("forward_seconds").asDouble(0),
            node.path("backward_seconds").asDouble(0),
            node.path("optimizer_seconds").asDouble(0)));
  }
}

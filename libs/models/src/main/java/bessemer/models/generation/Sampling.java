package bessemer.models.generation;

import bessemer.tensor.Primitive.Draw;

/// How the next token is chosen. The steps apply in the order of the components, as in
/// transformers: the penalty changes logits, the temperature divides them, then top-k, top-p and
/// min-p each drop tokens, and one of the rest is drawn. The same seed draws the same tokens.
///
/// @param repetitionPenalty divides positive and multiplies negative logits of every token that the
///   prompt or the text has; 1 changes nothing
/// @param temperature 0 always takes the most likely token
/// @param topK keeps this many tokens; 0 keeps all
/// @param topP keeps the fewest most likely tokens that together reach this probability; 1 keeps
///   all
/// @param minP drops tokens less likely than this share of the most likely one; 0 drops none
public record Sampling(
    float repetitionPenalty, float temperature, int topK, float topP, float minP, long seed) {

  public Sampling {
    require(repetitionPenalty > 0, "repetition penalty", repetitionPenalty, "above 0");
    require(temperature >= 0, "temperature", temperature, "0 or above");
    require(topK >= 0, "top-k", topK, "0 or above");
    require(topP > 0 && topP <= 1, "top-p", topP, "above 0, at most 1");
    require(minP >= 0 && minP <= 1, "min-p", minP, "between 0 and 1");
    require(Float.isFinite(repetitionPenalty), "repetition penalty", repetitionPenalty, "finite");
    require(Float.isFinite(temperature), "temperature", temperature, "finite");
  }

  /// The most likely token, always.
  public static Sampling greedy() {
    return new Sampling(1, 0, 0, 1, 0, 0);
  }

  /// The model's own distribution at a temperature.
  public static Sampling at(float temperature, long seed) {
    return new Sampling(1, temperature, 0, 1, 0, seed);
  }

  /// Whether the choice is the largest logit as it comes from the model.
  public boolean plainGreedy() {
    return temperature == 0 && repetitionPenalty == 1;
  }

  /// Whether the choice needs nothing but the logits, and can be made where they are.
  boolean inGraph() {
    return repetitionPenalty == 1;
  }

  /// Those of a draw; there are none at temperature 0.
  Draw rules() {
    return new Draw(temperature, topK, topP, minP);
  }

  private static void require(boolean held, String name, Number value, String allowed) {
    if (!held) {
      throw new IllegalArgumentException(name + " is " + value + ", must be " + allowed);
    }
  }
}

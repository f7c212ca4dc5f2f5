package bessemer.gateway.dashboard;

import tools.jackson.databind.JsonNode;

/// One comparison of a component with PyTorch, as a parity report has it.
///
/// @param gate NaN where there is none
record Measurement(
    double max,
    double mean,
    double relative,
    double rmse,
    double cosine,
    double maxReference,
    String worst,
    double gate,
    String outcome) {
  private static final Measurement NONE =
      new Measurement(
          Double.NaN,
          Double.NaN,
          Double.NaN,
          Double.NaN,
          Double.NaN,
          Double.NaN,
          "",
          Double.NaN,
          "NOT_APPLICABLE");

  static Measurement of(JsonNode measured) {
    if (!measured.isObject()) {
      return NONE;
    }
    JsonNode figures = measured.path("figures");
    JsonNode worst = figures.path("worst");
    return new Measurement(
        number(figures.path("max_abs")),
        number(figures.path("mean_abs")),
        number(figures.path("max_relative")),
        number(figures.path("rmse")),
        number(figures.path("cosine")),
        number(figures.path("max_reference")),
        "%s: %s, PyTorch %s"
            .formatted(
                worst.path("index"),
                Show.number(number(worst.path("ours"))),
                Show.number(number(worst.path("reference")))),
        number(measured.path("gate")),
        measured.path("outcome").asString(""));
  }

  /// Reports write infinite and undefined numbers as text.
  static double number(JsonNode node) {
    if (node.isNumber()) {
      return node.doubleValue();
    }
    return switch (node.isString() ? node.stringValue() : "") {
      case "Infinity" -> Double.POSITIVE_INFINITY;
      case "-Infinity" -> Double.NEGATIVE_INFINITY;
      default -> Double.NaN;
    };
  }

  boolean isThere() {
    return !Double.isNaN(max) || !outcome.equals(NONE.outcome);
  }

  /// What the gate is compared with: the error in units of the largest value, or of 1.
  double scaled() {
    return max / Math.max(1, maxReference);
  }

  /// 1 is at the gate; NaN without one.
  double ofGate() {
    return scaled() / gate;
  }

  public String maxText() {
    return text(max);
  }

  public String meanText() {
    return text(mean);
  }

  public String relativeText() {
    return text(relative);
  }

  public String cosineText() {
    return Double.isNaN(cosine)
        ? "–"
        : String.format(java.util.Locale.ROOT, "%.9f", Math.floor(cosine * 1e9) / 1e9);
  }

  private static String text(double value) {
    return Double.isNaN(value) ? "–" : Show.number(value);
  }
}

package bessemer.gateway.dashboard;

import java.util.Locale;
import java.util.stream.DoubleStream;
import tools.jackson.databind.JsonNode;

/// A component of a parity report.
///
/// @param isolated with PyTorch's input
/// @param accumulated with the input that our model made
record ComponentRow(String path, String kind, Measurement isolated, Measurement accumulated) {

  static ComponentRow of(JsonNode component) {
    return new ComponentRow(
        component.path("path").asString(""),
        component.path("kind").asString("").toLowerCase(Locale.ROOT).replace('_', ' '),
        Measurement.of(component.path("isolated")),
        Measurement.of(component.path("accumulated")));
  }

  /// `failed`, `passed` or `measured`.
  public String outcome() {
    if (isolated.outcome().equals("FAILED") || accumulated.outcome().equals("FAILED")) {
      return "failed";
    }
    return isolated.outcome().equals("PASSED") || accumulated.outcome().equals("PASSED")
        ? "passed"
        : "measured";
  }

  /// The larger of both errors as a part of its gate; NaN without one.
  double ofGate() {
    return DoubleStream.of(isolated.ofGate(), accumulated.ofGate())
        .filter(share -> !Double.isNaN(share))
        .max()
        .orElse(Double.NaN);
  }

  public String ofGateText() {
    double share = ofGate();
    return Double.isNaN(share)
        ? "no gate"
        : share < 0.01 ? "< 1 %" : Math.round(100 * share) + " %";
  }

  public String maxReferenceText() {
    return Show.number(accumulated.maxReference());
  }
}

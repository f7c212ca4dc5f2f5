package bessemer.foundry.train;

import bessemer.models.LanguageModel;
import bessemer.tensor.Engine;
import bessemer.tensor.Gradients;
import bessemer.tensor.Scope;
import bessemer.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/// The cross entropy of the next token. Only the states whose predictions count reach the output
/// layer, some at a time, so that logits of a whole batch never exist.
///
/// @param chunk predictions at a time
record NextToken(Engine engine, LanguageModel model, int chunk) {
  private static final long LOGITS = 32L << 20; // numbers at a time

  static NextToken of(Engine engine, LanguageModel model) {
    return new NextToken(engine, model, (int) Math.clamp(LOGITS / model.vocabulary(), 16, 4096));
  }

  /// @param sum of the losses of all predictions
  /// @param gradient of `scale` times that by the states
  record Slope(double sum, Tensor gradient) {}

  /// @param states BLD
  Slope slope(Tensor states, Batch batch, float scale) {
    int[] places = batch.places();
    double sum = 0;
    try (Scope scope = engine.scope()) {
      Tensor rows = states.flatten(0, 1);
      List<Tensor> gradients = new ArrayList<>();
      for (int from = 0; from < places.length; from += chunk) {
        int[] some = Arrays.copyOfRange(places, from, Math.min(places.length, from + chunk));
        try (Scope part = engine.scope()) {
          Gradients.Slope slope =
              Gradients.by(chosen(rows, some), h -> losses(h, batch, some).times(scale));
          sum += slope.loss().item() / scale;
          gradients.add(part.keep(slope.gradient()));
        }
      }
      Tensor all = Tensor.concat(0, gradients.toArray(Tensor[]::new));
      Tensor spread = places.length == rows.dim(0) ? all : scattered(all, places, rows.dim(0));
      return new Slope(sum, scope.keep(spread.reshape(states.shape())));
    }
  }

  /// The sum of the losses of all predictions.
  double sum(Tensor states, Batch batch) {
    int[] places = batch.places();
    double sum = 0;
    Tensor rows = states.flatten(0, 1);
    for (int from = 0; from < places.length; from += chunk) {
      int[] some = Arrays.copyOfRange(places, from, Math.min(places.length, from + chunk));
      try (Scope _ = engine.scope()) {
        sum += losses(chosen(rows, some), batch, some).item();
      }
    }
    return sum;
  }

  private Tensor chosen(Tensor rows, int[] places) {
    return rows.gather(engine.of(places, places.length));
  }

  private Tensor scattered(Tensor rows, int[] places, long count) {
    return rows.scatter(engine.of(places, places.length), count);
  }

  private Tensor losses(Tensor states, Batch batch, int[] places) {
    int[] targets = Arrays.stream(places).map(place -> batch.targets()[place]).toArray();
    Tensor each = model.logits(states).crossEntropy(engine.of(targets, targets.length));
    return each.sum(0);
  }
}

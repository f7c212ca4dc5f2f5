package bessemer.foundry.train;

import bessemer.models.LanguageModel;
import bessemer.tensor.Engine;
import bessemer.tensor.Gradients;
import bessemer.tensor.Keep;
import bessemer.tensor.Parameter;
import bessemer.tensor.Scope;
import bessemer.tensor.Tensor;
import bessemer.tensor.nn.Dropout;
import bessemer.tensor.nn.Pass;
import bessemer.tensor.optim.Accumulated;
import bessemer.tensor.optim.Clipping;
import bessemer.tensor.optim.Optimizer;
import java.util.List;
import java.util.function.LongSupplier;

/// Steps of gradient descent on the next token.
public final class Trainer {

  /// What is trained, and how.
  ///
  /// @param keep of a pass until its gradient is known
  /// @param dropout of the adapters in the model
  /// @param longestGradient to which gradients are scaled down; infinity leaves them
  public record Subject(
      Engine engine,
      LanguageModel model,
      List<Parameter> parameters,
      Keep keep,
      Dropout dropout,
      Optimizer optimizer,
      float longestGradient) {}

  /// @param loss mean over the predictions, before the step
  /// @param gradientNorm before it was scaled down
  public record Stepped(
      double loss,
      float gradientNorm,
      long tokens,
      long predictions,
      long forwardNanos,
      long backwardNanos,
      long optimizerNanos) {}

  private final Subject subject;
  private final NextToken nextToken;
  private final LongSupplier nanos;
  private double sum;
  private long forward;
  private long backward;

  /// @param nanos the clock
  public Trainer(Subject subject, LongSupplier nanos) {
    this.subject = subject;
    this.nextToken = NextToken.of(subject.engine, subject.model);
    this.nanos = nanos;
  }

  /// One step on batches that count as one: each prediction has the same weight in it.
  ///
  /// @param key of the elements that are dropped out
  public Stepped step(List<Batch> parts, float rate, long key) {
    long predictions = parts.stream().mapToLong(Batch::predictions).sum();
    if (predictions == 0) {
      throw new IllegalArgumentException("no prediction of the batch counts");
    }
    sum = 0;
    forward = 0;
    backward = 0;
    try (Scope scope = subject.engine.scope()) {
      var gradients = new Accumulated(scope, subject.parameters.size());
      for (int i = 0; i < parts.size(); i++) {
        try (Scope _ = subject.engine.scope()) {
          gradients.add(gradients(parts.get(i), 1f / predictions, key * parts.size() + i));
        }
      }
      long begun = nanos.getAsLong();
      Clipping clipped = Clipping.of(gradients.values(), subject.longestGradient);
      subject.optimizer.step(clipped.gradients(), rate);
      long tokens = parts.stream().mapToLong(part -> part.tokens().length).sum();
      long spent = nanos.getAsLong() - begun;
      double loss = sum / predictions;
      return new Stepped(loss, clipped.norm(), tokens, predictions, forward, backward, spent);
    }
  }

  private List<Tensor> gradients(Batch batch, float scale, long key) {
    long begun = nanos.getAsLong();
    long[] turned = {begun};
    List<Tensor> gradients =
        subject.dropout.during( // of sections that are computed again, too
            key,
            () ->
                Gradients.through(
                    subject.engine,
                    subject.keep,
                    subject.parameters,
                    () -> states(batch),
                    states -> {
                      turned[0] = nanos.getAsLong();
                      NextToken.Slope slope = nextToken.slope(states, batch, scale);
                      sum += slope.sum();
                      return slope.gradient();
                    }));
    forward += turned[0] - begun;
    backward += nanos.getAsLong() - turned[0];
    return gradients;
  }

  private Tensor states(Batch batch) {
    Tensor tokens = subject.engine.of(batch.tokens(), batch.rows(), batch.length());
    return subject.model.states(Pass.of(tokens));
  }

  /// The mean loss of the predictions of some batches.
  public double loss(List<Batch> batches) {
    double total = 0;
    long predictions = 0;
    for (Batch batch : batches) {
      try (Scope _ = subject.engine.scope()) {
        total += nextToken.sum(states(batch), batch);
        predictions += batch.predictions();
      }
    }
    return total / predictions;
  }
}

package bessemer.tensor.optim;

/// The learning rate of each step, as a share of the highest.
public sealed interface Schedule {
  /// Always the whole.
  record Constant() implements Schedule {}

  /// Falls linearly from 1 to `floor` at the end.
  record Linear(long steps, float floor) implements Schedule {}

  /// Falls along half a cosine from 1 to `floor` at the end.
  record Cosine(long steps, float floor) implements Schedule {}

  /// Rises linearly for some steps, then follows another, which begins after them.
  record WarmedUp(long warmup, Schedule then) implements Schedule {}

  /// @param step from 0
  default float at(long step) {
    return switch (this) {
      case Constant _ -> 1;
      case Linear(long steps, float floor) -> floor + (1 - floor) * (1 - done(step, steps));
      case Cosine(long steps, float floor) ->
          (float) (floor + (1 - floor) * (1 + Math.cos(Math.PI * done(step, steps))) / 2);
      case WarmedUp(long warmup, Schedule then) ->
          step < warmup ? (float) (step + 1) / (warmup + 1) : then.at(step - warmup);
    };
  }

  private static float done(long step, long steps) {
    return steps <= 0 ? 1 : Math.clamp((float) step / steps, 0, 1);
  }
}

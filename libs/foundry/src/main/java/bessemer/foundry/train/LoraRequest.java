package bessemer.foundry.train;

import bessemer.foundry.BadRequestException;
import bessemer.tensor.Keep;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/// A model to adapt, to what, and where the result goes.
///
/// @param valid examples for validation; without them a share of the data is kept for it
/// @param out the directory of adapters, checkpoints and report
/// @param keep of a pass until its gradient is known; a run computes the same whatever it is
/// @param resume whether to go on from the last checkpoint there
public record LoraRequest(
    Path model,
    Path data,
    @Nullable Path valid,
    Path out,
    LoraSettings settings,
    Cadence cadence,
    Keep keep,
    boolean resume) {

  /// How often a run looks up from its work; it computes the same whatever this is.
  ///
  /// @param evaluateEvery steps between validations
  /// @param saveEvery steps between checkpoints
  /// @param validBatches the most in a validation
  public record Cadence(long evaluateEvery, long saveEvery, int validBatches) {
    public Cadence {
      if (evaluateEvery < 1 || saveEvery < 1 || validBatches < 1) {
        throw new BadRequestException("validation and checkpoints: every 1 step or more");
      }
    }

    boolean evaluates(long step, long steps) {
      return step % evaluateEvery == 0 || step == steps;
    }

    boolean saves(long step, long steps) {
      return step % saveEvery == 0 || step == steps;
    }
  }
}

package bessemer.foundry.convert;

import static bessemer.checkpoint.BadCheckpointException.quoted;

import bessemer.checkpoint.BadCheckpointException;
import bessemer.checkpoint.Checkpoint;
import bessemer.checkpoint.Planned;
import bessemer.checkpoint.StoredTensor;
import bessemer.foundry.Progress;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.stream.Stream;

/// Reads a result back and compares all of it with the source, by other code than the one that
/// wrote it: copies must be equal, casts within half a unit of the last place, quantized numbers
/// within one step of their group.
final class OutputCheck {
  private static final int REPORTED = 5;

  private final SourceModel source;
  private final Plan plan;
  private final Limits limits;
  private final Progress progress;

  OutputCheck(SourceModel source, Plan plan, Limits limits, Progress progress) {
    this.source = source;
    this.plan = plan;
    this.limits = limits;
    this.progress = progress;
  }

  /// @throws BadCheckpointException if anything is missing, extra or out of bounds
  CheckReport check(Path model) throws IOException {
    try (Checkpoint result = Checkpoint.open(model);
        ExecutorService workers = Executors.newFixedThreadPool(limits.threads())) {
      requireTensors(model, result);
      progress.total(plan.tensors().mapToLong(TensorPlan::sourceBytes).sum());
      List<TensorCheck.Sums> sums = new ArrayList<>();
      for (TensorPlan tensor : plan.tensors().toList()) {
        sums.add(check(tensor, result, workers));
        progress.advance(tensor.sourceBytes());
      }
      return report(sums);
    }
  }

  private void requireTensors(Path model, Checkpoint result) {
    var extra = new TreeSet<>(result.tensors().keySet());
    for (Planned planned : plan.tensors().flatMap(t -> t.outputs().stream()).toList()) {
      StoredTensor found = result.tensors().get(planned.name());
      extra.remove(planned.name());
      if (found == null
          || found.type() != planned.type()
          || !found.shape().equals(planned.shape())) {
        throw new BadCheckpointException(
            model, "the result lacks %s or has another tensor of this name".formatted(planned));
      }
    }
    if (!extra.isEmpty()) {
      throw new BadCheckpointException(model, "the result has tensors without a source: " + extra);
    }
  }

  private TensorCheck.Sums check(TensorPlan tensor, Checkpoint result, ExecutorService workers) {
    long step = Math.max(1, limits.tileElements() / Math.max(1, tensor.rowElements()));
    List<CompletableFuture<TensorCheck.Sums>> parts = new ArrayList<>();
    var check = new TensorCheck(source.checkpoint(), result, tensor);
    for (long from = 0; from < tensor.rows(); from += step) {
      long begin = from;
      long end = Math.min(tensor.rows(), from + step);
      parts.add(CompletableFuture.supplyAsync(() -> check.rows(begin, end), workers));
    }
    try {
      return parts.stream()
          .map(CompletableFuture::join)
          .reduce(TensorCheck.Sums.none(tensor.name()), TensorCheck.Sums::plus);
    } catch (CompletionException e) {
      if (e.getCause() instanceof RuntimeException cause) {
        throw cause;
      }
      throw e;
    }
  }

  private static CheckReport report(List<TensorCheck.Sums> sums) {
    List<CheckReport.Deviation> worst =
        lossy(sums)
            .map(TensorCheck.Sums::deviation)
            .sorted(Comparator.comparingDouble(CheckReport.Deviation::relativeRmse).reversed())
            .limit(REPORTED)
            .toList();
    TensorCheck.Sums all = lossy(sums).reduce(TensorCheck.Sums.none("all"), TensorCheck.Sums::plus);
    int exact = (int) sums.stream().filter(sum -> sum.squaredError() == 0).count();
    return new CheckReport(sums.size(), exact, worst, all.deviation().relativeRmse());
  }

  private static Stream<TensorCheck.Sums> lossy(List<TensorCheck.Sums> sums) {
    return sums.stream().filter(sum -> sum.squaredError() > 0);
  }

  static BadCheckpointException outOfBounds(StoredTensor tensor, long index, String what) {
    return new BadCheckpointException(
        tensor.file(),
        "the result is wrong: tensor %s, element %d: %s; this is an error of the converter"
            .formatted(quoted(tensor.name()), index, what));
  }
}

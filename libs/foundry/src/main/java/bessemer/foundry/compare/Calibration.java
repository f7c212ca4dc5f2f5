package bessemer.foundry.compare;

import bessemer.foundry.BadRequestException;
import bessemer.foundry.convert.Precision;
import bessemer.tensor.Scope;
import bessemer.tensor.Tensor;
import bessemer.tensor.nn.Source;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.BiConsumer;

/// Finds a step for the activations that go into each linear of a model, from what they are while
/// it reads texts: a language model each text, a translator each text and its own translation.
public record Calibration(Candidate.Setup setup, CalibrationMethod method) {
  private static final int LEVELS = 127;

  /// @param directory a model with weights of floats
  public Precision.Steps.Calibrated run(Path directory, List<String> texts) throws IOException {
    List<String> used = texts.stream().filter(text -> !text.isBlank()).toList();
    if (used.isEmpty()) {
      throw new BadRequestException("calibration needs texts, one a line");
    }
    SortedMap<String, Histogram> seen = new TreeMap<>();
    try (Candidate candidate =
        Candidate.open(setup, directory, base -> new Source.Watched(base, see(seen)))) {
      for (String text : used) {
        Candidate.Sample sample = candidate.sample(text);
        if (sample.target().isEmpty()) {
          continue;
        }
        try (Scope _ = candidate.engine().scope()) {
          candidate.logits(sample).evaluate();
        }
      }
    }
    SortedMap<String, Float> steps = new TreeMap<>();
    seen.forEach((path, histogram) -> {
      float step = method.threshold(histogram) / LEVELS;
      if (step >= Float.MIN_NORMAL) { // else only zeros came
        steps.put(path, step);
      }
    });
    return new Precision.Steps.Calibrated("%s of %d texts".formatted(method, used.size()), steps);
  }

  private static BiConsumer<String, Tensor> see(SortedMap<String, Histogram> seen) {
    return (path, x) -> seen.computeIfAbsent(path, _ -> new Histogram()).add(x.toFloats());
  }
}

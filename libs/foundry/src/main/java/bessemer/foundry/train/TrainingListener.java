package bessemer.foundry.train;

import java.nio.file.Path;

/// Hears how a run goes; what it throws ends the run, as a kill would.
public interface TrainingListener {
  void note(String line);

  /// @param steps of the whole run
  void trained(Metric.Trained step, long steps);

  void validated(Metric.Validated result);

  void saved(Path checkpoint);
}

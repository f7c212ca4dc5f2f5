package bessemer.foundry.convert;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/// `bessemer.json` of a result: what it was made from and how, and whether it was proved.
///
/// @param source where the weights come from
/// @param revision the commit; empty for a directory
/// @param sourceSha256 of the files that were read, as far as they are known
/// @param weightsSha256 of the files that were written
public record Lineage(
    String format,
    int version,
    State state,
    String source,
    String revision,
    Map<String, String> sourceSha256,
    Map<String, String> weightsSha256,
    String precision,
    String planner,
    List<String> dropped) {
  /// Beside the weights.
  public static final String FILE = "bessemer.json";

  public Lineage {
    sourceSha256 = new TreeMap<>(sourceSha256);
    weightsSha256 = new TreeMap<>(weightsSha256);
    dropped = List.copyOf(dropped);
  }

  /// Whether the result was compared with the original.
  public enum State {
    /// Not compared with PyTorch.
    UNPROVEN,
    /// Compared, within tolerance.
    PROVED,
    /// Quantized: runs as its files say, its quality beside the original was measured.
    MEASURED,
    /// Compared, and too far off.
    REJECTED
  }

  /// The record of the model in this directory.
  ///
  /// @throws bessemer.checkpoint.BadCheckpointException if it is damaged
  public static Lineage read(Path directory) throws IOException {
    return JsonFiles.read(directory.resolve(FILE), Lineage.class);
  }

  /// Records what a later comparison said of the model in this directory.
  public static void settle(Path directory, State state) throws IOException {
    JsonFiles.write(directory.resolve(FILE), read(directory).with(state));
  }

  Lineage with(State other) {
    return new Lineage(
        format,
        version,
        other,
        source,
        revision,
        sourceSha256,
        weightsSha256,
        precision,
        planner,
        dropped);
  }

  Lineage withSources(Map<String, String> sha256) {
    return new Lineage(
        format,
        version,
        state,
        source,
        revision,
        sha256,
        weightsSha256,
        precision,
        planner,
        dropped);
  }
}

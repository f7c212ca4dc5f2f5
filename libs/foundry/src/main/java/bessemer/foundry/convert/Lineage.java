package bessemer.foundry.convert;

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
    /// Compared, and too far off.
    REJECTED
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

package bessemer.foundry.convert;

import java.util.Map;
import java.util.TreeMap;

/// Where a source comes from, for the record that the result carries.
///
/// @param name such as `hf:org/name`, or the name of a directory
/// @param revision the commit, 40 hexadecimal digits; empty for a directory
/// @param sha256 of those files whose hash is known from the download, by file name
public record Origin(String name, String revision, Map<String, String> sha256) {
  public Origin {
    sha256 = Map.copyOf(new TreeMap<>(sha256));
  }

  public static Origin directory(String name) {
    return new Origin(name, "", Map.of());
  }
}

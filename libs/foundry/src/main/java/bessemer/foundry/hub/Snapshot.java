package bessemer.foundry.hub;

import java.util.List;
import java.util.Locale;

/// The files of a repository at one commit.
public record Snapshot(HubSource source, String commit, List<HubFile> files) {
  public Snapshot {
    files = List.copyOf(files);
    if (!isCommit(commit)) {
      throw new IllegalArgumentException("not a commit: \"" + commit + "\"");
    }
    if (files.stream().map(HubFile::path).distinct().count() != files.size()) {
      throw new IllegalArgumentException(source + " lists a file twice");
    }
  }

  /// Only the files that a conversion reads: configuration, tokenizer and weights at the top level;
  /// PyTorch archives only where there are no safetensors.
  public Snapshot forConversion() {
    boolean safetensors = files.stream().anyMatch(f -> isTopLevel(f, ".safetensors"));
    List<HubFile> wanted =
        files.stream().filter(f -> isText(f.path()) || isWeights(f, safetensors)).toList();
    return new Snapshot(source, commit, wanted);
  }

  /// Bytes of all files together.
  public long size() {
    return files.stream().mapToLong(HubFile::size).sum();
  }

  static boolean isCommit(String text) {
    return text.matches("[0-9a-f]{40}");
  }

  private static boolean isWeights(HubFile file, boolean safetensors) {
    return safetensors
        ? isTopLevel(file, ".safetensors") || isTopLevel(file, ".safetensors.index.json")
        : isTopLevel(file, ".bin") && !file.path().startsWith("training_args")
            || isTopLevel(file, ".bin.index.json");
  }

  private static boolean isTopLevel(HubFile file, String end) {
    return !file.path().contains("/") && file.path().toLowerCase(Locale.ROOT).endsWith(end);
  }

  private static boolean isText(String path) {
    return switch (path) {
      case "config.json",
          "generation_config.json",
          "special_tokens_map.json",
          "added_tokens.json",
          "vocab.json",
          "vocab.txt",
          "merges.txt" ->
          true;
      default -> isTokenizer(path);
    };
  }

  private static boolean isTokenizer(String path) {
    boolean named = path.startsWith("tokenizer") || path.endsWith(".jinja");
    return named && !path.contains("/");
  }
}

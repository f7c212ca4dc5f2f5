package bessemer.foundry.hub;

import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/// The files of a repository at one commit.
public record Snapshot(HubSource source, String commit, List<HubFile> files) {
  /// Enough for any model, and so few that sizes of [HubFile] add up without overflow.
  private static final int MAX_FILES = 100_000;

  public Snapshot {
    files = List.copyOf(files);
    if (files.size() > MAX_FILES) {
      throw new IllegalArgumentException(
          "%s lists %d files, at most %d are taken".formatted(source, files.size(), MAX_FILES));
    }
    if (!isCommit(commit)) {
      throw new IllegalArgumentException("not a commit: \"" + commit + "\"");
    }
    if (files.stream().map(HubFile::path).distinct().count() != files.size()) {
      throw new IllegalArgumentException(source + " lists a file twice");
    }
  }

  /// Only the files that a conversion reads, all at the top level: configuration, tokenizer,
  /// licence and one set of weights.
  public Snapshot forConversion() {
    Set<HubFile> weights = Set.copyOf(weights());
    List<HubFile> wanted =
        files.stream().filter(f -> weights.contains(f) || isText(f.path())).toList();
    return new Snapshot(source, commit, wanted);
  }

  /// Bytes of all files together.
  public long size() {
    return files.stream().mapToLong(HubFile::size).sum();
  }

  static boolean isCommit(String text) {
    return text.matches("[0-9a-f]{40}");
  }

  /// The first of these that there is, as the reader of checkpoints looks for them: an index with
  /// its shards or one file, safetensors before PyTorch archives; else the only safetensors, else
  /// the only `.pt`.
  private List<HubFile> weights() {
    for (String end : List.of(".safetensors", ".bin")) {
      String name = end.equals(".bin") ? "pytorch_model" : "model";
      if (has(name + end + ".index.json")) {
        return indexed(name, end);
      }
      if (has(name + end)) {
        return named(name + end);
      }
    }
    return Stream.of(".safetensors", ".pt")
        .map(this::topLevel)
        .filter(found -> found.size() == 1)
        .findFirst()
        .orElse(List.of());
  }

  /// The index and the shards it can name; all weights of its kind where none has the usual name.
  private List<HubFile> indexed(String name, String end) {
    Pattern usual = Pattern.compile(Pattern.quote(name) + "-.*-of-.*" + Pattern.quote(end));
    List<HubFile> all = topLevel(end);
    List<HubFile> shards = all.stream().filter(f -> usual.matcher(f.path()).matches()).toList();
    return Stream.of(named(name + end + ".index.json"), shards.isEmpty() ? all : shards)
        .flatMap(List::stream)
        .toList();
  }

  private boolean has(String path) {
    return !named(path).isEmpty();
  }

  private List<HubFile> named(String path) {
    return files.stream().filter(f -> f.path().equals(path)).toList();
  }

  private List<HubFile> topLevel(String end) {
    return files.stream().filter(f -> !f.path().contains("/") && f.path().endsWith(end)).toList();
  }

  private static boolean isText(String path) {
    return switch (path) {
      case "config.json",
          "generation_config.json",
          "special_tokens_map.json",
          "added_tokens.json",
          "chat_template.json",
          "vocab.json",
          "vocab.txt",
          "merges.txt" ->
          true;
      default -> !path.contains("/") && !path.endsWith(".py") && isTokenizerOrLicence(path);
    };
  }

  private static boolean isTokenizerOrLicence(String name) {
    return Stream.of("tokenizer", "LICENSE", "NOTICE").anyMatch(name::startsWith)
        || Stream.of(".jinja", ".tiktoken", ".model").anyMatch(name::endsWith);
  }
}

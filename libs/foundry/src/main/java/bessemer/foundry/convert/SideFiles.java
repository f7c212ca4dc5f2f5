package bessemer.foundry.convert;

import static bessemer.checkpoint.BadCheckpointException.quoted;

import bessemer.checkpoint.BadCheckpointException;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/// The files that go along with the weights: tokenizer, chat template, generation defaults,
/// license. Nothing that could be executed.
final class SideFiles {
  private static final Set<String> TOKENIZERS =
      Set.of("tokenizer.json", "vocab.json"); // and SentencePiece's, which are *.model
  private static final Set<String> OTHERS =
      Set.of(
          "added_tokens.json",
          "chat_template.jinja",
          "chat_template.json",
          "generation_config.json",
          "merges.txt",
          "special_tokens_map.json",
          "tokenizer_config.json");
  private static final long MAX_BYTES = 256L << 20;

  private SideFiles() {}

  static boolean isTokenizer(String name) {
    return TOKENIZERS.contains(name) || name.endsWith(".model") || name.endsWith(".tiktoken");
  }

  private static boolean belongs(Path file) {
    String name = String.valueOf(file.getFileName());
    boolean license = name.startsWith("LICENSE") || name.startsWith("NOTICE");
    return isTokenizer(name) || OTHERS.contains(name) || (license && !name.endsWith(".py"));
  }

  /// In order of their names.
  static List<Path> find(Path directory) throws IOException {
    List<Path> found = new ArrayList<>();
    try (DirectoryStream<Path> files =
        Files.newDirectoryStream(directory, file -> belongs(file) && Files.isRegularFile(file))) {
      files.forEach(found::add);
    }
    found.sort(null);
    return found;
  }

  /// Copies contents, never links.
  static void copy(Path from, Path to) throws IOException {
    for (Path file : find(from)) {
      requireInside(from, file);
      if (Files.size(file) > MAX_BYTES) {
        throw new BadCheckpointException(
            file, "has %d bytes, at most %d are copied".formatted(Files.size(file), MAX_BYTES));
      }
      Files.copy(file.toRealPath(), to.resolve(file.getFileName()), REPLACE);
    }
  }

  private static final StandardCopyOption REPLACE = StandardCopyOption.REPLACE_EXISTING;

  /// A link may lead to a place in the directory or, in a Hugging Face cache, to its `blobs`.
  private static void requireInside(Path directory, Path file) throws IOException {
    Path root = directory.toRealPath();
    Path real = file.toRealPath();
    Optional<Path> blobs =
        Optional.ofNullable(root.getParent())
            .filter(parent -> parent.endsWith("snapshots"))
            .map(parent -> parent.resolveSibling("blobs"));
    if (!real.startsWith(root) && blobs.filter(real::startsWith).isEmpty()) {
      throw new BadCheckpointException(
          file,
          "leads to %s, outside of its directory; put the file itself there"
              .formatted(quoted(real.toString())));
    }
  }
}

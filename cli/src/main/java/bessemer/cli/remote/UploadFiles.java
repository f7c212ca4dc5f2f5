package bessemer.cli.remote;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/// Which files of a directory are sent: those that a conversion reads, as with a repository of the
/// hub. Never code, and nothing that a link fetches from elsewhere.
final class UploadFiles {
  private static final String PACK = "reference.safetensors";
  private static final Set<String> TEXTS =
      Set.of(
          "config.json",
          "generation_config.json",
          "special_tokens_map.json",
          "added_tokens.json",
          "chat_template.json",
          "vocab.json",
          "vocab.txt",
          "merges.txt");

  private UploadFiles() {}

  /// Configuration, tokenizer, licence and one set of weights, in order of their names.
  static List<Path> ofSource(Path directory) throws IOException {
    Set<String> names = names(directory);
    Set<String> wanted = new TreeSet<>(weights(names));
    if (wanted.isEmpty()) {
      throw new NoSuchFileException(
          "%s has no weights: model.safetensors, pytorch_model.bin, their index files or one .pt"
              .formatted(directory));
    }
    names.stream().filter(UploadFiles::isText).forEach(wanted::add);
    return within(directory, wanted);
  }

  /// The two files of a reference pack.
  static List<Path> ofReference(Path directory) throws IOException {
    for (String file : List.of("reference.json", PACK)) {
      if (!Files.isRegularFile(directory.resolve(file))) {
        throw new NoSuchFileException(
            "%s is no reference pack (it has no %s; tools/reference/record.py makes one), and it"
                .formatted(directory, file));
      }
    }
    return within(directory, List.of("reference.json", PACK));
  }

  private static Set<String> names(Path directory) throws IOException {
    Set<String> names = new TreeSet<>();
    try (DirectoryStream<Path> files = Files.newDirectoryStream(directory, Files::isRegularFile)) {
      files.forEach(file -> names.add(file.getFileName().toString()));
    }
    names.remove(PACK); // may lie beside its source
    return names;
  }

  private static List<String> weights(Set<String> names) {
    for (String end : List.of(".safetensors", ".bin")) {
      String name = end.equals(".bin") ? "pytorch_model" : "model";
      String index = name + end + ".index.json";
      if (names.contains(index)) {
        return indexed(names, index, name, end);
      }
      if (names.contains(name + end)) {
        return List.of(name + end);
      }
    }
    return ending(names, ".pt");
  }

  /// The index and the shards it can name; all weights of its kind where none has the usual name.
  private static List<String> indexed(Set<String> names, String index, String name, String end) {
    Pattern usual = Pattern.compile(Pattern.quote(name) + "-.*-of-.*" + Pattern.quote(end));
    List<String> all = ending(names, end);
    List<String> shards = all.stream().filter(f -> usual.matcher(f).matches()).toList();
    return Stream.concat(Stream.of(index), (shards.isEmpty() ? all : shards).stream()).toList();
  }

  private static List<String> ending(Set<String> names, String end) {
    return names.stream().filter(name -> name.endsWith(end)).toList();
  }

  private static boolean isText(String name) {
    return TEXTS.contains(name)
        || (!name.endsWith(".py")
            && (Stream.of("tokenizer", "LICENSE", "NOTICE").anyMatch(name::startsWith)
                || Stream.of(".jinja", ".tiktoken", ".model").anyMatch(name::endsWith)));
  }

  private static List<Path> within(Path directory, Iterable<String> names) throws IOException {
    Path root = directory.toRealPath();
    List<Path> files = new ArrayList<>();
    for (String name : names) {
      Path file = directory.resolve(name);
      Path real = file.toRealPath();
      if (!real.startsWith(root) && !isBlob(root, real)) {
        throw new IOException(
            "%s leads to %s, outside of its directory; put the file itself there"
                .formatted(file, real));
      }
      files.add(file);
    }
    return files;
  }

  /// A Hugging Face cache links from `snapshots/<revision>` to its `blobs`.
  private static boolean isBlob(Path directory, Path file) {
    Path parent = directory.getParent();
    return parent != null
        && parent.endsWith("snapshots")
        && file.startsWith(parent.resolveSibling("blobs"));
  }
}

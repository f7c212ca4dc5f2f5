package bessemer.checkpoint;

import static bessemer.checkpoint.BadCheckpointException.quoted;

import bessemer.checkpoint.Checkpoint.Contents;
import bessemer.checkpoint.Pickled.Dict;
import bessemer.checkpoint.Pickled.Tensor;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;

/// Finds the tensors of a model in what training scripts save around them.
final class StateDict {
  private static final List<String> WRAPPERS = List.of("model_state_dict", "state_dict", "model");
  private static final String COMPILED = "_orig_mod.";
  private static final String PARALLEL = "module.";
  private static final int MAX_DEPTH = 16;
  private static final int MAX_ENTRIES = 1 << 18;
  private static final long MAX_CHARACTERS = 64 << 20; // of all names together
  private static final int MAX_PREFIXES = 4;

  private final Path file;
  private final Map<String, Tensor> tensors = new LinkedHashMap<>();
  private int entries;
  private long characters;

  private StateDict(Path file) {
    this.file = file;
  }

  /// The tensors of `root` under their names; nested dictionaries are joined with dots.
  static Map<String, Tensor> tensors(Path file, Pickled root) {
    if (!(root instanceof Dict dict)) {
      throw new BadCheckpointException(
          file, "holds " + root.kind() + " where a dictionary is expected; save a state dict");
    }
    var found = new StateDict(file);
    found.collect("", unwrapped(dict), 0);
    if (found.tensors.isEmpty()) {
      throw new BadCheckpointException(
          file, "holds no tensors under " + WRAPPERS + " or at the top; save a state dict");
    }
    return found.tensors;
  }

  private static Dict unwrapped(Dict root) {
    Dict dict = root;
    for (int depth = 0; depth < MAX_DEPTH; depth++) {
      Map<String, Pickled> items = dict.items();
      Dict inner =
          WRAPPERS.stream()
              .map(items::get)
              .filter(Dict.class::isInstance)
              .map(Dict.class::cast)
              .findFirst()
              .orElse(null);
      if (inner == null) {
        return dict;
      }
      dict = inner;
    }
    return dict;
  }

  private void collect(String prefix, Dict dict, int depth) {
    if (depth > MAX_DEPTH) {
      throw new BadCheckpointException(
          file, "dictionaries are nested more than " + MAX_DEPTH + " deep: " + quoted(prefix));
    }
    dict.items()
        .forEach((key, value) -> {
          count(prefix.length() + (long) key.length());
          if (value instanceof Tensor tensor) {
            put(prefix + key, tensor);
          } else if (value instanceof Dict inner) {
            collect(prefix + key + ".", inner, depth + 1);
          }
        });
  }

  /// A pickle may refer to the same dictionary many times, so a small one can have many names.
  private void count(long name) {
    entries++;
    characters += name;
    if (entries > MAX_ENTRIES || characters > MAX_CHARACTERS) {
      throw new BadCheckpointException(
          file,
          "more than %d entries, or %d characters in their names"
              .formatted(MAX_ENTRIES, MAX_CHARACTERS));
    }
  }

  private void put(String name, Tensor tensor) {
    if (tensors.put(name, tensor) != null) {
      throw new BadCheckpointException(file, "two tensors are named " + quoted(name));
    }
  }

  /// The same tensors without the prefixes that wrappers of the model put before the names.
  static Contents withoutWrappers(Path file, Contents contents) {
    Map<String, Located> located = contents.located();
    for (int wrapper = 0; wrapper < MAX_PREFIXES; wrapper++) {
      located = withoutWrapper(file, located);
    }
    return new Contents(contents.metadata(), located);
  }

  private static Map<String, Located> withoutWrapper(Path file, Map<String, Located> located) {
    Predicate<String> parallel = name -> name.startsWith(PARALLEL);
    String prefix = located.keySet().stream().allMatch(parallel) ? PARALLEL : COMPILED;
    Map<String, Located> shorter = new LinkedHashMap<>();
    located.forEach((name, entry) -> {
      String rest = name.startsWith(prefix) ? name.substring(prefix.length()) : name;
      Located renamed = new Located(entry.tensor().named(rest), entry.bytes());
      if (shorter.put(rest, renamed) != null) {
        throw new BadCheckpointException(
            file, "two tensors are named %s without their prefixes".formatted(quoted(rest)));
      }
    });
    return shorter;
  }
}

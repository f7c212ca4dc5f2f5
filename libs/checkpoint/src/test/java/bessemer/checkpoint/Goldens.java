package bessemer.checkpoint;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/// Checkpoints written by `tools/goldens/checkpoints.py` with PyTorch and safetensors.
final class Goldens {
  /// Files that are checkpoints, and what is in them.
  static final List<String> VALID =
      List.of(
          "every-type.safetensors",
          "sharded-safetensors",
          "sharded-pytorch",
          "types.pt",
          "protocol4.pt",
          "views.pt",
          "training.pt",
          "module.pt",
          "nested.pt");

  private Goldens() {}

  record Expected(String name, String type, List<Long> shape, String hex) {}

  static Path path(String name) {
    try {
      return Path.of(Goldens.class.getResource("/goldens/checkpoints/" + name).toURI());
    } catch (URISyntaxException e) {
      throw new IllegalStateException(name, e);
    }
  }

  static byte[] bytes(String name) {
    try {
      return Files.readAllBytes(path(name));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static List<Expected> expected(String name) {
    ObjectNode all = (ObjectNode) JsonMapper.shared().readTree(path("expected.json").toFile());
    return all.get(name)
        .valueStream()
        .map(tensor ->
            new Expected(
                tensor.get("name").stringValue(),
                tensor.get("type").stringValue(),
                tensor.get("shape").valueStream().map(dim -> dim.longValue()).toList(),
                tensor.get("hex").stringValue()))
        .toList();
  }
}

package bessemer.foundry.evaluate;

import bessemer.checkpoint.BadCheckpointException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.json.JsonMapper;

/// What became of a chunk.
///
/// @param hypotheses one for each of its lines, in their order
/// @param seconds that took
/// @param search how it was done, in words
public record Translated(List<String> hypotheses, double seconds, String search) {
  private static final JsonMapper JSON = new JsonMapper();

  public Translated {
    hypotheses = List.copyOf(hypotheses);
  }

  public String json() {
    return JSON.writeValueAsString(this) + "\n";
  }

  /// @throws BadCheckpointException if the file is no result of a chunk
  public static Translated read(Path file) throws IOException {
    try {
      return JSON.readValue(Files.readAllBytes(file), Translated.class);
    } catch (JacksonException e) {
      throw new BadCheckpointException(file, "holds no translations: " + e.getOriginalMessage(), e);
    }
  }
}

package bessemer.models;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;

/// What PyTorch's greedy generation made of a prompt, for tests of other packages.
public record GoldenTexts(Path directory, List<Integer> prompt, List<Integer> tokens) {
  public static List<String> names() {
    return Golden.names();
  }

  public static GoldenTexts of(String name) throws IOException {
    try (Golden golden = Golden.open(name)) {
      return new GoldenTexts(
          golden.directory(), list(golden.greedyPrompt()), list(golden.greedyTokens()));
    }
  }

  private static List<Integer> list(int[] tokens) {
    return Arrays.stream(tokens).boxed().toList();
  }
}

package bessemer.cli;

import bessemer.models.generation.Sampling;
import bessemer.models.translation.SearchOptions;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/// Words of a translation that are drawn instead of searched for.
final class DrawingOptions {
  @Option(
      names = "--temperature",
      paramLabel = "T",
      description = "Above 0: draw words instead of taking the likeliest; without beams.")
  private float temperature;

  @Option(names = "--top-k", paramLabel = "K", description = "Draw among the K likeliest.")
  private int topK;

  @Option(
      names = "--top-p",
      paramLabel = "P",
      description = "Draw among the likeliest that together reach P.")
  private float topP = 1;

  @Option(
      names = "--seed",
      paramLabel = "S",
      description = "The same draws the same, whatever is translated with it. Default 0.")
  private long seed;

  boolean wanted() {
    return temperature != 0 || topK != 0 || topP != 1;
  }

  /// For the gateway, where null is what is usual.
  @Nullable Double temperature() {
    return temperature == 0 ? null : decimal(temperature);
  }

  @Nullable Integer topK() {
    return topK == 0 ? null : topK;
  }

  @Nullable Double topP() {
    return topP == 1 ? null : decimal(topP);
  }

  @Nullable Long seed() {
    return wanted() ? seed : null;
  }

  /// As it was written: 0.7 and not the double next to the float 0.7.
  private static double decimal(float number) {
    return Double.parseDouble(Float.toString(number));
  }

  /// A search with one row that is drawn, if that is wanted: nobody who asks for a temperature
  /// wants the beams that a model's settings have.
  ///
  /// @param search without drawing
  /// @param beams whether they were asked for
  /// @throws IllegalArgumentException if the choices contradict each other
  SearchOptions over(SearchOptions search, boolean beams) {
    if (!wanted()) {
      return search;
    }
    if (temperature == 0) {
      throw new IllegalArgumentException(
          "--top-k and --top-p choose what is drawn from: add --temperature, such as 1");
    }
    return new SearchOptions(
        beams ? search.beams() : 1,
        search.maxLength(),
        search.lengthPenalty(),
        search.noRepeatNgram(),
        search.earlyStopping(),
        new Sampling(1, temperature, topK, topP, 0, seed));
  }
}

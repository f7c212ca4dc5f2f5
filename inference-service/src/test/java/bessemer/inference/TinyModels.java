package bessemer.inference;

import bessemer.foundry.Progress;
import bessemer.foundry.convert.Conversion;
import bessemer.foundry.convert.ConversionSpec;
import bessemer.foundry.convert.Disk;
import bessemer.foundry.convert.Lineage;
import bessemer.foundry.convert.Precision;
import bessemer.foundry.convert.Recipe;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.stream.Stream;

/// The bundled example as conversion makes it: real weights, real answers.
public final class TinyModels {
  private static final Path SOURCE = Path.of("../examples/tiny-llama");

  /// What transformers makes of its texts is in `reference.json` beside it.
  public static final Path TRANSLATOR =
      Path.of("../libs/models/src/test/resources/translation/nllb-trained");

  /// What PyTorch answers greedily, by the recorded reference beside the source.
  public static final String QUESTION = "What is the capital of Denmark?";

  public static final String ANSWER = "The capital of Denmark is Copenhagen.";

  /// A longer one, which has every kind of token.
  public static final String LONG_QUESTION = "Tell me a story.";

  private TinyModels() {}

  /// Converts as it is.
  public static Path convert(Path output) throws IOException {
    return convert(output, new Precision.Keep());
  }

  /// Converts to 4 bits.
  public static Path quantize(Path output) throws IOException {
    return convert(output, new Precision.Affine(Recipe.uniform(4, 32), new Precision.Keep()));
  }

  /// A tiny translator of letters.
  public static Path translator(Path output) throws IOException {
    return convert(TRANSLATOR, output, new Precision.Keep());
  }

  private static Path convert(Path output, Precision precision) throws IOException {
    return convert(SOURCE, output, precision);
  }

  private static Path convert(Path source, Path output, Precision precision) throws IOException {
    var spec = new ConversionSpec(source, output, precision);
    try (Conversion conversion = Conversion.open(spec, Disk.real(), Progress.silent())) {
      conversion.convertShards();
      conversion.assemble();
      conversion.check();
      return conversion.settle(Lineage.State.UNPROVEN);
    }
  }

  /// The same weights with room for so many positions.
  public static Path lengthen(Path model, Path output, int positions) throws IOException {
    copy(model, output);
    Path config = output.resolve("config.json");
    String text = Files.readString(config);
    Files.writeString(
        config,
        text.replaceFirst(
            "\"max_position_embeddings\"\\s*:\\s*\\d+",
            "\"max_position_embeddings\": " + positions));
    return output;
  }

  /// The same without a chat template.
  public static Path withoutTemplate(Path model, Path output) throws IOException {
    copy(model, output);
    Files.delete(output.resolve("chat_template.jinja"));
    return output;
  }

  public static void copy(Path model, Path output) throws IOException {
    Files.createDirectories(output);
    try (Stream<Path> files = Files.list(model)) {
      for (Path file : files.toList()) {
        Files.copy(file, output.resolve(file.getFileName()), StandardCopyOption.REPLACE_EXISTING);
      }
    }
  }

  public static long bytes(Path model) throws IOException {
    long sum = 0;
    try (Stream<Path> files = Files.list(model)) {
      for (Path file : files.toList()) {
        sum += Files.size(file);
      }
    }
    return sum;
  }
}

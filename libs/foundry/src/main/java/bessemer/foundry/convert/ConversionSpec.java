package bessemer.foundry.convert;

import bessemer.foundry.BadRequestException;
import java.nio.file.Path;

/// What to convert, how, and where to.
///
/// @param source a directory with `config.json` and the weights
/// @param output the directory to create
/// @param title what its model card is headed
/// @param replace whether an existing result of an earlier conversion gives way
public record ConversionSpec(
    Path source,
    Path output,
    String title,
    Precision precision,
    Origin origin,
    Limits limits,
    boolean replace) {
  public ConversionSpec {
    source = source.toAbsolutePath().normalize();
    output = output.toAbsolutePath().normalize();
    if (output.getFileName() == null || output.getParent() == null) {
      throw new BadRequestException(output + " cannot be created; name a new directory");
    }
    if (output.startsWith(source) || source.startsWith(output)) {
      throw new BadRequestException(
          "output %s and source %s must not lie in each other".formatted(output, source));
    }
    title = title.isEmpty() ? output.getFileName().toString() : title;
  }

  /// Headed by the name of the output.
  public ConversionSpec(
      Path source,
      Path output,
      Precision precision,
      Origin origin,
      Limits limits,
      boolean replace) {
    this(source, output, "", precision, origin, limits, replace);
  }

  /// A directory with standard limits; an existing output is refused.
  public ConversionSpec(Path source, Path output, Precision precision) {
    this(
        source,
        output,
        precision,
        Origin.directory(String.valueOf(source.toAbsolutePath().normalize().getFileName())),
        Limits.standard(),
        false);
  }

  public ConversionSpec withLimits(Limits other) {
    return new ConversionSpec(source, output, title, precision, origin, other, replace);
  }

  public ConversionSpec replacing() {
    return new ConversionSpec(source, output, title, precision, origin, limits, true);
  }
}

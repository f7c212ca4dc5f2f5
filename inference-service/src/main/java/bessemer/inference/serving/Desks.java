package bessemer.inference.serving;

import bessemer.checkpoint.ConfigJson;
import bessemer.models.Models;
import bessemer.tensor.Engine;
import java.io.IOException;
import java.nio.file.Path;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/// Brings models into memory, each on the thread that calls.
///
/// @param engines makes an engine of the thread that calls it
/// @param nanos the clock
record Desks(Supplier<Engine> engines, Residents.Limits limits, LongSupplier nanos) {

  /// What the files are decides, whatever the catalogue says.
  Desk open(String name, Path directory, Meters.OfModel meters) throws IOException {
    if (Models.translates(ConfigJson.read(directory.resolve("config.json")))) {
      Interpreter interpreter = Interpreter.open(directory, engines, limits);
      return new TranslationDesk(name, interpreter, limits, meters, nanos);
    }
    Speaker speaker = Speaker.open(directory, engines, limits.cache(), limits.batch(), nanos);
    return new TextDesk(name, speaker, limits, meters, nanos);
  }
}

package bessemer.conversion.job;

import bessemer.checkpoint.ConfigJson;
import bessemer.contracts.Artifact;
import bessemer.contracts.ConvertSpec;
import bessemer.db.Json;
import bessemer.db.catalogue.Catalogue;
import bessemer.db.catalogue.Published;
import bessemer.foundry.BadRequestException;
import bessemer.foundry.FileHash;
import bessemer.foundry.convert.Lineage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.Stream;

/// Puts finished models into the catalogue.
final class Results {
  private final Catalogue catalogue;

  Results(Catalogue catalogue) {
    this.catalogue = catalogue;
  }

  /// @throws BadRequestException if the name is taken and nobody asked to replace it
  void requireFree(ConvertSpec spec) {
    if (!spec.replace() && catalogue.directory(spec.name()).isPresent()) {
      throw taken(spec);
    }
  }

  private static BadRequestException taken(ConvertSpec spec) {
    return new BadRequestException(
        "the model '%s' exists; choose another name or ask to replace it (replace, --replace)"
            .formatted(spec.name()));
  }

  /// Reads what the catalogue will say. It hashes what nobody has hashed yet, so this is done
  /// before the transaction.
  Published describe(Path model, ConvertSpec spec, UUID job) throws IOException {
    Lineage lineage = Lineage.read(model);
    List<Artifact> files = new ArrayList<>();
    try (Stream<Path> found = Files.list(model)) {
      for (Path file : found.sorted().toList()) {
        String name = String.valueOf(file.getFileName());
        String known = lineage.weightsSha256().get(name);
        files.add(
            new Artifact(name, Files.size(file), known == null ? FileHash.sha256(file) : known));
      }
    }
    Map<String, Object> record = Json.map(Files.readString(model.resolve(Lineage.FILE)));
    return new Published(
        spec.name(),
        String.valueOf(model.getFileName()),
        spec.to(),
        ConfigJson.read(model.resolve("config.json")).modelType(),
        lineage.precision(),
        lineage.state().name().toLowerCase(Locale.ROOT),
        record,
        files,
        job);
  }

  /// Inside the transaction that ends the job.
  ///
  /// @return the folder that gave way
  /// @throws BadRequestException if another job took the name meanwhile
  Optional<String> publish(Published model, ConvertSpec spec) {
    catalogue.reserve(spec.name());
    requireFree(spec);
    return catalogue.publish(model);
  }
}

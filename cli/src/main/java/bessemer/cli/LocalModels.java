package bessemer.cli;

import bessemer.checkpoint.BadCheckpointException;
import bessemer.foundry.convert.Lineage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/// The models that were converted here, without services.
record LocalModels(Console console, Home home) {
  /// @param bytes of the weights
  record Entry(String name, String state, String source, String precision, long bytes) {}

  void print(boolean json) throws IOException {
    List<Entry> entries = entries();
    if (json) {
      console.out().println(Json.of(entries));
    } else if (entries.isEmpty()) {
      console.note(
          "no models in " + home.models() + ": bessemer convert SOURCE --name NAME --local");
    } else {
      var table = new Table().row("NAME", "STATE", "SIZE", "PRECISION", "SOURCE");
      entries.forEach(
          e -> table.row(e.name(), e.state(), Sizes.bytes(e.bytes()), e.precision(), e.source()));
      console.out().print(table);
    }
  }

  private List<Entry> entries() throws IOException {
    List<Entry> entries = new ArrayList<>();
    if (!Files.isDirectory(home.models())) {
      return entries;
    }
    try (Stream<Path> folders = Files.list(home.models())) {
      for (Path folder : folders.sorted().toList()) {
        if (Files.exists(folder.resolve(Lineage.FILE)) && !hidden(folder)) {
          entries.add(entry(folder));
        }
      }
    }
    return entries;
  }

  private static boolean hidden(Path folder) {
    return String.valueOf(folder.getFileName()).startsWith(".");
  }

  private static Entry entry(Path folder) throws IOException {
    String name = String.valueOf(folder.getFileName());
    try {
      Lineage lineage = Lineage.read(folder);
      return new Entry(
          name,
          lineage.state().name().toLowerCase(java.util.Locale.ROOT),
          lineage.source(),
          lineage.precision(),
          weights(folder));
    } catch (BadCheckpointException e) {
      return new Entry(name, "damaged", String.valueOf(e.getMessage()), "", 0);
    }
  }

  private static long weights(Path folder) throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      long bytes = 0;
      for (Path file : files.filter(f -> f.toString().endsWith(".safetensors")).toList()) {
        bytes += Files.size(file);
      }
      return bytes;
    }
  }
}

package bessemer.foundry.train;

import bessemer.checkpoint.text.Tokenizer;
import bessemer.foundry.BadRequestException;
import bessemer.foundry.FileHash;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/// The examples of a run.
///
/// @param valid in batches, empty where nothing is kept for validation
/// @param sha256 of the file
/// @param validSha256 of the file for validation; empty without one
record TrainingData(
    List<Example> train, List<Batch> valid, String sha256, String validSha256, List<String> notes) {

  static TrainingData read(LoraRequest request, int contextLength, Path cache) throws IOException {
    LoraSettings settings = request.settings();
    int longest = Math.min(settings.maxLength(), contextLength);
    List<String> notes = new ArrayList<>();
    List<Example> all;
    List<Example> kept;
    try (Tokenizer tokenizer = Tokenizer.load(request.model(), cache)) {
      var reader =
          new ExampleReader(tokenizer, new ExampleReader.Settings(longest, settings.wholeTexts()));
      all = read(reader, request.data(), longest, notes);
      kept = request.valid() == null ? List.of() : read(reader, request.valid(), longest, notes);
    }
    if (request.valid() == null) {
      int count = (int) (all.size() * settings.validShare());
      int[] order = Order.shuffle(all.size(), settings.seed());
      List<Example> whole = all;
      kept = part(whole, order, 0, count);
      all = part(whole, order, count, order.length);
    }
    String validSha256 = request.valid() == null ? "" : FileHash.sha256(request.valid());
    return new TrainingData(
        all, batches(kept, request), FileHash.sha256(request.data()), validSha256, notes);
  }

  private static List<Example> read(
      ExampleReader reader, Path file, int longest, List<String> notes) throws IOException {
    ExampleReader.Read read = reader.read(file);
    if (read.cut() > 0) {
      notes.add(
          "%s: %d examples are longer than %d tokens and were cut"
              .formatted(file, read.cut(), longest));
    }
    if (read.empty() > 0) {
      notes.add(
          "%s: %d examples have no prediction that counts and were left out"
              .formatted(file, read.empty()));
    }
    return read.examples();
  }

  private static List<Example> part(List<Example> all, int[] order, int from, int to) {
    List<Example> part = new ArrayList<>();
    for (int i = from; i < to; i++) {
      part.add(all.get(order[i]));
    }
    if (part.isEmpty() && to == order.length) {
      throw new BadRequestException("no example is left to train on: keep fewer for validation");
    }
    return part;
  }

  private static List<Batch> batches(List<Example> examples, LoraRequest request) {
    int size = request.settings().batch();
    List<Batch> batches = new ArrayList<>();
    for (int from = 0; from < examples.size(); from += size) {
      if (batches.size() < request.cadence().validBatches()) {
        batches.add(Batch.of(examples.subList(from, Math.min(examples.size(), from + size))));
      }
    }
    return batches;
  }
}

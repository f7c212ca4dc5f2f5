package bessemer.foundry.parity;

import bessemer.checkpoint.Checkpoint;
import bessemer.checkpoint.StoredTensor;
import bessemer.foundry.parity.ParityReport.Check;
import bessemer.foundry.parity.ParityReport.Outcome;
import bessemer.foundry.parity.ReferencePack.Source;
import bessemer.models.TranslationModel;
import bessemer.tensor.Parameter;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/// What must hold within a translator besides: a source means the same alone and padded beside
/// longer ones, and there is one embedding.
///
/// @param source one row
/// @param tokens of its translation
record TranslationChecks(
    Subject subject,
    TranslationModel model,
    Checkpoint files,
    Source source,
    List<Integer> tokens) {

  List<Check> run() {
    return List.of(paddedSources(), oneEmbedding());
  }

  /// The source, its first half and its first third in one batch, and each alone.
  private Check paddedSources() {
    List<Integer> whole = source.tokens().getFirst();
    int length = whole.size();
    if (length < 2) {
      return new Check(
          "padded sources = unpadded", Outcome.NOT_APPLICABLE, "the source is too short");
    }
    List<Integer> lengths = List.of(length, (length + 1) / 2, (length + 2) / 3);
    List<List<Integer>> padded = new ArrayList<>();
    float[] expected = new float[0];
    for (int some : lengths) {
      List<Integer> row = whole.subList(0, some);
      List<Integer> filled = new ArrayList<>(row);
      filled.addAll(Collections.nCopies(length - some, model.marks().padding()));
      padded.add(filled);
      expected = Checks.joined(expected, subject.logits(List.of(Source.of(row)), List.of(tokens)));
    }
    var batch = new Source(padded, lengths, List.of());
    float[] got = subject.logits(List.of(batch), Collections.nCopies(lengths.size(), tokens));
    return Checks.compared("padded sources = unpadded", got, expected);
  }

  /// Checkpoints may hold the embedding again, for the encoder, the decoder and the head. Those are
  /// not read, so they must be the same.
  private Check oneEmbedding() {
    String name = "one embedding";
    Optional<String> embedding =
        subject.parameters().stream()
            .map(Parameter::path)
            .filter(path -> Kind.of(path.replaceFirst("\\.weight$", "")) == Kind.EMBEDDING)
            .findFirst();
    if (embedding.isEmpty()) {
      return new Check(name, Outcome.NOT_APPLICABLE, "no weight is known as the embedding");
    }
    List<String> copies = copies();
    List<String> others = copies.stream().filter(copy -> !isSame(copy, embedding.get())).toList();
    if (!others.isEmpty()) {
      String detail = "not the same numbers as " + embedding.get() + ": ";
      return new Check(name, Outcome.FAILED, detail + String.join(", ", others));
    }
    String detail =
        copies.isEmpty()
            ? embedding.get() + ", stored once"
            : "%s, and %d copies of the same numbers".formatted(embedding.get(), copies.size());
    return new Check(name, Outcome.PASSED, detail);
  }

  /// What the files hold and the model did not load, which loading allows of nothing else but
  /// tables.
  private List<String> copies() {
    var loaded = subject.parameters().stream().map(Parameter::path).collect(Collectors.toSet());
    return files.tensors().keySet().stream()
        .filter(name -> !loaded.contains(name))
        .filter(name -> !name.endsWith("embed_positions.weights"))
        .toList();
  }

  private boolean isSame(String copy, String embedding) {
    StoredTensor one = files.tensors().get(copy);
    StoredTensor other = files.tensors().get(embedding);
    return one != null
        && other != null
        && one.type() == other.type()
        && one.shape().equals(other.shape())
        && files.data(copy).mismatch(files.data(embedding)) < 0;
  }
}

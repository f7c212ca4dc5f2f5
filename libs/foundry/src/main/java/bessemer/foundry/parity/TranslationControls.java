package bessemer.foundry.parity;

import bessemer.foundry.parity.ComponentRun.Result;
import bessemer.foundry.parity.Measuring.Run;
import bessemer.foundry.parity.ParityReport.Control;
import bessemer.foundry.parity.ReferencePack.Case;
import bessemer.foundry.parity.ReferencePack.Component;
import bessemer.foundry.parity.ReferencePack.Source;
import bessemer.models.LanguageModel;
import bessemer.models.TranslationModel;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Plants the mistakes that converters of translators really made. Those in weights are looked for
/// in the first block of encoder and decoder; those in how the model is run where they first show.
///
/// @param full a case with everything in it
/// @param padded a case with sources of different length, if the pack has one
record TranslationControls(
    Subject subject,
    TranslationModel model,
    ReferencePack pack,
    Tolerances tolerances,
    Run full,
    Optional<Run> padded) {
  private static final Pattern BLOCK = Pattern.compile("(.*)\\.layers\\.\\d+(\\..*)?");
  private static final float DIVERGENCE = 0.05f; // of a copy of the embedding that went on alone

  List<Control> run() {
    List<Control> controls = new ArrayList<>();
    stack(Side.ENCODER).ifPresent(block -> controls.addAll(inBlock("encoder", block)));
    stack(Side.DECODER)
        .ifPresent(block -> {
          controls.addAll(inBlock("decoder", block));
          controls.addAll(inCrossAttention(block));
        });
    controls.addAll(languages());
    controls.addAll(embeddings());
    controls.addAll(padding());
    controls.add(offset());
    return controls;
  }

  /// The first block of the encoder or the decoder.
  private Optional<String> stack(Side side) {
    return full.recorded().components().stream()
        .map(Component::path)
        .filter(path -> Side.of(path) == side)
        .map(BLOCK::matcher)
        .filter(Matcher::matches)
        .map(matcher -> matcher.group(1) + ".layers.0")
        .findFirst();
  }

  private Trial trial(Run run) {
    Result isolated = Objects.requireNonNull(run.isolated());
    return new Trial(subject, pack, run.recorded(), tolerances, isolated);
  }

  private Defects defects(String block, String attention) {
    var place = new Defects.Place(block, attention, attention + "_layer_norm");
    return new Defects(subject, pack, full.recorded(), tolerances, place);
  }

  private List<Control> inBlock(String stack, String block) {
    Trial trial = trial(full);
    Defects defects = defects(block, "self_attn");
    return List.of(
        trial.of("perturbed weight, " + stack, defects.perturbedWeight()),
        trial.of("transposed matrix, " + stack, defects.transposedMatrix()),
        trial.of("swapped q and k, " + stack, defects.swappedQueriesAndKeys()),
        trial.of("missing bias, " + stack, defects.missingBias()));
  }

  private List<Control> inCrossAttention(String block) {
    Trial trial = trial(full);
    Defects cross = defects(block, "encoder_attn");
    return List.of(
        trial.of("perturbed weight, cross-attention", cross.perturbedWeight()),
        trial.of("swapped q and k, cross-attention", cross.swappedQueriesAndKeys()),
        trial.of("swapped cross- and self-attention", cross.swappedWith("self_attn")));
  }

  private List<Control> languages() {
    Case recorded = full.recorded();
    Source source = recorded.source().getFirst();
    boolean last = endsWithLanguage(source.first().tokens().getFirst());
    String target = "wrong language token, decoder";
    Control decoder =
        recorded.length() < 2
            ? Trial.notApplicable(target, "the decoder is given the start token only")
            : trial(full)
                .of(
                    target,
                    "the second token another",
                    shown(Kind.EMBEDDING, Side.DECODER),
                    strength -> Feed.of(recorded).with(replaced(recorded.tokens(), 1, strength)));
    return List.of(
        trial(full)
            .of(
                "wrong language token, encoder",
                "the %s token another".formatted(last ? "last" : "first"),
                shown(Kind.EMBEDDING, Side.ENCODER),
                strength -> {
                  int at = last ? source.lengths().getFirst() - 1 : 0;
                  List<List<Integer>> rows = replaced(source.tokens(), at, strength);
                  return Feed.of(recorded)
                      .with(new Source(rows, source.lengths(), source.positions()));
                }),
        decoder);
  }

  /// Old tokenizers of NLLB put the language after the end.
  private boolean endsWithLanguage(List<Integer> row) {
    return row.size() > 1 && row.get(row.size() - 2) == model.marks().end();
  }

  private List<List<Integer>> replaced(List<List<Integer>> rows, int at, int shift) {
    List<List<Integer>> replaced = new ArrayList<>();
    for (List<Integer> row : rows) {
      List<Integer> changed = new ArrayList<>(row);
      int other = (row.get(at) + shift) % model.vocabulary();
      changed.set(at, other == model.marks().padding() ? other + 1 : other);
      replaced.add(changed);
    }
    return replaced;
  }

  private static Trial.Shown shown(Kind kind, Side side) {
    return new Trial.Shown(
        TextReport.name(side) + " " + TextReport.name(kind),
        path -> Kind.of(path) == kind && Side.of(path) == side);
  }

  /// Encoder, decoder and head share one table. A copy that differs is what their outputs show.
  private List<Control> embeddings() {
    return List.of(
        diverging("encoder", shown(Kind.EMBEDDING, Side.ENCODER)),
        diverging("decoder", shown(Kind.EMBEDDING, Side.DECODER)),
        diverging("head", new Trial.Shown("logits", path -> Kind.of(path) == Kind.LOGITS)));
  }

  private Control diverging(String user, Trial.Shown shown) {
    Predicate<String> wrong =
        path -> path.equals(LanguageModel.LOGITS) ? user.equals("head") : shown.paths().test(path);
    return trial(full)
        .of(
            "diverging embedding, " + user,
            "the %s's copy 5 %% larger than the shared one".formatted(user),
            shown,
            strength ->
                Feed.of(full.recorded())
                    .changing((path, value) ->
                        wrong.test(path) ? value.times(1 + DIVERGENCE * strength) : value));
  }

  /// What looks at a source with padding: the encoder, and cross-attention.
  private static boolean mixesSources(String path) {
    boolean mixes = Kind.of(path) == Kind.CONTEXT || Kind.of(path) == Kind.SOFTMAX;
    boolean cross = path.contains("encoder_attn.") || path.contains("cross_attn.");
    return mixes && (cross || Side.of(path) == Side.ENCODER);
  }

  private List<Control> padding() {
    String counted = "padding counted in positions";
    String attended = "padding attended to";
    if (padded.isEmpty()) {
      String because = "no case that records all positions has sources of different length";
      return List.of(Trial.notApplicable(counted, because), Trial.notApplicable(attended, because));
    }
    Case recorded = padded.get().recorded();
    Source source = recorded.source().getFirst();
    Trial trial = trial(padded.get());
    var wrong = new WrongPositions(subject, model);
    return List.of(
        trial.of(
            counted,
            "positions as if padding were words",
            shown(Kind.POSITIONS, Side.ENCODER),
            _ -> Feed.of(recorded).changing(wrong.countingPadding(source))),
        trial.of(
            attended,
            "sources as long as the longest",
            new Trial.Shown("context", TranslationControls::mixesSources),
            _ -> Feed.of(recorded).with(unmasked(source))));
  }

  private static Source unmasked(Source source) {
    List<Integer> longest = Collections.nCopies(source.lengths().size(), source.width());
    return new Source(source.tokens(), longest, source.positions());
  }

  private Control offset() {
    String name = "position offset missing";
    boolean added =
        full.recorded().components().stream().anyMatch(c -> Kind.of(c.path()) == Kind.POSITIONS);
    if (!added) {
      return Trial.notApplicable(name, "no positions are added to the embeddings");
    }
    var wrong = new WrongPositions(subject, model);
    return trial(full)
        .of(
            name,
            "the first token at position 0 instead of padding + 1",
            new Trial.Shown("position", path -> Kind.of(path) == Kind.POSITIONS),
            _ -> Feed.of(full.recorded()).changing(wrong.fromZero()));
  }
}

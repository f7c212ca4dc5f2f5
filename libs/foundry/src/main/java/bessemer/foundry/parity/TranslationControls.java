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
  private static final String NO_POSITIONS = "no positions are added to the embeddings";
  private static final String WRONG_TARGET = "wrong language token, decoder";
  private static final float DIVERGENCE = 0.05f; // of a copy of the embedding that went on alone

  List<Control> run() {
    List<Control> controls = new ArrayList<>();
    Optional<String> encoder = stack(Side.ENCODER);
    Optional<String> decoder = stack(Side.DECODER);
    encoder.ifPresent(block -> controls.addAll(inBlock("encoder", block)));
    decoder.ifPresent(block -> {
      controls.addAll(inBlock("decoder", block));
      controls.addAll(inCrossAttention(block));
    });
    controls.addAll(languages());
    controls.addAll(embeddings());
    controls.addAll(padding());
    controls.add(offset());
    encoder.ifPresent(one -> decoder.ifPresent(other -> controls.addAll(attentions(one, other))));
    return controls;
  }

  private List<Control> attentions(String encoder, String decoder) {
    var wrong = new WrongAttention(subject.engine(), pack, full.recorded());
    return new AttentionControls(trial(full), wrong, encoder, decoder, names().cross).run();
  }

  /// What a family calls the parts of its blocks.
  private enum Names {
    M2M_100("encoder_attn", "self_attn_layer_norm", "encoder_attn_layer_norm"),
    LINGO_LITE("cross_attn", "norm1", "norm2");

    private final String cross;
    private final String selfNorm;
    private final String crossNorm;

    Names(String cross, String selfNorm, String crossNorm) {
      this.cross = cross;
      this.selfNorm = selfNorm;
      this.crossNorm = crossNorm;
    }
  }

  private Names names() {
    return full.recorded().components().stream().anyMatch(c -> c.path().contains(".cross_attn"))
        ? Names.LINGO_LITE
        : Names.M2M_100;
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

  private Defects defects(String block, String attention, String norm) {
    var place = new Defects.Place(block, attention, norm);
    return new Defects(subject, pack, full.recorded(), tolerances, place);
  }

  private List<Control> inBlock(String stack, String block) {
    Trial trial = trial(full);
    Defects defects = defects(block, "self_attn", names().selfNorm);
    return List.of(
        trial.of("perturbed weight, " + stack, defects.perturbedWeight()),
        trial.of("transposed matrix, " + stack, defects.transposedMatrix()),
        trial.of("swapped q and k, " + stack, defects.swappedQueriesAndKeys()),
        trial.of("missing bias, " + stack, defects.missingBias()));
  }

  private List<Control> inCrossAttention(String block) {
    Trial trial = trial(full);
    Defects cross = defects(block, names().cross, names().crossNorm);
    return List.of(
        trial.of("perturbed weight, cross-attention", cross.perturbedWeight()),
        trial.of("swapped q and k, cross-attention", cross.swappedQueriesAndKeys()),
        trial.of("swapped cross- and self-attention", cross.swappedWith("self_attn")));
  }

  private List<Control> languages() {
    Source source = full.recorded().source().getFirst();
    List<Integer> row = source.first().tokens().getFirst();
    int last = row.size() - 1;
    if (namesBothLanguages(row)) {
      return List.of(
          wrongSource("wrong language token, encoder", "the second token another", 1),
          wrongSource("wrong target language token, encoder", "the last token another", last),
          Trial.notApplicable(WRONG_TARGET, "the source names the translation's language"));
    }
    return List.of(
        endsWithLanguage(row)
            ? wrongSource("wrong language token, encoder", "the last token another", last)
            : wrongSource("wrong language token, encoder", "the first token another", 0),
        wrongTarget());
  }

  /// @param at the place of a language in the first row
  private Control wrongSource(String name, String what, int at) {
    Case recorded = full.recorded();
    Source source = recorded.source().getFirst();
    return trial(full)
        .of(
            name,
            what,
            shown(Kind.EMBEDDING, Side.ENCODER),
            strength -> {
              List<List<Integer>> rows = replaced(source.tokens(), at, strength);
              return Feed.of(recorded).with(new Source(rows, source.lengths(), source.positions()));
            });
  }

  private Control wrongTarget() {
    Case recorded = full.recorded();
    return recorded.length() < 2
        ? Trial.notApplicable(WRONG_TARGET, "the decoder is given the start token only")
        : trial(full)
            .of(
                WRONG_TARGET,
                "the second token another",
                shown(Kind.EMBEDDING, Side.DECODER),
                strength -> Feed.of(recorded).with(replaced(recorded.tokens(), 1, strength)));
  }

  /// Of LingoLite: the source's before its words, the translation's behind their end.
  private boolean namesBothLanguages(List<Integer> row) {
    return row.size() > 4 && row.get(row.size() - 3) == model.marks().end();
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
    String head = "diverging embedding, head";
    boolean own = subject.parameters().stream().anyMatch(p -> p.path().endsWith("lm_head.weight"));
    return List.of(
        diverging("encoder", shown(Kind.EMBEDDING, Side.ENCODER)),
        diverging("decoder", shown(Kind.EMBEDDING, Side.DECODER)),
        own
            ? Trial.notApplicable(head, "the head has weights of its own")
            : diverging("head", new Trial.Shown("logits", path -> Kind.of(path) == Kind.LOGITS)),
        unscaled("encoder", Side.ENCODER),
        unscaled("decoder", Side.DECODER));
  }

  private Control unscaled(String stack, Side side) {
    String name = "unscaled embedding, " + stack;
    Optional<Component> scaled =
        full.recorded().components().stream()
            .filter(c -> Side.of(c.path()) == side && c.scale() != 1)
            .findFirst();
    if (scaled.isEmpty()) {
      return Trial.notApplicable(name, "its embedding is not scaled");
    }
    String at = scaled.get().path();
    float back = (float) (1 / scaled.get().scale());
    return trial(full)
        .of(
            name,
            "rows of the table as they are",
            new Trial.Shown(at, path -> path.equals(at)),
            _ ->
                Feed.of(full.recorded())
                    .changing((path, value) -> path.equals(at) ? value.times(back) : value));
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
        addsPositions()
            ? trial.of(
                counted,
                "positions as if padding were words",
                shown(Kind.POSITIONS, Side.ENCODER),
                _ -> Feed.of(recorded).changing(wrong.countingPadding(source)))
            : Trial.notApplicable(counted, NO_POSITIONS),
        trial.of(
            attended,
            "sources as long as the longest",
            new Trial.Shown("context", TranslationControls::mixesSources),
            _ -> Feed.of(recorded).with(unmasked(source))));
  }

  private boolean addsPositions() {
    return full.recorded().components().stream().anyMatch(c -> Kind.of(c.path()) == Kind.POSITIONS);
  }

  private static Source unmasked(Source source) {
    List<Integer> longest = Collections.nCopies(source.lengths().size(), source.width());
    return new Source(source.tokens(), longest, source.positions());
  }

  private Control offset() {
    String name = "position offset missing";
    if (!addsPositions()) {
      return Trial.notApplicable(name, NO_POSITIONS);
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

package bessemer.foundry.parity;

import bessemer.foundry.parity.ParityReport.Control;
import bessemer.foundry.parity.ReferencePack.Case;
import bessemer.tensor.Tensor;
import java.util.List;
import java.util.function.Supplier;
import java.util.stream.Stream;

/// Plants mistakes in how attention is put together: rotations where none belong or of another
/// place, and heads that read the keys and values of others.
///
/// @param encoder path of its first block
/// @param decoder path of its first block
/// @param cross name of its attention to the source
record AttentionControls(
    Trial trial, WrongAttention wrong, String encoder, String decoder, String cross) {
  private static final String SELF = ".self_attn";
  private static final String STILL = "queries and keys are not rotated";

  List<Control> run() {
    return List.of(
        rotatedCrossAttention(),
        shifted("encoder", encoder + SELF),
        shifted("decoder", decoder + SELF),
        keysOfOthers(decoder + SELF),
        valuesOfOthers(decoder + SELF));
  }

  private boolean rotates(String attention) {
    return wrong.knows(attention + ".q_rope") && wrong.knows(attention + ".k_rope");
  }

  private Control rotatedCrossAttention() {
    String name = "rotation in cross-attention";
    String attention = decoder + "." + cross;
    if (!rotates(decoder + SELF)) {
      return Trial.notApplicable(name, STILL);
    }
    return lacking(Stream.of(".q_proj", ".k_proj", ".scores").map(part -> attention + part))
        .map(because -> Trial.notApplicable(name, because))
        .findFirst()
        .orElseGet(() ->
            replaced(
                name,
                "queries and keys turned as in self-attention",
                attention + ".scores",
                () -> wrong.turnedScores(attention)));
  }

  private Control shifted(String stack, String attention) {
    String name = "rotation one place late, " + stack;
    if (!rotates(attention)) {
      return Trial.notApplicable(name, STILL);
    }
    return trial.of(
        name,
        "the first token at position 1 instead of 0",
        new Trial.Shown("rotation", path -> isRotation(path, attention)),
        strength ->
            Feed.of(recorded())
                .changing((path, value) ->
                    isRotation(path, attention) ? wrong.later(value, strength) : value));
  }

  private static boolean isRotation(String path, String attention) {
    return path.equals(attention + ".q_rope") || path.equals(attention + ".k_rope");
  }

  private Control keysOfOthers(String attention) {
    String name = "keys of another group";
    return ungrouped(attention, Stream.of(".scores"))
        .map(because -> Trial.notApplicable(name, because))
        .findFirst()
        .orElseGet(() ->
            replaced(
                name,
                "heads of keys dealt out one by one",
                attention + ".scores",
                () -> wrong.dealtScores(attention)));
  }

  private Control valuesOfOthers(String attention) {
    String name = "values of another group";
    return ungrouped(attention, Stream.of(".v_proj", ".probs", ".context"))
        .map(because -> Trial.notApplicable(name, because))
        .findFirst()
        .orElseGet(() ->
            replaced(
                name,
                "heads of values dealt out one by one",
                attention + ".context",
                () -> wrong.dealtContext(attention)));
  }

  /// Why heads cannot be dealt out wrongly, if so.
  private Stream<String> ungrouped(String attention, Stream<String> parts) {
    List<String> projections =
        lacking(Stream.of(".q_proj", ".k_proj").map(part -> attention + part)).toList();
    if (!projections.isEmpty()) {
      return projections.stream();
    }
    if (!wrong.isGrouped(attention)) {
      return Stream.of("every head of queries has keys of its own");
    }
    List<String> missing =
        lacking(Stream.concat(Stream.of(".q_rope", ".k_rope"), parts).map(part -> attention + part))
            .toList();
    return missing.isEmpty() && wrong.keyHeads(attention) == 1
        ? Stream.of("all heads of queries share one of keys")
        : missing.stream();
  }

  private Stream<String> lacking(Stream<String> paths) {
    return paths
        .filter(path -> !wrong.knows(path))
        .map(path -> "case " + recorded().name() + " records no " + path);
  }

  private Control replaced(String name, String what, String at, Supplier<Tensor> by) {
    return trial.of(
        name,
        what,
        new Trial.Shown(at, path -> path.equals(at)),
        _ -> Feed.of(recorded()).changing((path, value) -> path.equals(at) ? by.get() : value));
  }

  private Case recorded() {
    return wrong.recorded();
  }
}

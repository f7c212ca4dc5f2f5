package bessemer.foundry.parity;

import bessemer.checkpoint.StoredType;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;

/// All tolerances of the verifier, in one place.
///
/// | weights | component | isolated | accumulated |
/// |---|---|---|---|
/// | the same numbers | norm, rope, softmax | 1e-5, aim 1e-6 | 1e-5 |
/// | | every other | 1e-5 | 1e-5 |
/// | | logits | 1e-4, aim 1e-5 | 1e-4, aim 1e-5 |
/// | | sinusoidal positions | 1.2e-4, aim 1e-5 | 1.2e-4, aim 1e-5 |
/// | rounded to bf16 | every | 5e-2 | 5e-2 |
/// | rounded to fp16 | every | 6.25e-3 | 6.25e-3 |
/// | quantized | norm, rope, scores, softmax, context | as above, by their own rounding | none |
/// | | every other | none | none |
///
/// Both sides always compute in fp32. Two correct fp32 implementations differ by 2e-6 to 5e-6 in
/// the logits of 16 to 28 layers (PyTorch's own eager and fused attention by 1.9e-6), measured
/// against fp64 on random weights; one operation on equal input differs by less than 1e-6. Rounding
/// the weights of such models to bf16 moves their logits by 3e-2 to 6e-2; fp16 has three more bits.
///
/// Sinusoids are of positions times frequencies, and frequencies are exponentials, of which PyTorch
/// rounds up to one in a hundred to the other side. That one unit in the last place, 6e-8, is
/// 1.2e-5 at position 200 and 6.1e-5 at 1025.
///
/// Quantized weights are other numbers on purpose, so there is no gate of their values against the
/// full-precision reference, and a report on them never speaks of parity with PyTorch. What can be
/// proved is proved: that the model which runs is the one in the files (every quantized product
/// against the dequantized weights, in double, within the fp32 gate: [Execution]), and that
/// everything that is not quantized still computes what PyTorch does on PyTorch's input. What
/// quantization costs is measured and reported: KL, arg-max agreement, NMSE, top-10 overlap and
/// cross-entropy, with a category by NMSE of the logits.
public final class Tolerances {
  private static final String FLOOR = "measured floor of two correct fp32 implementations";
  private static final String FREQUENCY =
      "half of 2^-23, the last place of a frequency, times 2048 positions";
  private static final String ROUNDED = "measured effect of rounding the weights, fp32 arithmetic";

  private final Tolerance component;
  private final Tolerance elementary;
  private final Tolerance logits;
  private final Tolerance positions;
  private final Weights weights;

  private Tolerances(
      Weights weights,
      Tolerance component,
      Tolerance elementary,
      Tolerance logits,
      Tolerance positions) {
    this.weights = weights;
    this.component = component;
    this.elementary = elementary;
    this.logits = logits;
    this.positions = positions;
  }

  public static Tolerances of(Weights weights) {
    return switch (weights.rounding()) {
      case NONE ->
          new Tolerances(
              weights,
              new Tolerance(1e-5, 1e-5, FLOOR),
              new Tolerance(1e-5, 1e-6, FLOOR),
              new Tolerance(1e-4, 1e-5, FLOOR),
              new Tolerance(0x1p-13, 1e-5, FREQUENCY));
      case BF16 -> all(weights, 5e-2, ROUNDED);
      case F16 -> all(weights, 6.25e-3, ROUNDED + ": an eighth of bf16's, three more bits");
    };
  }

  /// One tolerance for everything.
  static Tolerances all(Weights weights, double gate, String origin) {
    var one = new Tolerance(gate, gate, origin);
    return new Tolerances(weights, one, one, one, one);
  }

  /// For a component that was given PyTorch's input; none where its value is measured, not gated.
  public Optional<Tolerance> isolated(Kind kind) {
    if (weights.quantized() && !kind.isFreeOfQuantizedWeights()) {
      return Optional.empty();
    }
    return Optional.of(
        switch (kind) {
          case LOGITS -> logits;
          case POSITIONS -> positions;
          case NORM, ROPE, SOFTMAX -> elementary;
          case EMBEDDING, SCORES, CONTEXT, LINEAR, ATTENTION, FEED_FORWARD, BLOCK, OTHER ->
              component;
        });
  }

  /// For a component that received all errors before it.
  public Optional<Tolerance> accumulated(Kind kind) {
    if (weights.quantized()) {
      return Optional.empty();
    }
    return Optional.of(
        switch (kind) {
          case LOGITS -> logits;
          case POSITIONS -> positions;
          case EMBEDDING,
              NORM,
              ROPE,
              SCORES,
              SOFTMAX,
              CONTEXT,
              LINEAR,
              ATTENTION,
              FEED_FORWARD,
              BLOCK,
              OTHER ->
              component;
        });
  }

  /// For our own logits computed in two ways, with weights of any kind: arithmetic is fp32.
  public static Tolerance ownLogits() {
    return new Tolerance(1e-4, 1e-5, FLOOR);
  }

  /// For one quantized product against the dequantized weights.
  public static Tolerance execution() {
    return new Tolerance(1e-5, 1e-5, FLOOR);
  }

  /// For rows of a quantized table, which come rounded to the type of their scales.
  static Tolerance rows(StoredType scales) {
    String origin = "rounding of the product and of the sum to the type of the scales";
    return switch (scales) {
      case BF16 -> new Tolerance(0x1p-7, 0x1p-7, origin);
      case F16 -> new Tolerance(0x1p-10, 0x1p-10, origin);
      case BOOL, U8, I8, F8_E4M3, F8_E5M2, I16, U16, I32, U32, F32, I64, U64, F64 -> execution();
    };
  }

  /// By name, for the report.
  SequencedMap<String, Tolerance> named() {
    Map<String, Optional<Tolerance>> all = new LinkedHashMap<>();
    all.put("isolated linear, embedding, block", isolated(Kind.LINEAR));
    all.put("isolated scores, context", isolated(Kind.CONTEXT));
    all.put("isolated norm, rope, softmax", isolated(Kind.NORM));
    all.put("isolated logits", isolated(Kind.LOGITS));
    all.put("sinusoidal positions", isolated(Kind.POSITIONS));
    all.put("accumulated component", accumulated(Kind.LINEAR));
    all.put("accumulated logits", accumulated(Kind.LOGITS));
    all.put("own logits in two ways", Optional.of(ownLogits()));
    if (weights.quantized()) {
      all.put("quantized product", Optional.of(execution()));
    }
    var named = new LinkedHashMap<String, Tolerance>();
    all.forEach((name, tolerance) -> tolerance.ifPresent(value -> named.put(name, value)));
    return named;
  }

  Weights weights() {
    return weights;
  }
}

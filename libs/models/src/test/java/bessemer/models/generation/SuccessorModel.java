package bessemer.models.generation;

import bessemer.models.LanguageModel;
import bessemer.tensor.Tensor;
import bessemer.tensor.nn.Pass;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/// Answers each token with the next one of the alphabet, row by row, and remembers its passes.
final class SuccessorModel implements LanguageModel {
  static final int VOCABULARY = 32;

  private final boolean dependsOnLength;
  private final List<List<List<Integer>>> passes = new ArrayList<>();
  private int failsAt = -1;
  private int breaksAt = Integer.MAX_VALUE;

  SuccessorModel() {
    this(false);
  }

  SuccessorModel(boolean dependsOnLength) {
    this.dependsOnLength = dependsOnLength;
  }

  /// Rows of tokens, pass by pass.
  List<List<List<Integer>>> passes() {
    return passes;
  }

  /// Tokens of all passes, padding there is none.
  int computed() {
    return passes.stream().flatMap(List::stream).mapToInt(List::size).sum();
  }

  /// The pass of this number fails, counted from 0.
  void failAt(int pass) {
    failsAt = pass;
  }

  /// From the pass of this number on logits are not numbers.
  void breakAt(int pass) {
    breaksAt = pass;
  }

  /// The logits after each token.
  @Override
  public Tensor states(Pass pass) {
    int rows = (int) pass.tokens().dim(0);
    int[] tokens = pass.tokens().toInts();
    int length = tokens.length / rows;
    List<List<Integer>> all = new ArrayList<>();
    float[] logits = new float[tokens.length * VOCABULARY];
    for (int row = 0; row < rows; row++) {
      List<Integer> line = new ArrayList<>();
      for (int i = row * length; i < (row + 1) * length; i++) {
        line.add(tokens[i]);
        logits[i * VOCABULARY + (tokens[i] + 1) % VOCABULARY] = 9;
      }
      all.add(line);
    }
    passes.add(all);
    if (passes.size() > breaksAt) {
      Arrays.fill(logits, Float.NaN);
    }
    if (passes.size() - 1 == failsAt) {
      throw new IllegalStateException("the engine failed");
    }
    return pass.tokens().engine().of(logits, rows, length, VOCABULARY);
  }

  @Override
  public Tensor logits(Tensor states) {
    return states;
  }

  @Override
  public int vocabulary() {
    return VOCABULARY;
  }

  @Override
  public int layers() {
    return 1;
  }

  @Override
  public int contextLength() {
    return 4_000;
  }

  @Override
  public boolean dependsOnLength() {
    return dependsOnLength;
  }
}

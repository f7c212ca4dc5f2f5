package bessemer.models.generation;

import bessemer.models.LanguageModel;
import bessemer.tensor.Tensor;
import bessemer.tensor.nn.Pass;
import java.util.ArrayList;
import java.util.List;

/// Answers token after token of a script, whatever it is asked, and remembers what that was.
final class ScriptedModel implements LanguageModel {
  private final int[] script;
  private final boolean dependsOnLength;
  private final List<List<Integer>> passes = new ArrayList<>();
  private int answered;

  /// @param script begins with the token after the prompt
  ScriptedModel(boolean dependsOnLength, int... script) {
    this.script = script;
    this.dependsOnLength = dependsOnLength;
  }

  /// The tokens of each pass.
  List<List<Integer>> passes() {
    return passes;
  }

  /// Begins the script again.
  void rewind() {
    answered = 0;
  }

  @Override
  public Tensor states(Pass pass) {
    List<Integer> tokens = new ArrayList<>();
    for (int token : pass.tokens().toInts()) {
      tokens.add(token);
    }
    passes.add(tokens);
    return pass.tokens().engine().fill(0, 1, tokens.size(), 1);
  }

  @Override
  public Tensor logits(Tensor states) {
    float[] logits = new float[vocabulary()];
    logits[script[answered++]] = 9;
    return states.engine().of(logits, 1, 1, logits.length);
  }

  @Override
  public int vocabulary() {
    return 32;
  }

  @Override
  public int layers() {
    return 1;
  }

  @Override
  public int contextLength() {
    return 2_000;
  }

  @Override
  public boolean dependsOnLength() {
    return dependsOnLength;
  }
}

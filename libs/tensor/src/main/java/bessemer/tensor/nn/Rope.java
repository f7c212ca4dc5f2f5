package bessemer.tensor.nn;

import bessemer.tensor.Parameter;
import bessemer.tensor.Tensor;

/// Rotary positions, halves paired as in Hugging Face checkpoints.
public record Rope(Parameter frequencies) {
  public record Spec(double base) {
    /// Radians per position, in the fp32 order of the reference: `1 / base ^ (2 i / width)`.
    float[] frequencies(int width) {
      float[] frequencies = new float[width / 2];
      for (int i = 0; i < frequencies.length; i++) {
        frequencies[i] = 1 / (float) Math.pow(base, (float) (2 * i) / width);
      }
      return frequencies;
    }
  }

  public Tensor rotate(Tensor x, Pass pass) {
    return x.rope(pass.offsets(), frequencies.value());
  }
}

package bessemer.tensor.cpu;

import static bessemer.tensor.cpu.Raw.F;
import static bessemer.tensor.cpu.Raw.LANES;

import jdk.incubator.vector.FloatVector;

/// Scales and biases of one column with the steps and sums of one row, for [RoundedBlock]: puts
/// scales times steps after the first [Raw#LANES] places of `floats`, and into these what the
/// biases add to the result.
final class RoundedScales {
  private RoundedScales() {}

  /// @param zero what codes are differences from
  /// @param from the first group of the row
  static void bf16(
      long scales, long biases, float zero, RoundedRows rows, int from, int groups, float[] floats) {
    FloatVector added = FloatVector.zero(F);
    int g = 0;
    for (; g <= groups - LANES; g += LANES) {
      FloatVector scale = Half.bf16(scales + 2L * g);
      FloatVector bias = scale.fma(Raw.all(zero), Half.bf16(biases + 2L * g));
      scale.mul(steps(rows, from + g)).intoArray(floats, LANES + g);
      added = bias.fma(sums(rows, from + g), added);
    }
    added.intoArray(floats, 0);
    for (; g < groups; g++) {
      float scale = Half.bf16(Raw.getShort(scales + 2L * g));
      float bias = Half.bf16(Raw.getShort(biases + 2L * g));
      one(scale, bias, zero, rows, from, g, floats);
    }
  }

  /// @param zero what codes are differences from
  /// @param from the first group of the row
  static void f32(
      long scales, long biases, float zero, RoundedRows rows, int from, int groups, float[] floats) {
    FloatVector added = FloatVector.zero(F);
    int g = 0;
    for (; g <= groups - LANES; g += LANES) {
      FloatVector scale = Raw.floats(scales + 4L * g);
      FloatVector bias = scale.fma(Raw.all(zero), Raw.floats(biases + 4L * g));
      scale.mul(steps(rows, from + g)).intoArray(floats, LANES + g);
      added = bias.fma(sums(rows, from + g), added);
    }
    added.intoArray(floats, 0);
    for (; g < groups; g++) {
      one(Raw.get(scales + 4L * g), Raw.get(biases + 4L * g), zero, rows, from, g, floats);
    }
  }

  private static void one(
      float scale, float bias, float zero, RoundedRows rows, int from, int g, float[] floats) {
    floats[LANES + g] = scale * rows.steps()[from + g];
    float added = Math.fma(scale, zero, bias) * rows.sums()[from + g];
    floats[g % LANES] += added;
  }

  private static FloatVector steps(RoundedRows rows, int at) {
    return FloatVector.fromArray(F, rows.steps(), at);
  }

  private static FloatVector sums(RoundedRows rows, int at) {
    return FloatVector.fromArray(F, rows.sums(), at);
  }
}

package bessemer.tensor.cpu;

import static bessemer.tensor.cpu.Raw.F;
import static bessemer.tensor.cpu.Raw.LANES;

import bessemer.tensor.DType;
import jdk.incubator.vector.FloatVector;

/// Scales and biases of one column with the steps and sums of one row, for [RoundedBlock]: puts
/// scales times steps after the first [Raw#LANES] places of `floats`, and into these what the
/// biases add to the result.
final class RoundedScales {
  private RoundedScales() {}

  /// Where the scales and biases of a column lie.
  record Scales(DType type, long scales, long biases) {}

  /// Of any type that has been turned to floats, or of bf16 as they lie.
  ///
  /// @param zero what codes are differences from
  /// @param from the first group of the row
  static void put(Scales m, float zero, RoundedRows rows, int from, int groups, float[] floats) {
    FloatVector added = FloatVector.zero(F);
    int g = 0;
    if (m.type() == DType.BF16) {
      for (; g <= groups - LANES; g += LANES) {
        FloatVector scale = Half.bf16(m.scales() + 2L * g);
        FloatVector bias = scale.fma(Raw.all(zero), Half.bf16(m.biases() + 2L * g));
        scale.mul(steps(rows, from + g)).intoArray(floats, LANES + g);
        added = bias.fma(sums(rows, from + g), added);
      }
    } else {
      for (; g <= groups - LANES; g += LANES) {
        FloatVector scale = Raw.floats(m.scales() + 4L * g);
        FloatVector bias = scale.fma(Raw.all(zero), Raw.floats(m.biases() + 4L * g));
        scale.mul(steps(rows, from + g)).intoArray(floats, LANES + g);
        added = bias.fma(sums(rows, from + g), added);
      }
    }
    added.intoArray(floats, 0);
    for (; g < groups; g++) {
      float scale = Half.load(m.type(), m.scales() + (long) g * m.type().bytes());
      float bias = Half.load(m.type(), m.biases() + (long) g * m.type().bytes());
      floats[LANES + g] = scale * rows.steps()[from + g];
      floats[g % LANES] += Math.fma(scale, zero, bias) * rows.sums()[from + g];
    }
  }

  private static FloatVector steps(RoundedRows rows, int at) {
    return FloatVector.fromArray(F, rows.steps(), at);
  }

  private static FloatVector sums(RoundedRows rows, int at) {
    return FloatVector.fromArray(F, rows.sums(), at);
  }
}

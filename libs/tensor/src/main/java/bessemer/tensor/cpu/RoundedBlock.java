package bessemer.tensor.cpu;

import static bessemer.tensor.cpu.Raw.F;
import static bessemer.tensor.cpu.Raw.LANES;

import bessemer.tensor.DType;
import jdk.incubator.vector.FloatVector;

/// Columns of a quantized matrix times all rows of [RoundedRows].
final class RoundedBlock {
  private static final int FACTORS = LANES; // after the sums

  private final Matrix.Packed m;
  private final RoundedRows rows;
  private final int form;
  private final int groups;
  private final int vectors; // of words in a row
  private final int lanesOfGroup;
  private final boolean inPlace;
  private final int spread;
  private final float[] floats; // sums of lanes, factors of groups, factors of lanes
  private final long words; // a row that cannot be read in place
  private final long scales;
  private final long biases;

  RoundedBlock(Matrix.Packed m, RoundedRows rows, Scratch own) {
    this.m = m;
    this.rows = rows;
    form = Planes.form(m.bits());
    groups = m.groups();
    lanesOfGroup = m.group() * form / 32;
    int padded = Planes.padded(form, m.inner());
    vectors = padded / Planes.span(form);
    inPlace = m.bits() == form && padded == m.inner();
    spread = FACTORS + groups;
    floats = own.floats(spread + (vectors + 1) * LANES);
    long bytes = (long) padded * form / 8;
    words = own.take(bytes + 8L * groups);
    scales = words + bytes;
    biases = scales + 4L * groups;
  }

  void run(long column, Gemm.Result out) {
    long at = m.row(column);
    if (!inPlace) {
      Widening.row(m.bits(), at, m.inner(), words);
      at = words;
    }
    if (m.type() != DType.BF16) {
      Half.toFloats(m.type(), m.scale(column), scales, groups);
      Half.toFloats(m.type(), m.bias(column), biases, groups);
    }
    for (int row = 0; row < rows.count(); row++) {
      factors(column, row * groups);
      loop(at, row * rows.length());
      Raw.put(out.at(row, column), Raw.sum(FloatVector.fromArray(F, floats, 0)));
    }
  }

  /// Scales times steps; and to the sums, what the biases add.
  private void factors(long column, int row) {
    float zero = form == 8 ? Planes.ZERO : 0;
    if (m.type() == DType.BF16) {
      RoundedScales.bf16(m.scale(column), m.bias(column), zero, rows, row, groups, floats);
    } else {
      RoundedScales.f32(scales, biases, zero, rows, row, groups, floats);
    }
  }

  private void loop(long at, int row) {
    if (lanesOfGroup < LANES) {
      for (int g = 0; g < groups; g++) {
        Raw.all(floats[FACTORS + g]).intoArray(floats, spread + g * lanesOfGroup);
      }
      if (form == 4) {
        RoundedLoops.fourSpread(at, rows.planes(), row, floats, spread, vectors);
      } else {
        RoundedLoops.eightSpread(at, rows.planes(), row, floats, spread, vectors);
      }
      return;
    }
    int shift = Integer.numberOfTrailingZeros(lanesOfGroup / LANES);
    if (form == 4) {
      RoundedLoops.four(at, rows.planes(), row, floats, FACTORS, shift, vectors);
    } else {
      RoundedLoops.eight(at, rows.planes(), row, floats, FACTORS, shift, vectors);
    }
  }
}

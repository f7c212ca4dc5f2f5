package bessemer.tensor.cpu;

import static bessemer.tensor.cpu.Raw.LANES;

import bessemer.tensor.DType;

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
  private final float zero;
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
    zero = form == 8 ? Planes.ZERO : 0;
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
    var found = scales(column);
    for (int row = 0; row < rows.count(); row++) {
      RoundedScales.put(found, zero, rows, row * groups, groups, floats);
      Raw.put(out.at(row, column), sum(at, row * rows.length()));
    }
  }

  private RoundedScales.Scales scales(long column) {
    if (m.type() == DType.BF16) {
      return new RoundedScales.Scales(DType.BF16, m.scale(column), m.bias(column));
    }
    Half.toFloats(m.type(), m.scale(column), scales, groups);
    Half.toFloats(m.type(), m.bias(column), biases, groups);
    return new RoundedScales.Scales(DType.F32, scales, biases);
  }

  private float sum(long at, int row) {
    int from = FACTORS;
    int shift = 31 - Integer.numberOfLeadingZeros(lanesOfGroup / LANES);
    if (shift < 0) {
      from = spread;
      for (int g = 0; g < groups; g++) {
        Raw.all(floats[FACTORS + g]).intoArray(floats, spread + g * lanesOfGroup);
      }
    }
    return form == 4
        ? RoundedLoops.four(at, rows.planes(), row, floats, from, shift, vectors)
        : RoundedLoops.eight(at, rows.planes(), row, floats, from, shift, vectors);
  }
}

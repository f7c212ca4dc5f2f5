package bessemer.tensor.cpu;

/// Rows that [JavaRounding] rounded.
///
/// @param planes of all rows, `length` apart
/// @param steps of the groups of all rows
/// @param sums of the groups of all rows: of codes, times the step
record RoundedRows(short[] planes, int length, float[] steps, float[] sums, int count)
    implements Rounded {

  @Override
  public void columns(Matrix.Packed m, Gemm.Result out, long first, long last, Scratch own) {
    var block = new RoundedBlock(m, this, own);
    for (long column = first; column < last; column++) {
      block.run(column, out);
    }
  }
}

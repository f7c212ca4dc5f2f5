package bessemer.foundry.parity;

import static bessemer.foundry.parity.Comparison.F32;

import bessemer.checkpoint.BadCheckpointException;
import bessemer.checkpoint.Checkpoint;
import bessemer.checkpoint.StoredTensor;
import bessemer.checkpoint.StoredType;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;

/// Codes of int8 with one scale a row.
final class StoredInt8 implements StoredRows {
  private final StoredTensor weight;
  private final MemorySegment codes;
  private final MemorySegment scales;

  /// @param path of the linear or the embedding
  StoredInt8(Checkpoint files, String path) {
    weight = StoredCodes.stored(files, path + ".weight");
    StoredTensor scale = StoredCodes.stored(files, path + ".scales");
    if (weight.shape().size() != 2
        || scale.type() != StoredType.F32
        || !scale.shape().equals(List.of(weight.shape().getFirst()))) {
      throw new BadCheckpointException(
          scale.file(),
          "%s: expected codes with one F32 scale for each row, got %s with %s of %s"
              .formatted(path, weight.shape(), scale.shape(), scale.type()));
    }
    codes = files.data(path + ".weight");
    scales = files.data(path + ".scales");
  }

  @Override
  public int rows() {
    return Math.toIntExact(weight.shape().get(0));
  }

  @Override
  public int width() {
    return Math.toIntExact(weight.shape().get(1));
  }

  @Override
  public StoredType type() {
    return StoredType.F32;
  }

  @Override
  public void row(int row, double[] into) {
    double scale = scales.getAtIndex(F32, row);
    for (int k = 0; k < into.length; k++) {
      into[k] = scale * codes.get(ValueLayout.JAVA_BYTE, (long) row * into.length + k);
    }
  }
}

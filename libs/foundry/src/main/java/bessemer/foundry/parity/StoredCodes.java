package bessemer.foundry.parity;

import static bessemer.foundry.parity.Comparison.F32;

import bessemer.checkpoint.BadCheckpointException;
import bessemer.checkpoint.Checkpoint;
import bessemer.checkpoint.StoredTensor;
import bessemer.checkpoint.StoredType;
import bessemer.tensor.Quantization;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/// Codes in groups, unpacked by plain loops.
final class StoredCodes implements StoredRows {
  private static final ValueLayout.OfInt WORD =
      ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final ValueLayout.OfShort HALF =
      ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  private final Quantization q;
  private final StoredTensor scales;
  private final MemorySegment words;
  private final MemorySegment scaleData;
  private final MemorySegment biasData;

  /// @param path of the linear or the embedding
  StoredCodes(Checkpoint files, String path, Quantization q) {
    this.q = q;
    scales = stored(files, path + ".scales");
    StoredTensor biases = stored(files, path + ".biases");
    stored(files, path + ".weight");
    if (biases.type() != scales.type()) {
      throw new BadCheckpointException(
          biases.file(),
          "%s.biases: expected %s as the scales, got %s"
              .formatted(path, scales.type(), biases.type()));
    }
    words = files.data(path + ".weight");
    scaleData = files.data(path + ".scales");
    biasData = files.data(path + ".biases");
  }

  static StoredTensor stored(Checkpoint files, String name) {
    StoredTensor tensor = files.tensors().get(name);
    if (tensor == null) {
      throw new BadCheckpointException(files.files().getFirst(), name + ": is missing");
    }
    return tensor;
  }

  @Override
  public int rows() {
    return Math.toIntExact(scales.shape().get(0));
  }

  @Override
  public int width() {
    return Math.toIntExact(scales.shape().get(1) * q.group());
  }

  /// Of scales and biases.
  @Override
  public StoredType type() {
    return scales.type();
  }

  /// Codes are little-endian bit streams in words of 32 bits, and may lie across two.
  @Override
  public void row(int row, double[] into) {
    long firstWord = row * q.words(into.length);
    long firstGroup = row * q.groups(into.length);
    long mask = (1L << q.bits()) - 1;
    for (int group = 0; group < q.groups(into.length); group++) {
      double scale = number(scaleData, firstGroup + group);
      double bias = number(biasData, firstGroup + group);
      for (int k = group * q.group(); k < (group + 1) * q.group(); k++) {
        long bit = (long) k * q.bits();
        into[k] = scale * (bits(firstWord + bit / 32, (int) (bit % 32)) & mask) + bias;
      }
    }
  }

  private long bits(long word, int shift) {
    long pair = Integer.toUnsignedLong(words.getAtIndex(WORD, word));
    if (shift + q.bits() > 32) {
      pair |= (long) words.getAtIndex(WORD, word + 1) << 32;
    }
    return pair >>> shift;
  }

  private double number(MemorySegment data, long index) {
    return switch (scales.type()) {
      case F32 -> data.getAtIndex(F32, index);
      case F16 -> Float.float16ToFloat(data.getAtIndex(HALF, index));
      case BF16 -> Float.intBitsToFloat(data.getAtIndex(HALF, index) << 16);
      case BOOL, U8, I8, F8_E4M3, F8_E5M2, I16, U16, I32, U32, I64, U64, F64 ->
          throw new BadCheckpointException(
              scales.file(), scales.name() + ": expected F32, F16 or BF16, got " + scales.type());
    };
  }
}

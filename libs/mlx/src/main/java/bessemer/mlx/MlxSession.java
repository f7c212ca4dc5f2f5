package bessemer.mlx;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import bessemer.mlx.c.ArrayH;
import bessemer.mlx.c.StreamH;
import bessemer.mlx.c.TransformsH;
import bessemer.mlx.c.VectorH;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.ref.Cleaner;
import java.util.function.LongFunction;

/// The arrays of one thread on one device: made, evaluated, read, freed. An array is the address of
/// its descriptor. What is made is freed by [#sweep], unless it is kept; then by [#free]. Whatever
/// is left goes with the session, and a session that nobody closed is closed by a Cleaner.
public final class MlxSession implements AutoCloseable {
  private static final Cleaner CLEANER = Cleaner.create();

  private final Arena arena = Arena.ofAuto();
  private final MemorySegment result = arena.allocate(JAVA_LONG);
  private final MemorySegment ints = arena.allocate(JAVA_INT, 256);
  private final long stream;
  private final Handles handles;
  private final Cleaner.Cleanable cleanable;

  /// On the graphics unit or on the processor.
  ///
  /// @throws MlxUnavailableException if there is no MLX
  public MlxSession(boolean gpu) {
    MlxLibrary.require();
    stream = gpu ? StreamH.defaultGpuStreamNew() : StreamH.defaultCpuStreamNew();
    Mlxc.check(stream == 0 ? 1 : 0);
    handles = new Handles(stream);
    cleanable = CLEANER.register(this, handles);
  }

  /// The stream that every operation of this session runs on.
  long stream() {
    return stream;
  }

  /// Where an operation writes its result: empty.
  long to() {
    result.set(JAVA_LONG, 0, 0);
    return result.address();
  }

  /// The result of an operation, if it went well.
  long made(int status) {
    Mlxc.check(status);
    return own(result.get(JAVA_LONG, 0));
  }

  private long own(long array) {
    Mlxc.check(array == 0 ? 1 : 0);
    return handles.made(array);
  }

  /// Takes an array out of what [#sweep] frees.
  public long keep(long array) {
    return handles.keep(array);
  }

  /// How many arrays were made and not kept.
  public int mark() {
    return handles.mark();
  }

  /// Frees what was made since the mark; the graph holds what it still needs.
  public void sweep(int mark) {
    handles.sweep(mark);
  }

  /// Frees an array that was kept.
  public void free(long array) {
    handles.free(array);
  }

  /// How many arrays are kept.
  public int kept() {
    return handles.kept();
  }

  /// Up to four lists of ints at a time, 64 each.
  long list(int slot, int[] values) {
    MemorySegment.copy(values, 0, ints, JAVA_INT, slot * 256L, values.length);
    return ints.address() + slot * 256L;
  }

  public void synchronize() {
    Mlxc.check(StreamH.synchronize(stream));
  }

  /// Waits for what still runs: it may read memory that goes after the session.
  @Override
  public void close() {
    try {
      synchronize();
    } finally {
      cleanable.clean();
    }
  }

  public long scalar(float value) {
    return own(ArrayH.arrayNewFloat(value));
  }

  public long scalar(int value) {
    return own(ArrayH.arrayNewInt(value));
  }

  /// Copies.
  public long upload(MemorySegment data, int[] shape, int type) {
    return own(ArrayH.arrayNewData(data.address(), list(0, shape), shape.length, type));
  }

  /// Used where it lies, or copied if the device cannot read it there. The segment stays reachable
  /// for as long as MLX needs it.
  long adopt(MemorySegment owner, long address, int[] shape, int type) {
    return own(
        ArrayH.arrayNewDataManagedPayload(
            address, list(0, shape), shape.length, type, Adopted.hold(owner), Adopted.RELEASE));
  }

  public int[] shape(long a) {
    int rank = (int) ArrayH.arrayNdim(a);
    return rank == 0
        ? new int[0]
        : MemorySegment.ofAddress(ArrayH.arrayShape(a)).reinterpret(4L * rank).toArray(JAVA_INT);
  }

  /// Of an evaluated array: elements between neighbours along each axis.
  public long[] strides(long a, int rank) {
    return rank == 0
        ? new long[0]
        : MemorySegment.ofAddress(ArrayH.arrayStrides(a)).reinterpret(8L * rank).toArray(JAVA_LONG);
  }

  public int type(long a) {
    return ArrayH.arrayDtype(a);
  }

  /// The elements of an evaluated array, where they lie.
  ///
  /// @param type MLX's number of its element type
  public MemorySegment data(long a, int type, long bytes) {
    long at =
        switch (type) {
          case MlxType.F32 -> ArrayH.arrayDataFloat32(a);
          case MlxType.I32 -> ArrayH.arrayDataInt32(a);
          case MlxType.U32 -> ArrayH.arrayDataUint32(a);
          case MlxType.I8 -> ArrayH.arrayDataInt8(a);
          case MlxType.F16, MlxType.BF16 -> ArrayH.arrayDataUint16(a);
          default -> throw new IllegalArgumentException("element type " + type);
        };
    return MemorySegment.ofAddress(at).reinterpret(bytes);
  }

  <T> T withVector(long[] arrays, LongFunction<T> body) {
    try (Arena passing = Arena.ofConfined()) {
      long list = passing.allocateFrom(JAVA_LONG, arrays).address();
      long vector = VectorH.vectorArrayNewData(list, arrays.length);
      Mlxc.check(vector == 0 ? 1 : 0);
      try {
        return body.apply(vector);
      } finally {
        Mlxc.check(VectorH.vectorArrayFree(vector));
      }
    }
  }

  /// The arrays of a vector that an operation wrote; the vector goes.
  long[] unpacked(int status) {
    Mlxc.check(status);
    long vector = result.get(JAVA_LONG, 0);
    try {
      long[] arrays = new long[(int) VectorH.vectorArraySize(vector)];
      for (int i = 0; i < arrays.length; i++) {
        arrays[i] = made(VectorH.vectorArrayGet(to(), vector, i));
      }
      return arrays;
    } finally {
      Mlxc.check(VectorH.vectorArrayFree(vector));
    }
  }

  public void evaluate(long... arrays) {
    Mlxc.check(withVector(arrays, TransformsH::eval));
  }

  /// Starts to compute and does not wait.
  public void schedule(long... arrays) {
    Mlxc.check(withVector(arrays, TransformsH::asyncEval));
  }
}

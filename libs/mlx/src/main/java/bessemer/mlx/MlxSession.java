package bessemer.mlx;

import static bessemer.mlx.Native.call;
import static bessemer.mlx.Native.check;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.util.Arrays;
import java.util.function.LongFunction;

/// The arrays of one thread on one device: made, evaluated, read, freed. An array is the address of
/// its descriptor. What is made belongs to the session until [#keep]; [#sweep] frees the others.
public final class MlxSession implements AutoCloseable {
  private static final MethodHandle VERSION = Native.function("version", "IJ");
  private static final MethodHandle STRING_DATA = Native.function("string_data", "JJ");
  private static final MethodHandle STRING_FREE = Native.function("string_free", "IJ");
  private static final MethodHandle CPU_STREAM = Native.function("default_cpu_stream_new", "J");
  private static final MethodHandle GPU_STREAM = Native.function("default_gpu_stream_new", "J");
  private static final MethodHandle STREAM_FREE = Native.function("stream_free", "IJ");
  private static final MethodHandle SYNCHRONIZE = Native.function("synchronize", "IJ");
  private static final MethodHandle ACTIVE_MEMORY = Native.function("get_active_memory", "IJ");
  private static final MethodHandle NEW_FLOAT = Native.function("array_new_float", "JF");
  private static final MethodHandle NEW_INT = Native.function("array_new_int", "JI");
  private static final MethodHandle NEW_DATA = Native.function("array_new_data", "JJJII");
  private static final MethodHandle NEW_MANAGED =
      Native.function("array_new_data_managed", "JJJIIJ");
  private static final MethodHandle FREE = Native.function("array_free", "IJ");
  private static final MethodHandle NDIM = Native.function("array_ndim", "JJ");
  private static final MethodHandle SHAPE = Native.function("array_shape", "JJ");
  private static final MethodHandle STRIDES = Native.function("array_strides", "JJ");
  private static final MethodHandle DTYPE = Native.function("array_dtype", "IJ");
  private static final MethodHandle DATA_F32 = Native.function("array_data_float32", "JJ");
  private static final MethodHandle DATA_I32 = Native.function("array_data_int32", "JJ");
  private static final MethodHandle DATA_U32 = Native.function("array_data_uint32", "JJ");
  private static final MethodHandle DATA_U16 = Native.function("array_data_uint16", "JJ");
  private static final MethodHandle VECTOR_NEW = Native.function("vector_array_new_data", "JJJ");
  private static final MethodHandle VECTOR_FREE = Native.function("vector_array_free", "IJ");
  private static final MethodHandle EVAL = Native.function("eval", "IJ");
  private static final MethodHandle ASYNC_EVAL = Native.function("async_eval", "IJ");
  private static final MethodHandle DATA_I8 = Native.function("array_data_int8", "JJ");

  /// A destructor for memory that is not MLX's: any C function without effects will do.
  private static final long KEEP_MEMORY =
      Native.LINKER.defaultLookup().findOrThrow("abs").address();

  private final Arena arena = Arena.ofConfined();
  private final MemorySegment result = arena.allocate(JAVA_LONG);
  private final MemorySegment ints = arena.allocate(JAVA_INT, 256);
  private final long stream;
  private long[] made = new long[16];
  private int count;

  /// On the graphics unit or on the processor.
  public MlxSession(boolean gpu) {
    stream = call(() -> gpu ? (long) GPU_STREAM.invokeExact() : (long) CPU_STREAM.invokeExact());
  }

  /// The stream that every operation of this session runs on.
  long stream() {
    return stream;
  }

  /// Runs an operation that writes its result into the slot.
  long array(Native.Call<Integer> operation) {
    result.set(JAVA_LONG, 0, 0);
    check(call(operation));
    return own(result.get(JAVA_LONG, 0));
  }

  private long own(long array) {
    if (array == 0) {
      check(1);
    }
    if (count == made.length) {
      made = Arrays.copyOf(made, 2 * count);
    }
    made[count++] = array;
    return array;
  }

  /// Takes an array out of what [#sweep] frees.
  public long keep(long array) {
    for (int i = count - 1; i >= 0; i--) {
      if (made[i] == array) {
        made[i] = made[--count];
        return array;
      }
    }
    throw new IllegalStateException("not an intermediate array");
  }

  /// How many arrays were made and not kept.
  public int mark() {
    return count;
  }

  /// Frees what was made since the mark; the graph holds what it still needs.
  public void sweep(int mark) {
    while (count > mark) {
      free(made[--count]);
    }
  }

  public void free(long array) {
    check(call(() -> (int) FREE.invokeExact(array)));
  }

  long to() {
    return result.address();
  }

  /// Up to four lists of ints at a time, 64 each.
  long list(int slot, int[] values) {
    MemorySegment.copy(values, 0, ints, JAVA_INT, slot * 256L, values.length);
    return ints.address() + slot * 256L;
  }

  public String version() {
    result.set(JAVA_LONG, 0, 0);
    check(call(() -> (int) VERSION.invokeExact(to())));
    long string = result.get(JAVA_LONG, 0);
    long text = call(() -> (long) STRING_DATA.invokeExact(string));
    String version = MemorySegment.ofAddress(text).reinterpret(64).getString(0);
    check(call(() -> (int) STRING_FREE.invokeExact(string)));
    return version;
  }

  public void synchronize() {
    check(call(() -> (int) SYNCHRONIZE.invokeExact(stream)));
  }

  public long activeMemory() {
    check(call(() -> (int) ACTIVE_MEMORY.invokeExact(to())));
    return result.get(JAVA_LONG, 0);
  }

  @Override
  public void close() {
    sweep(0);
    check(call(() -> (int) STREAM_FREE.invokeExact(stream)));
    arena.close();
  }

  public long scalar(float value) {
    return own(call(() -> (long) NEW_FLOAT.invokeExact(value)));
  }

  public long scalar(int value) {
    return own(call(() -> (long) NEW_INT.invokeExact(value)));
  }

  /// Copies.
  public long upload(MemorySegment data, int[] shape, int type) {
    return own(
        call(
            () -> (long) NEW_DATA.invokeExact(data.address(), list(0, shape), shape.length, type)));
  }

  /// Used where it lies, by whoever still needs it, however long that is.
  public long wrap(MemorySegment data, int[] shape, int type) {
    return own(
        call(() ->
            (long)
                NEW_MANAGED.invokeExact(
                    data.address(), list(0, shape), shape.length, type, KEEP_MEMORY)));
  }

  public int[] shape(long a) {
    int rank = (int) call(() -> (long) NDIM.invokeExact(a)).longValue();
    if (rank == 0) {
      return new int[0];
    }
    long at = call(() -> (long) SHAPE.invokeExact(a));
    return MemorySegment.ofAddress(at).reinterpret(4L * rank).toArray(JAVA_INT);
  }

  /// Of an evaluated array: elements between neighbours along each axis.
  public long[] strides(long a, int rank) {
    if (rank == 0) {
      return new long[0];
    }
    long at = call(() -> (long) STRIDES.invokeExact(a));
    return MemorySegment.ofAddress(at).reinterpret(8L * rank).toArray(JAVA_LONG);
  }

  public int type(long a) {
    return call(() -> (int) DTYPE.invokeExact(a));
  }

  /// The elements of an evaluated array, where they lie.
  ///
  /// @param type MLX's number of its element type
  public MemorySegment data(long a, int type, long bytes) {
    long at =
        call(() ->
            switch (type) {
              case MlxType.F32 -> (long) DATA_F32.invokeExact(a);
              case MlxType.I32 -> (long) DATA_I32.invokeExact(a);
              case MlxType.U32 -> (long) DATA_U32.invokeExact(a);
              case MlxType.I8 -> (long) DATA_I8.invokeExact(a);
              case MlxType.F16, MlxType.BF16 -> (long) DATA_U16.invokeExact(a);
              default -> throw new IllegalArgumentException("element type " + type);
            });
    return MemorySegment.ofAddress(at).reinterpret(bytes);
  }

  <T> T withVector(long[] arrays, LongFunction<T> body) {
    try (Arena passing = Arena.ofConfined()) {
      long list = passing.allocateFrom(JAVA_LONG, arrays).address();
      long vector = call(() -> (long) VECTOR_NEW.invokeExact(list, (long) arrays.length));
      check(vector == 0 ? 1 : 0);
      try {
        return body.apply(vector);
      } finally {
        check(call(() -> (int) VECTOR_FREE.invokeExact(vector)));
      }
    }
  }

  public void evaluate(long... arrays) {
    check(withVector(arrays, v -> call(() -> (int) EVAL.invokeExact(v))));
  }

  public void schedule(long... arrays) {
    check(withVector(arrays, v -> call(() -> (int) ASYNC_EVAL.invokeExact(v))));
  }
}

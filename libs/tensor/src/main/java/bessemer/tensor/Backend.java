package bessemer.tensor;

import java.lang.foreign.MemorySegment;

/// Executes primitives, at once or when read. Called by one thread, with inputs of its own making
/// whose shapes and types [Inference] has checked.
public interface Backend extends AutoCloseable {
  /// What a tensor is to its backend. Each tensor has its own handle and releases it once; what
  /// they share behind it (memory, graph nodes) is the backend's to count.
  interface Handle {
    Spec spec();
  }

  Handle run(Primitive op, Handle[] in, Spec out);

  /// Little-endian elements, used in place; the segment outlives the backend.
  Handle wrap(MemorySegment data, Spec spec);

  Handle copy(MemorySegment data, Spec spec);

  /// A weight in the form that this backend multiplies fastest, for products and row look-ups
  /// alike. Answers the same handle where the weight is read as it lies.
  Handle prepare(Handle weight);

  /// Returns once nothing reads weights that were prepared otherwise than in [#run] and [#read]: a
  /// backend may still be busy with them while the rest of a model is loaded.
  default void settle() {}

  /// Evaluates, then writes the elements row by row.
  void read(Handle handle, MemorySegment target);

  void evaluate(Handle handle);

  /// Starts to compute and does not wait.
  void evaluateAsync(Handle handle);

  /// Whether [#evaluateAsync] returns before all is computed: then what comes next is best asked
  /// for before this is read.
  boolean schedules();

  void release(Handle handle);

  /// The type that a model computes in whose embedding is stored in this type of floats.
  DType activations(DType stored);

  /// The backend and its kernels in a few words, for people.
  String describe();

  @Override
  void close();
}

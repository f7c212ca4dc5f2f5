package bessemer.tensor;

import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// One backend and the thread that owns it, with what that thread has open: scopes, a tape, a
/// trace. Tensors know their engine, so nothing is looked up and nothing is thread-local.
public final class Engine implements AutoCloseable {
  private final Backend backend;
  private final Inference inference = new Inference();
  private final Thread owner = Thread.currentThread();
  private @Nullable Scope scope;
  private @Nullable Tape tape;
  private @Nullable Trace trace;

  /// Takes the backend over: it closes with the engine. The calling thread owns both.
  public Engine(Backend backend) {
    this.backend = backend;
  }

  /// The backend and its kernels in a few words, for people.
  public String describe() {
    return backend.describe();
  }

  /// Whether [Tensor#evaluateAsync] returns before all is computed.
  public boolean schedules() {
    return backend.schedules();
  }

  /// The type that a model computes in whose embedding is stored in this type of floats.
  public DType activations(DType stored) {
    return backend.activations(stored);
  }

  /// Opens a scope inside the current one.
  public Scope scope() {
    checkThread();
    Scope opened = new Scope(this, scope);
    scope = opened;
    return opened;
  }

  Tape tape(List<Tensor> variables, Keep keep) {
    Tape opened = new Tape(this, variables, keep, tape);
    tape = opened;
    return opened;
  }

  /// Computes a part of a model whose intermediate values need not be kept for gradients, where
  /// [Keep#SECTIONS] says so: then the body runs a second time.
  ///
  /// @param body of the input, parameters, and what lives longer than the gradients
  public Tensor section(Tensor input, Supplier<Tensor> body) {
    return tape == null ? body.get() : tape.section(input, body);
  }

  /// Shows every named output to the observer, until closed.
  public Trace trace(Trace.Observer observer) {
    checkThread();
    Trace opened = new Trace(this, observer, trace);
    trace = opened;
    return opened;
  }

  public Tensor fill(float value, long... dims) {
    return run(new Primitive.Fill(value, Shape.of(dims)));
  }

  public Tensor of(float[] values, Shape shape) {
    return copy(MemorySegment.ofArray(values), new Spec(DType.F32, shape));
  }

  public Tensor of(float[] values, long... dims) {
    return of(values, Shape.of(dims));
  }

  public Tensor of(int[] values, long... dims) {
    return copy(MemorySegment.ofArray(values), new Spec(DType.I32, Shape.of(dims)));
  }

  /// A tensor in the current scope, of little-endian elements that are copied.
  public Tensor copy(MemorySegment data, Spec spec) {
    checkThread();
    checkSize(data, spec);
    return new Tensor(this, spec, backend.copy(data, spec), current());
  }

  /// A weight: used where it lies, in no scope, alive as long as the engine. Memory outside the
  /// heap that outlives the engine and that any thread may read, mapped files for instance.
  public Tensor constant(MemorySegment data, Spec spec) {
    checkThread();
    checkSize(data, spec);
    return new Tensor(this, spec, backend.wrap(data, spec), null);
  }

  /// A constant in the form that this backend multiplies fastest. The constant is used up by it.
  public Tensor prepare(Tensor constant) {
    checkThread();
    Backend.Handle before = constant.handle();
    Backend.Handle prepared = backend.prepare(before);
    if (prepared == before) {
      return constant;
    }
    constant.release();
    return new Tensor(this, constant.spec(), prepared, null);
  }

  /// Returns once nothing reads constants that were [prepared][#prepare] otherwise than to compute:
  /// if nobody is going to compute with them, their memory may go before the engine.
  public void settle() {
    checkThread();
    backend.settle();
  }

  Tensor run(Primitive op, Tensor... in) {
    checkThread();
    Backend.Handle[] handles = new Backend.Handle[in.length];
    for (int i = 0; i < in.length; i++) {
      if (in[i].engine() != this) {
        throw new IllegalArgumentException(op + ": " + in[i] + " belongs to another engine");
      }
      handles[i] = in[i].handle();
    }
    Spec spec = inference.result(op, in);
    Tensor out = new Tensor(this, spec, backend.run(op, handles, spec), current());
    if (tape != null) {
      tape.record(op, in, out);
    }
    return out;
  }

  private static void checkSize(MemorySegment data, Spec spec) {
    if (data.byteSize() != spec.bytes()) {
      throw new IllegalArgumentException(
          spec + " takes " + spec.bytes() + " bytes, got " + data.byteSize());
    }
  }

  private void checkThread() {
    if (Thread.currentThread() != owner) {
      throw new IllegalStateException(
          "this engine belongs to thread " + owner.getName() + ": send it the work");
    }
  }

  Scope current() {
    if (scope == null) {
      throw new IllegalStateException("no scope is open: try (Scope scope = engine.scope()) {…}");
    }
    return scope;
  }

  Backend backend() {
    checkThread();
    return backend;
  }

  /// The innermost open trace.
  public @Nullable Trace activeTrace() {
    return trace;
  }

  void leave(Scope closing, @Nullable Scope parent) {
    if (closing != scope) {
      throw new IllegalStateException("scopes close in the reverse order of opening");
    }
    scope = parent;
  }

  /// Returns the tape that was active.
  @Nullable Tape swap(@Nullable Tape next) {
    Tape active = tape;
    tape = next;
    return active;
  }

  void end(Trace closing, @Nullable Trace outer) {
    if (closing != trace) {
      throw new IllegalStateException("traces close in the reverse order of opening");
    }
    trace = outer;
  }

  @Override
  public void close() {
    checkThread();
    if (scope != null) {
      throw new IllegalStateException("a scope is still open");
    }
    backend.close();
  }
}

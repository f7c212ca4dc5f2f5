package bessemer.inference.serving;

import java.io.Serial;

/// Why a request is not served.
public abstract sealed class ServingException extends RuntimeException {
  @Serial private static final long serialVersionUID = 1L;

  private ServingException(String message) {
    super(message);
  }

  private ServingException(String message, Throwable cause) {
    super(message, cause);
  }

  /// There is no model of this name.
  public static final class UnknownModel extends ServingException {
    @Serial private static final long serialVersionUID = 1L;

    UnknownModel(String name) {
      super("The model '%s' does not exist".formatted(name));
    }
  }

  /// Its numbers are too far from the original's.
  public static final class RejectedModel extends ServingException {
    @Serial private static final long serialVersionUID = 1L;

    RejectedModel(String name) {
      super(
          ("The model '%s' was rejected: it computes other numbers than its original. Its parity"
                  + " report says where; BESSEMER_ALLOW_REJECTED=true serves it nevertheless")
              .formatted(name));
    }
  }

  /// A translator was asked to go on with a text, or another model to translate.
  public static final class WrongKind extends ServingException {
    @Serial private static final long serialVersionUID = 1L;

    private WrongKind(String message) {
      super(message);
    }

    static WrongKind of(String name, boolean translates) {
      return new WrongKind(
          translates
              ? "The model '%s' is a translator: it answers POST /api/v1/translate".formatted(name)
              : ("The model '%s' does not translate: it answers POST /v1/chat/completions and"
                      + " /v1/completions")
                  .formatted(name));
    }
  }

  /// It would not fit if it were alone.
  public static final class TooLarge extends ServingException {
    @Serial private static final long serialVersionUID = 1L;

    TooLarge(String name, long bytes, long budget) {
      super(
          ("The model '%s' takes %d MiB, the memory budget of this worker is %d MiB:"
                  + " BESSEMER_MEMORY_BUDGET raises it, fewer bits make the model smaller")
              .formatted(name, mebibytes(bytes), mebibytes(budget)));
    }

    private static long mebibytes(long bytes) {
      return (bytes + (1 << 20) - 1) >> 20;
    }
  }

  /// All memory is taken by models that are answering.
  public static final class MemoryBusy extends ServingException {
    @Serial private static final long serialVersionUID = 1L;

    MemoryBusy(String name, long waitedSeconds) {
      super(
          "The model '%s' found no memory for %d s: it is taken by models that are answering"
              .formatted(name, waitedSeconds));
    }
  }

  /// Too many requests wait already.
  public static final class QueueFull extends ServingException {
    @Serial private static final long serialVersionUID = 1L;

    private final int retryAfterSeconds;

    /// @param what waits: requests or sentences
    QueueFull(String name, int waiting, String what, int retryAfterSeconds) {
      super(
          "%d %s wait for the model '%s'; try again in %d s"
              .formatted(waiting, what, name, retryAfterSeconds));
      this.retryAfterSeconds = retryAfterSeconds;
    }

    public int retryAfterSeconds() {
      return retryAfterSeconds;
    }
  }

  /// The worker takes nothing new.
  public static final class Stopping extends ServingException {
    @Serial private static final long serialVersionUID = 1L;

    Stopping(String message) {
      super(message);
    }

    static Stopping forGood() {
      return new Stopping("this worker is shutting down");
    }

    /// After an error of ours between the steps of a model.
    static Stopping givenUp(String model) {
      return new Stopping("the model '%s' was given up and is loaded anew".formatted(model));
    }
  }

  /// Its files cannot be had or cannot be used.
  public static final class LoadFailed extends ServingException {
    @Serial private static final long serialVersionUID = 1L;

    LoadFailed(String name, Throwable cause) {
      super("The model '%s' cannot be loaded: %s".formatted(name, cause.getMessage()), cause);
    }
  }

  /// An error of ours while the model was answering.
  public static final class GenerationFailed extends ServingException {
    @Serial private static final long serialVersionUID = 1L;

    GenerationFailed(String name, Throwable cause) {
      super("The model '%s' failed while it was answering".formatted(name), cause);
    }
  }
}

package bessemer.mlx.c;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_BOOLEAN;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// libmlxc, loaded once. Its structs of one pointer travel as longs (the same registers on x86-64
/// and arm64), its optionals as `present << 32 | value`. The error handler is the process's, set
/// before anything else is called, and leaves its message to the thread that called.
public final class Library {
  private static final Linker LINKER = Linker.nativeLinker();
  private static final ThreadLocal<String> ERROR = new ThreadLocal<>();
  private static final @Nullable Path PATH;
  private static final @Nullable SymbolLookup SYMBOLS;
  private static final @Nullable String PROBLEM;

  static {
    List<Path> places = Places.of(System::getProperty, System::getenv);
    Path path = places.stream().filter(Files::exists).findFirst().orElse(null);
    SymbolLookup symbols = null;
    String problem = null;
    if (path == null) {
      problem = Places.missing(places);
    } else {
      try {
        symbols = SymbolLookup.libraryLookup(path, Arena.global());
        problem = Places.problem(path, symbols);
      } catch (IllegalArgumentException e) {
        problem = path + " cannot be loaded: " + e.getMessage();
      }
    }
    PATH = path;
    SYMBOLS = symbols;
    PROBLEM = problem;
    if (problem == null) {
      ErrorH.setErrorHandler(callback(MethodHandles.lookup(), Library.class, "report", 2), 0, 0);
    }
  }

  private Library() {}

  /// Why there is no library to call, and what to do; null where there is one.
  public static @Nullable String problem() {
    return PROBLEM;
  }

  /// The file that was found.
  public static @Nullable Path path() {
    return PATH;
  }

  /// Result first, then the arguments: `I` int, `J` long or a handle, `F` float, `Z` bool, and `V`
  /// for no result.
  static MethodHandle function(String name, String types) {
    if (SYMBOLS == null || PROBLEM != null) {
      throw new UnsatisfiedLinkError(PROBLEM);
    }
    MemoryLayout[] arguments =
        types.substring(1).chars().mapToObj(Library::layout).toArray(MemoryLayout[]::new);
    MemorySegment symbol =
        SYMBOLS
            .find("mlx_" + name)
            .orElseThrow(() ->
                new UnsatisfiedLinkError(PATH + " has no mlx_" + name + ": brew upgrade mlx-c"));
    return LINKER.downcallHandle(
        symbol,
        types.charAt(0) == 'V'
            ? FunctionDescriptor.ofVoid(arguments)
            : FunctionDescriptor.of(layout(types.charAt(0)), arguments));
  }

  private static MemoryLayout layout(int type) {
    return switch (type) {
      case 'I' -> JAVA_INT;
      case 'J' -> JAVA_LONG;
      case 'F' -> JAVA_FLOAT;
      case 'Z' -> JAVA_BOOLEAN;
      default -> throw new IllegalArgumentException("" + (char) type);
    };
  }

  /// A pointer for C to a static method that takes a pointer or two and answers nothing. What it
  /// throws would end the process.
  public static long callback(MethodHandles.Lookup lookup, Class<?> home, String name, int count) {
    Class<?>[] types = new Class<?>[count];
    Arrays.fill(types, MemorySegment.class);
    MemoryLayout[] layouts = new MemoryLayout[count];
    Arrays.fill(layouts, ADDRESS);
    try {
      MethodHandle handle = lookup.findStatic(home, name, MethodType.methodType(void.class, types));
      var descriptor = FunctionDescriptor.ofVoid(layouts);
      return LINKER.upcallStub(handle, descriptor, Arena.global()).address();
    } catch (ReflectiveOperationException e) {
      throw new AssertionError(home + "." + name, e);
    }
  }

  /// Called by mlx-c. Nothing may be thrown through it.
  private static void report(MemorySegment message, MemorySegment data) {
    try {
      ERROR.set(message.reinterpret(Long.MAX_VALUE).getString(0));
    } catch (Throwable e) {
      ERROR.set("an error whose message could not be read");
    }
  }

  /// What the last failed call of this thread said, once.
  public static String takeError() {
    String message = ERROR.get();
    ERROR.remove();
    return message == null ? "failed and did not say why" : message;
  }

  static Error unexpected(Throwable thrown) {
    if (thrown instanceof Error error) {
      return error;
    }
    return new AssertionError("a method handle threw", thrown);
  }
}

package bessemer.mlx;

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
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/// The library of mlx-c 0.7 and how its functions are called. Its structs of one pointer travel as
/// longs (the same registers on x86-64 and arm64), its optionals as `present << 32 | value`. The
/// error handler is the process's and leaves its message to the thread that called.
final class Native {
  static final Linker LINKER = Linker.nativeLinker();
  private static final ThreadLocal<String> ERROR = new ThreadLocal<>();
  private static final SymbolLookup LIBRARY = SymbolLookup.libraryLookup(find(), Arena.global());

  static {
    installHandler();
  }

  private Native() {}

  /// By the property `bessemer.mlxc`, or where Homebrew and Linux packages put it.
  private static Path find() {
    List<Path> places = new ArrayList<>();
    String named = System.getProperty("bessemer.mlxc");
    if (named != null) {
      places.add(Path.of(named));
    } else {
      places.add(Path.of("/opt/homebrew/lib/libmlxc.dylib"));
      places.add(Path.of("/usr/local/lib/libmlxc.dylib"));
      places.add(Path.of("/usr/local/lib/libmlxc.so"));
    }
    return places.stream()
        .filter(Files::exists)
        .findFirst()
        .orElseThrow(() ->
            new UnsatisfiedLinkError(
                "mlx-c was not found at "
                    + places
                    + ": brew install mlx-c, or name the library with -Dbessemer.mlxc"));
  }

  /// Result first, then the arguments: `I` int, `J` long or a handle, `F` float, `Z` bool.
  static MethodHandle function(String name, String types) {
    MemoryLayout[] layouts = types.chars().mapToObj(Native::layout).toArray(MemoryLayout[]::new);
    MemoryLayout[] arguments = Arrays.copyOfRange(layouts, 1, layouts.length);
    return LINKER.downcallHandle(
        LIBRARY.findOrThrow("mlx_" + name), FunctionDescriptor.of(layouts[0], arguments));
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

  private static void installHandler() {
    try {
      MethodHandle report =
          MethodHandles.lookup()
              .findStatic(
                  Native.class,
                  "report",
                  MethodType.methodType(void.class, MemorySegment.class, MemorySegment.class));
      MemorySegment stub =
          LINKER.upcallStub(report, FunctionDescriptor.ofVoid(ADDRESS, ADDRESS), Arena.global());
      LINKER
          .downcallHandle(
              LIBRARY.findOrThrow("mlx_set_error_handler"),
              FunctionDescriptor.ofVoid(ADDRESS, ADDRESS, ADDRESS))
          .invokeExact(stub, MemorySegment.NULL, MemorySegment.NULL);
    } catch (Throwable e) {
      throw new LinkageError("mlx-c's error handler", e);
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

  /// A call of a method handle, which may declare anything.
  interface Call<T> {
    T run() throws Throwable;
  }

  static <T> T call(Call<T> call) {
    try {
      return call.run();
    } catch (RuntimeException | Error e) {
      throw e;
    } catch (Throwable e) {
      throw new AssertionError("a method handle threw", e);
    }
  }

  static void check(int status) {
    if (status != 0) {
      String message = ERROR.get();
      ERROR.remove();
      throw new MlxException(message == null ? "failed and did not say why" : message);
    }
  }
}

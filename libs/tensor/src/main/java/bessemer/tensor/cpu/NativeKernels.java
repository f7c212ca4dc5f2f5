package bessemer.tensor.cpu;

import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.SymbolLookup;
import java.lang.invoke.MethodHandle;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// The functions of the native file for one kind of instructions.
final class NativeKernels {
  private static final Linker LINKER = Linker.nativeLinker();

  /// Functions, one of which any kind of kernels has.
  private static final List<String> OWN = List.of("rounded", "exact", "few_rows");

  private static @Nullable Optional<SymbolLookup> loaded;

  private final Instructions instructions;
  private final SymbolLookup file;

  private NativeKernels(SymbolLookup file, Instructions instructions) {
    this.file = file;
    this.instructions = instructions;
  }

  /// The file, loaded when it is first asked for.
  private static synchronized Optional<SymbolLookup> file() {
    Optional<SymbolLookup> file = loaded;
    if (file == null) {
      file = NativeFile.load();
      loaded = file;
    }
    return file;
  }

  /// What the property `bessemer.kernels` asks for, by default the best that the machine has; empty
  /// for Java's own.
  static Optional<NativeKernels> chosen() {
    return choose(System.getProperty("bessemer.kernels", "auto"));
  }

  /// All that the machine can run, the best first.
  static List<NativeKernels> available() {
    return file().stream()
        .flatMap(file -> kinds(file).stream().map(kind -> new NativeKernels(file, kind)))
        .toList();
  }

  /// @param name auto, java or a kind of [Instructions]
  /// @throws IllegalArgumentException for a name that means nothing or that this machine lacks
  static Optional<NativeKernels> choose(String name) {
    if (name.equals("java")) {
      return Optional.empty();
    }
    if (name.equals("auto")) {
      return available().stream().findFirst();
    }
    Instructions asked = Instructions.named(name);
    List<NativeKernels> available = available();
    Optional<NativeKernels> found =
        available.stream().filter(kernels -> kernels.instructions == asked).findFirst();
    if (found.isEmpty()) {
      throw new IllegalArgumentException(
          file().isEmpty()
              ? "bessemer.kernels=%s: this build has no native kernels (no C compiler was found)"
                  .formatted(name)
              : "bessemer.kernels=%s: this machine and build have java and %s"
                  .formatted(name, available));
    }
    return found;
  }

  /// A function `bessemer_NAME_KIND` of longs.
  ///
  /// @throws IllegalArgumentException if the file lacks it
  MethodHandle function(String name, boolean returns, int arguments) {
    return find(name, returns, arguments)
        .orElseThrow(
            () -> new IllegalArgumentException("no kernel " + name + " for " + instructions));
  }

  /// As [#function], empty if the file has none for these instructions or those they build on.
  Optional<MethodHandle> find(String name, boolean returns, int arguments) {
    var longs = new MemoryLayout[arguments];
    Arrays.fill(longs, JAVA_LONG);
    FunctionDescriptor type =
        returns ? FunctionDescriptor.of(JAVA_LONG, longs) : FunctionDescriptor.ofVoid(longs);
    return instructions.suffixes().stream()
        .flatMap(suffix -> file.find("bessemer_" + name + "_" + suffix).stream())
        .findFirst()
        .map(address -> LINKER.downcallHandle(address, type));
  }

  static void call(MethodHandle kernel, long record, long first, long last) {
    try {
      kernel.invokeExact(record, first, last);
    } catch (Throwable e) {
      throw new AssertionError(e);
    }
  }

  static void call(MethodHandle kernel, long record, long first, long last, long scratch) {
    try {
      kernel.invokeExact(record, first, last, scratch);
    } catch (Throwable e) {
      throw new AssertionError(e);
    }
  }

  /// What a kernel answers that tells how much scratch another needs.
  static long bytes(MethodHandle scratch, long record) {
    try {
      return (long) scratch.invokeExact(record);
    } catch (Throwable e) {
      throw new AssertionError(e);
    }
  }

  /// Those of the processor that the file has something of its own for, and nothing is missing.
  private static List<Instructions> kinds(SymbolLookup file) {
    return Instructions.of(processor(file)).stream()
        .filter(kind -> OWN.stream().anyMatch(name -> has(file, name, kind.suffixes().getFirst())))
        .filter(kind -> kind.suffixes().stream().anyMatch(suffix -> has(file, "rounded", suffix)))
        .toList();
  }

  private static boolean has(SymbolLookup file, String name, String suffix) {
    return file.find("bessemer_" + name + "_" + suffix).isPresent();
  }

  private static long processor(SymbolLookup file) {
    try {
      return (long)
          LINKER
              .downcallHandle(file.findOrThrow("bessemer_cpu"), FunctionDescriptor.of(JAVA_LONG))
              .invokeExact();
    } catch (Throwable e) {
      throw new AssertionError(e);
    }
  }

  @Override
  public String toString() {
    return instructions.toString();
  }
}

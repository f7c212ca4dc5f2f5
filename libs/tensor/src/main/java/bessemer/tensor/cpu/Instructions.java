package bessemer.tensor.cpu;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/// Kinds of instructions that native kernels are written for, the fastest first. A machine that has
/// one also has those that it builds on.
enum Instructions {
  AMX(4, "amx", "avx512", "avx2"),
  AVX512(2, "avx512", "avx2"),
  AVX2(1, "avx2"),
  NEON(8, "neon");

  private final long bit;
  private final List<String> suffixes;

  Instructions(long bit, String... suffixes) {
    this.bit = bit;
    this.suffixes = List.of(suffixes);
  }

  /// Whether a processor with these bits, those of `bessemer_cpu`, has them.
  boolean in(long processor) {
    return (processor & bit) != 0;
  }

  /// Ends of names of functions, the first that exists is called.
  List<String> suffixes() {
    return suffixes;
  }

  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT);
  }

  static List<Instructions> of(long processor) {
    return Arrays.stream(values()).filter(kind -> kind.in(processor)).toList();
  }

  /// By the name that [#toString] gives.
  ///
  /// @throws IllegalArgumentException if there is none
  static Instructions named(String name) {
    return Arrays.stream(values())
        .filter(kind -> kind.toString().equals(name))
        .findFirst()
        .orElseThrow(() ->
            new IllegalArgumentException(
                "bessemer.kernels is auto, java, %s, not %s".formatted(names(), name)));
  }

  private static String names() {
    return Arrays.stream(values()).map(Instructions::toString).collect(Collectors.joining(", "));
  }
}

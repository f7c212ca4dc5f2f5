package bessemer.tensor.cpu;

import java.util.List;

/// Which kernels the cpu backend runs on this machine, and why, for people.
public final class CpuKernels {
  private CpuKernels() {}

  public static String describe() {
    return describe(
        System.getProperty("bessemer.kernels", "auto"),
        NativeFile.load().isPresent(),
        NativeKernels.available().stream().map(NativeKernels::toString).toList());
  }

  /// @param asked the property
  /// @param file whether the build has a native file
  /// @param available kinds of its kernels that the processor runs, the best first
  static String describe(String asked, boolean file, List<String> available) {
    if (asked.equals("java")) {
      return "Java's, as bessemer.kernels=java asks";
    }
    if (!file) {
      return "Java's: no native file (there was no C compiler when this was built)";
    }
    if (available.isEmpty()) {
      return "Java's: the native file has none for this processor";
    }
    String chosen = asked.equals("auto") ? available.getFirst() : asked;
    return "native, %s (this processor runs %s)".formatted(chosen, String.join(", ", available));
  }
}

package bessemer.cli;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/// What the program runs on.
///
/// @param features of the processor that kernels ask for, as the system calls them
/// @param availableBytes of memory, for new work; the cache of files counts as available
record Machine(
    String java,
    String os,
    String cpu,
    List<String> features,
    int processors,
    long memoryBytes,
    long availableBytes) {
  private static final Set<String> X86 =
      Set.of(
          "avx",
          "avx2",
          "fma",
          "f16c",
          "avx512f",
          "avx512bw",
          "avx512vl",
          "avx512_vnni",
          "avx_vnni",
          "avx512_bf16",
          "amx_tile",
          "amx_int8",
          "amx_bf16");
  private static final Set<String> ARM = Set.of("asimd", "asimddp", "i8mm", "bf16", "sve", "sve2");
  private static final Set<String> APPLE =
      Set.of("FEAT_DotProd", "FEAT_I8MM", "FEAT_BF16", "FEAT_FP16", "FEAT_SME", "FEAT_SME2");

  static Machine read() {
    var system =
        (com.sun.management.OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
    boolean mac = system.getName().startsWith("Mac");
    List<String> lines = mac ? sysctl() : file(Path.of("/proc/cpuinfo"));
    return new Machine(
        "%s %s (%s)"
            .formatted(
                System.getProperty("java.vendor"),
                Runtime.version(),
                System.getProperty("java.home")),
        "%s %s, %s".formatted(system.getName(), system.getVersion(), system.getArch()),
        mac ? value(lines, "machdep.cpu.brand_string") : value(lines, "model name"),
        mac ? appleFeatures(lines) : features(lines),
        system.getAvailableProcessors(),
        system.getTotalMemorySize(),
        mac ? system.getFreeMemorySize() : available(file(Path.of("/proc/meminfo")), system));
  }

  /// The value after the first colon of the first line that begins so.
  private static String value(List<String> lines, String name) {
    return lines.stream()
        .filter(line -> line.startsWith(name))
        .map(line -> line.substring(line.indexOf(':') + 1).strip())
        .findFirst()
        .orElse("unknown");
  }

  /// Of `/proc/cpuinfo`: `flags` on x86, `Features` on arm.
  static List<String> features(List<String> lines) {
    return Stream.of("flags", "Features")
        .flatMap(name -> Arrays.stream(value(lines, name).split("\\s+")))
        .filter(flag -> X86.contains(flag) || ARM.contains(flag))
        .distinct()
        .sorted()
        .toList();
  }

  /// Of `sysctl`: `hw.optional.arm.FEAT_DotProd: 1`.
  static List<String> appleFeatures(List<String> lines) {
    List<String> found = new ArrayList<>();
    for (String line : lines) {
      String name = line.substring(line.lastIndexOf('.', Math.max(0, line.indexOf(':'))) + 1);
      if (name.endsWith(": 1") && APPLE.contains(name.substring(0, name.indexOf(':')))) {
        found.add(name.substring(0, name.indexOf(':')));
      }
    }
    return found.stream().sorted().toList();
  }

  private static long available(
      List<String> memory, com.sun.management.OperatingSystemMXBean system) {
    String digits = value(memory, "MemAvailable").replaceAll("\\D", "");
    return digits.isEmpty() ? system.getFreeMemorySize() : Long.parseLong(digits) * 1024;
  }

  private static List<String> file(Path file) {
    try {
      return Files.isReadable(file) ? Files.readAllLines(file) : List.of();
    } catch (IOException e) {
      return List.of(); // processes may be hidden from us: then it is unknown
    }
  }

  private static List<String> sysctl() {
    try {
      Process process =
          new ProcessBuilder("/usr/sbin/sysctl", "machdep.cpu", "hw.optional")
              .redirectErrorStream(true)
              .start();
      return process.inputReader().readAllLines();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}

package bessemer.inference.registration;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Locale;

/// What this installation's worker is called: the same after a restart, another for another home
/// directory or machine.
public final class WorkerName {
  private static final int DIGITS = 6;
  private static final int LONGEST_HOST = 40;

  private WorkerName() {}

  public static String of(Path home) {
    return of(home, host());
  }

  static String of(Path home, String host) {
    String safe = host.toLowerCase(Locale.ROOT).replaceAll("[^a-z0-9-]+", "-");
    String shortened = safe.substring(0, Math.min(LONGEST_HOST, safe.length()));
    String path = home.toAbsolutePath().normalize().toString();
    return "inference-" + shortened + "-" + sha256(path).substring(0, DIGITS);
  }

  private static String host() {
    try {
      return InetAddress.getLocalHost().getHostName();
    } catch (UnknownHostException e) {
      return "localhost"; // a machine that cannot look itself up still has its home directory
    }
  }

  private static String sha256(String text) {
    try {
      byte[] digest =
          MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
      return HexFormat.of().formatHex(digest);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }
}

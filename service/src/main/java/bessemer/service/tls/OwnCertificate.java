package bessemer.service.tls;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;

/// A key and the certificate that it signed itself, in a PKCS #12 file that only its owner may
/// read. Callers know it by its fingerprint, so that neither its name nor its age matters to them.
public record OwnCertificate(Path keyStore, String fingerprint) {
  /// Not a secret: the file's mode is what protects the key.
  public static final String PASSWORD = "bessemer";

  public static final String ALIAS = "bessemer";

  private static final Pattern HOST = Pattern.compile("[A-Za-z0-9]([A-Za-z0-9.-]{0,251})");
  private static final long KEYTOOL_SECONDS = 60;

  /// The certificate `name.p12` in this directory; made when there is none.
  ///
  /// @throws IllegalStateException if the file holds none, or the JDK's keytool cannot make one
  public static OwnCertificate loadOrCreate(Path directory, String name) {
    Path file = directory.resolve(name + ".p12");
    try {
      if (!Files.exists(file)) {
        create(directory, file);
      }
      return new OwnCertificate(file, Fingerprint.of(read(file)));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /// For servers that show this certificate.
  public SSLContext context() {
    try (InputStream in = Files.newInputStream(keyStore)) {
      KeyStore store = KeyStore.getInstance("PKCS12");
      store.load(in, PASSWORD.toCharArray());
      KeyManagerFactory keys = KeyManagerFactory.getInstance("PKIX");
      keys.init(store, PASSWORD.toCharArray());
      SSLContext context = SSLContext.getInstance("TLS");
      context.init(keys.getKeyManagers(), null, null);
      return context;
    } catch (GeneralSecurityException | IOException e) {
      throw damaged(keyStore, e);
    }
  }

  /// Made in a directory that only the owner may enter, then moved: nobody sees half a file, nor
  /// one that others may read.
  private static void create(Path directory, Path file) throws IOException {
    Files.createDirectories(directory);
    Path apart = Files.createTempDirectory(directory, ".new", ownerOnly("rwx------"));
    Path made = apart.resolve("made.p12");
    try {
      keytool(made);
      Files.setPosixFilePermissions(made, PosixFilePermissions.fromString("rw-------"));
      Files.move(made, file, StandardCopyOption.ATOMIC_MOVE);
    } finally {
      Files.deleteIfExists(made);
      Files.delete(apart);
    }
  }

  private static void keytool(Path target) throws IOException {
    List<String> command =
        List.of(
            Path.of(System.getProperty("java.home"), "bin", "keytool").toString(),
            "-genkeypair",
            "-alias",
            ALIAS,
            "-keyalg",
            "EC",
            "-groupname",
            "secp256r1",
            "-sigalg",
            "SHA256withECDSA",
            "-validity",
            "3650",
            "-dname",
            "CN=bessemer",
            "-ext",
            "SAN=dns:localhost,ip:127.0.0.1" + hostName(),
            "-storetype",
            "PKCS12",
            "-storepass",
            PASSWORD,
            "-keystore",
            target.toString());
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    process.getOutputStream().close();
    try (InputStream output = process.getInputStream()) {
      String said = new String(output.readNBytes(4096), StandardCharsets.UTF_8).strip();
      if (!process.waitFor(KEYTOOL_SECONDS, TimeUnit.SECONDS) || process.exitValue() != 0) {
        throw new IllegalStateException("keytool made no certificate: " + said);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while keytool made a certificate", e);
    } finally {
      process.destroyForcibly();
    }
  }

  /// For browsers, which compare names; a machine without a proper one does without.
  private static String hostName() {
    try {
      String host = InetAddress.getLocalHost().getHostName();
      return HOST.matcher(host).matches() ? ",dns:" + host : "";
    } catch (UnknownHostException e) {
      return "";
    }
  }

  private static X509Certificate read(Path file) throws IOException {
    try (InputStream in = Files.newInputStream(file)) {
      KeyStore store = KeyStore.getInstance("PKCS12");
      store.load(in, PASSWORD.toCharArray());
      if (store.getCertificate(ALIAS) instanceof X509Certificate certificate) {
        return certificate;
      }
      throw damaged(file, null);
    } catch (GeneralSecurityException | IOException e) { // the latter from a broken file
      throw damaged(file, e);
    }
  }

  private static IllegalStateException damaged(Path file, @Nullable Exception cause) {
    return new IllegalStateException(
        file + " holds no certificate; remove it, and the next start makes a new one", cause);
  }

  private static FileAttribute<?> ownerOnly(String mode) {
    return PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString(mode));
  }
}

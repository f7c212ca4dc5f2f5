package bessemer.supervisor;

import bessemer.supervisor.process.OwnFile;
import bessemer.supervisor.process.SupervisorException;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.util.HexFormat;
import java.util.concurrent.TimeUnit;

/// The gateway's key and self-signed certificate for TLS, made once per installation. Clients pin
/// its fingerprint, so no authority has to vouch for it.
///
/// @param keystore PKCS12
/// @param fingerprint SHA-256 of the certificate, 64 hexadecimal digits
record Certificate(Path keystore, String password, String fingerprint) {
  private static final String ALIAS = "gateway";

  static Certificate loadOrCreate(Path keys, InetAddress address)
      throws IOException, InterruptedException {
    Path keystore = keys.resolve("gateway.p12");
    Path passwordFile = keys.resolve("gateway.password");
    Installation.ownDirectory(keys);
    if (!Files.exists(keystore)) {
      create(keystore, passwordFile, address);
    }
    String password = Files.readString(passwordFile).strip();
    return new Certificate(keystore, password, fingerprint(keystore, password));
  }

  private static void create(Path keystore, Path passwordFile, InetAddress address)
      throws IOException, InterruptedException {
    byte[] random = new byte[24];
    new SecureRandom().nextBytes(random);
    String password = HexFormat.of().formatHex(random);
    Path fresh = keystore.resolveSibling(".gateway.p12.new");
    Files.deleteIfExists(fresh);
    String names = "SAN=dns:localhost,ip:127.0.0.1";
    if (!address.isAnyLocalAddress()) {
      names += ",ip:" + address.getHostAddress();
    }
    keytool(password, fresh, names);
    Files.setPosixFilePermissions(fresh, PosixFilePermissions.fromString("rw-------"));
    OwnFile.write(passwordFile, password + "\n", true);
    Files.move(fresh, keystore, StandardCopyOption.ATOMIC_MOVE);
  }

  private static void keytool(String password, Path keystore, String names)
      throws IOException, InterruptedException {
    Path tool = Path.of(System.getProperty("java.home"), "bin", "keytool");
    ProcessBuilder builder =
        new ProcessBuilder(
                tool.toString(),
                "-genkeypair",
                "-alias",
                ALIAS,
                "-keyalg",
                "EC",
                "-groupname",
                "secp256r1",
                "-validity",
                "3650",
                "-dname",
                "CN=bessemer",
                "-ext",
                names,
                "-storetype",
                "PKCS12",
                "-keystore",
                keystore.toString(),
                "-storepass:env",
                "STORE_PASSWORD")
            .redirectErrorStream(true);
    builder.environment().put("STORE_PASSWORD", password); // arguments are visible to everybody
    Process process = builder.start();
    process.getOutputStream().close();
    String said = new String(process.getInputStream().readAllBytes());
    if (!process.waitFor(1, TimeUnit.MINUTES) || process.exitValue() != 0) {
      throw new SupervisorException("keytool made no certificate: " + said.strip());
    }
  }

  private static String fingerprint(Path keystore, String password) throws IOException {
    try (var in = Files.newInputStream(keystore)) {
      KeyStore store = KeyStore.getInstance("PKCS12");
      store.load(in, password.toCharArray());
      byte[] certificate = store.getCertificate(ALIAS).getEncoded();
      return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(certificate));
    } catch (GeneralSecurityException e) {
      throw new SupervisorException(
          "%s cannot be read (%s): delete it and a new one is made; its fingerprint changes"
              .formatted(keystore, e.getMessage()));
    }
  }
}

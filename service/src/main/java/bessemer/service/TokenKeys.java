package bessemer.service;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.interfaces.ECPrivateKey;
import java.security.interfaces.ECPublicKey;
import java.security.spec.ECGenParameterSpec;
import java.security.spec.PKCS8EncodedKeySpec;
import java.security.spec.X509EncodedKeySpec;
import java.util.Base64;

/// The key pair of an installation, on the curve P-256: the gateway signs its calls with one half,
/// services check them with the other. The private half never leaves `token.key`, which only its
/// owner may read.
public final class TokenKeys {
  private static final String PRIVATE = "token.key";
  private static final String PUBLIC = "token.pub";

  private final ECPrivateKey privateKey;
  private final ECPublicKey publicKey;

  private TokenKeys(ECPrivateKey privateKey, ECPublicKey publicKey) {
    this.privateKey = privateKey;
    this.publicKey = publicKey;
  }

  /// The pair in this directory; made when there is none.
  ///
  /// @throws IllegalStateException if a file there is no key
  public static TokenKeys loadOrCreate(Path directory) {
    try {
      Path file = directory.resolve(PRIVATE);
      if (!Files.exists(file)) {
        create(directory);
      }
      var key = (ECPrivateKey) keys(file).generatePrivate(new PKCS8EncodedKeySpec(pem(file)));
      return new TokenKeys(key, readPublic(directory.resolve(PUBLIC)));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (GeneralSecurityException e) {
      throw damaged(directory.resolve(PRIVATE), e);
    }
  }

  /// @throws UncheckedIOException if there is no such file (yet)
  public static ECPublicKey readPublic(Path file) {
    try {
      return (ECPublicKey) keys(file).generatePublic(new X509EncodedKeySpec(pem(file)));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (GeneralSecurityException e) {
      throw damaged(file, e);
    }
  }

  /// Keeps the public half that a gateway on another machine told, unless it is there already.
  ///
  /// @throws IllegalArgumentException if this is no such key
  public static void savePublic(Path directory, String text) {
    Path file = publicFile(directory);
    try {
      if (Files.exists(file) && Files.readString(file).equals(text)) {
        return;
      }
      KeyFactory.getInstance("EC").generatePublic(new X509EncodedKeySpec(decoded(text)));
      Files.createDirectories(directory);
      write(file, text);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (GeneralSecurityException e) {
      throw new IllegalArgumentException("the gateway's key is no EC key in PEM", e);
    }
  }

  /// The public half of keys in this directory.
  public static Path publicFile(Path directory) {
    return directory.resolve(PUBLIC);
  }

  ECPrivateKey privateKey() {
    return privateKey;
  }

  public ECPublicKey publicKey() {
    return publicKey;
  }

  public String publicPem() {
    return pem("PUBLIC KEY", publicKey.getEncoded());
  }

  /// The public half is there first: whoever sees the private one finds both.
  private static void create(Path directory) throws IOException, GeneralSecurityException {
    Files.createDirectories(directory);
    KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
    generator.initialize(new ECGenParameterSpec("secp256r1"));
    KeyPair pair = generator.generateKeyPair();
    write(directory.resolve(PUBLIC), pem("PUBLIC KEY", pair.getPublic().getEncoded()));
    write(directory.resolve(PRIVATE), pem("PRIVATE KEY", pair.getPrivate().getEncoded()));
  }

  private static void write(Path file, String text) throws IOException {
    Path part = file.resolveSibling(file.getFileName() + ".part");
    Files.deleteIfExists(part);
    Files.createFile(
        part, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
    Files.writeString(part, text, StandardOpenOption.WRITE);
    Files.move(part, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
  }

  private static KeyFactory keys(Path file) throws GeneralSecurityException, IOException {
    if (Files.size(file) > 10_000) {
      throw new GeneralSecurityException("too long");
    }
    return KeyFactory.getInstance("EC");
  }

  private static byte[] pem(Path file) throws IOException {
    return decoded(Files.readString(file));
  }

  private static byte[] decoded(String pem) {
    return Base64.getMimeDecoder().decode(pem.replaceAll("-----[A-Z ]+-----", ""));
  }

  private static String pem(String what, byte[] encoded) {
    String body = Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(encoded);
    return "-----BEGIN %s-----%n%s%n-----END %s-----%n".formatted(what, body, what);
  }

  private static IllegalStateException damaged(Path file, Exception e) {
    return new IllegalStateException(
        file + " holds no EC key; remove it and start the gateway, which makes a new pair", e);
  }
}

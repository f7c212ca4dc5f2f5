package bessemer.service.tls;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.cert.CertificateEncodingException;
import java.security.cert.X509Certificate;
import java.util.HexFormat;
import java.util.Locale;
import java.util.regex.Pattern;

/// The SHA-256 of a certificate in 64 lower-case hexadecimal digits.
public final class Fingerprint {
  private static final Pattern FORM = Pattern.compile("[0-9a-f]{64}");

  private Fingerprint() {}

  public static String of(X509Certificate certificate) {
    try {
      byte[] hash = MessageDigest.getInstance("SHA-256").digest(certificate.getEncoded());
      return HexFormat.of().formatHex(hash);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e); // every JDK has it
    } catch (CertificateEncodingException e) {
      throw new IllegalArgumentException("a certificate that cannot be written", e);
    }
  }

  /// Also reads what keytool and openssl print: capitals, with colons between the bytes.
  ///
  /// @throws IllegalArgumentException if these are not 64 hexadecimal digits
  public static String parse(String text) {
    String digits = text.replace(":", "").strip().toLowerCase(Locale.ROOT);
    if (!FORM.matcher(digits).matches()) {
      throw new IllegalArgumentException(
          "'%s' is no SHA-256 fingerprint: 64 hexadecimal digits, with or without colons"
              .formatted(text));
    }
    return digits;
  }
}

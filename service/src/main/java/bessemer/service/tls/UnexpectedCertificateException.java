package bessemer.service.tls;

import java.security.cert.CertificateException;
import java.util.Optional;

/// The other side shows another certificate than the one that is known.
public final class UnexpectedCertificateException extends CertificateException {
  private static final long serialVersionUID = 1L;

  private final String known;
  private final String shown;

  UnexpectedCertificateException(String known, String shown) {
    super(
        "expected the certificate with SHA-256 %s, and the other side shows %s"
            .formatted(known, shown));
    this.known = known;
    this.shown = shown;
  }

  public String known() {
    return known;
  }

  public String shown() {
    return shown;
  }

  /// This reason among those of a failed connection.
  public static Optional<UnexpectedCertificateException> in(Throwable failure) {
    for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
      if (cause instanceof UnexpectedCertificateException found) {
        return Optional.of(found);
      }
    }
    return Optional.empty();
  }
}

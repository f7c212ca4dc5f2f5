package bessemer.inference.join;

import org.springframework.boot.context.properties.ConfigurationProperties;

/// What a worker is told about its place in the cluster, under `bessemer.join`.
///
/// @param fingerprint SHA-256 of the gateway's certificate; empty when it is known from before
/// @param trust whether a certificate that nobody vouched for is taken on first sight
/// @param privateNetwork whether the way to the gateway is closed to others, so that it may be http
/// @param models where their files come from
/// @param worker its id; empty for one made of the machine's name and the home directory
/// @param advertise the name or address under which the gateway reaches this worker; empty for the
///   one that it uses towards the gateway
@ConfigurationProperties("bessemer.join")
public record JoinSettings(
    String fingerprint,
    boolean trust,
    boolean privateNetwork,
    Models models,
    String worker,
    String advertise) {

  /// Where models come from.
  public enum Models {
    /// The disk that conversion writes to.
    SHARED,
    /// The gateway, file by file.
    PULLED
  }
}

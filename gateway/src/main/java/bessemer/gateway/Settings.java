package bessemer.gateway;

import java.net.URI;
import java.nio.file.Path;
import java.util.List;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.util.unit.DataSize;

/// What an installation can set about the gateway; `application.yaml` names the variables.
///
/// @param home where the first keys are written
/// @param keys the folder of the pair that calls to services are signed with
/// @param conversionUrl where the conversion service listens
/// @param evalUrl where the evaluation service listens
/// @param behindProxy whether something in front of the gateway speaks TLS
/// @param hosts names besides localhost and addresses that requests may give in `Host`
@ConfigurationProperties("bessemer")
public record Settings(
    Path home,
    Path keys,
    URI conversionUrl,
    URI evalUrl,
    @DefaultValue("false") boolean behindProxy,
    @DefaultValue List<String> hosts,
    @DefaultValue Tls tls,
    @DefaultValue Limits limits) {

  /// @param keystore PKCS12 or JKS with the certificate; empty for plain HTTP
  public record Tls(@DefaultValue("") String keystore, @DefaultValue("") String keystorePassword) {
    public boolean enabled() {
      return !keystore.isBlank();
    }

    @Override
    public String toString() {
      return "Tls[keystore=" + keystore + "]";
    }
  }

  /// What one request, and one key, may take.
  ///
  /// @param json the longest body of a call under `/api`
  /// @param inference the longest body of a call under `/v1` and of a translation
  /// @param upload the longest file of a source
  /// @param requestsPerSecond of one key, after `burst` at once
  /// @param concurrent requests of one key that are answered at the same time, streams included
  public record Limits(
      @DefaultValue("1MB") DataSize json,
      @DefaultValue("4MB") DataSize inference,
      @DefaultValue("256GB") DataSize upload,
      @DefaultValue("200") int requestsPerSecond,
      @DefaultValue("1000") int burst,
      @DefaultValue("256") int concurrent) {}
}

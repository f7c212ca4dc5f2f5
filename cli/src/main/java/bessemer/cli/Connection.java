package bessemer.cli;

import bessemer.cli.remote.Address;
import bessemer.cli.remote.Gateway;
import java.io.IOException;
import java.util.Map;

/// The services, as this installation or the environment names them.
///
/// @param environment `BESSEMER_URL`, `BESSEMER_KEY` and `BESSEMER_FINGERPRINT` come before what
///   `up` wrote down
record Connection(Home home, Map<String, String> environment) {

  /// Closed by the caller.
  ///
  /// @throws bessemer.cli.remote.GatewayException if no cluster is known
  Gateway open() throws IOException {
    return new Gateway(Address.find(environment, home.directory()));
  }
}

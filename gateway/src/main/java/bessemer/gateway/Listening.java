package bessemer.gateway;

import java.net.InetAddress;
import java.net.UnknownHostException;
import org.springframework.context.ApplicationContextInitializer;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.core.env.Environment;

/// Keys and prompts must not cross a network in clear text.
final class Listening implements ApplicationContextInitializer<ConfigurableApplicationContext> {

  @Override
  public void initialize(ConfigurableApplicationContext context) {
    check(context.getEnvironment());
  }

  /// @throws StartRefusedException if the gateway would listen beyond this machine without TLS
  static void check(Environment environment) {
    String address = environment.getProperty("server.address", "127.0.0.1");
    boolean safe =
        isLoopback(address)
            || !environment.getProperty("bessemer.tls.keystore", "").isBlank()
            || environment.getProperty("bessemer.behind-proxy", boolean.class, false);
    if (!safe) {
      throw new StartRefusedException(
          "BESSEMER_ADDRESS is %s, so API keys and prompts would cross the network in clear text"
              .formatted(address),
          "Set BESSEMER_TLS_KEYSTORE (PKCS12) and BESSEMER_TLS_KEYSTORE_PASSWORD to speak HTTPS, or"
              + " BESSEMER_BEHIND_PROXY=true if something in front of the gateway does, or leave"
              + " BESSEMER_ADDRESS at 127.0.0.1.");
    }
  }

  private static boolean isLoopback(String address) {
    try {
      return InetAddress.getByName(address).isLoopbackAddress();
    } catch (UnknownHostException e) {
      throw new StartRefusedException(
          "BESSEMER_ADDRESS is '%s', which is no address of this machine".formatted(address),
          "Use 127.0.0.1, or the address of one of its interfaces.");
    }
  }
}

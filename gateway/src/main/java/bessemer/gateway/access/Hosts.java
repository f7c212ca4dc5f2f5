package bessemer.gateway.access;

import bessemer.gateway.access.RefusedException.Reason;
import java.util.Collection;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// Which names the gateway answers to. A page of somewhere else that makes its own name point to
/// this machine (DNS rebinding) comes with that name; addresses cannot be pointed anywhere.
final class Hosts {
  private static final Pattern ADDRESS =
      Pattern.compile("\\d{1,3}(\\.\\d{1,3}){3}|\\[[0-9a-f:.]+]");
  private static final Pattern PORT = Pattern.compile(":\\d{1,5}$");

  private final Set<String> allowed;

  /// @param names besides `localhost`
  Hosts(Collection<String> names) {
    this.allowed =
        names.stream()
            .map(name -> name.strip().toLowerCase(Locale.ROOT))
            .filter(name -> !name.isEmpty())
            .collect(Collectors.toUnmodifiableSet());
  }

  /// @param host as the request has it
  /// @throws RefusedException if it is not one of ours
  void check(@Nullable String host) {
    String name = PORT.matcher(host == null ? "" : host.toLowerCase(Locale.ROOT)).replaceFirst("");
    boolean ours =
        name.equals("localhost") || allowed.contains(name) || ADDRESS.matcher(name).matches();
    if (!ours) {
      throw new RefusedException(
          Reason.HOST,
          "'%s' is not a name of this gateway; BESSEMER_HOSTS lists the ones it answers to"
              .formatted(name));
    }
  }
}

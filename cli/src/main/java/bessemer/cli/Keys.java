package bessemer.cli;

import bessemer.cli.remote.Gateway;
import bessemer.contracts.KeyRequest;
import bessemer.contracts.KeyView;
import bessemer.contracts.Page;
import bessemer.contracts.Scope;
import java.io.IOException;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.core.type.TypeReference;

@Command(
    name = "keys",
    mixinStandardHelpOptions = true,
    description = "Makes, lists and revokes keys of the gateway; needs a key with the scope admin.")
final class Keys {
  private static final String KEYS = "/api/v1/keys";

  private final Console console;
  private final Connection connection;

  Keys(Console console, Connection connection) {
    this.console = console;
    this.connection = connection;
  }

  @Command(
      name = "create",
      mixinStandardHelpOptions = true,
      description = "Makes a key and prints it, this once.")
  int create(
      @Parameters(paramLabel = "NAME", description = "Who or what it is for.") String name,
      @Option(
              names = "--scope",
              required = true,
              split = ",",
              paramLabel = "SCOPE",
              description = "read, write, infer, worker or admin; repeatable.")
          List<Scope> scopes,
      @Option(
              names = "--expires-in-days",
              paramLabel = "N",
              description = "Default: never expires.")
          @Nullable Integer expiresInDays,
      @Option(names = "--json", description = "Print JSON.") boolean json)
      throws IOException, InterruptedException {
    try (Gateway gateway = connection.open()) {
      var request = new KeyRequest(name, Set.copyOf(scopes), expiresInDays);
      KeyView key = gateway.post(KEYS, request, Map.of(), KeyView.class);
      console.out().println(json ? Json.of(key) : key.key());
      console.note(
          "key %s, shown this once; ./bessemer keys revoke %s".formatted(key.id(), key.id()));
    }
    return Exit.OK.code();
  }

  @Command(name = "list", mixinStandardHelpOptions = true, description = "Lists keys.")
  int list(@Option(names = "--json", description = "Print JSON.") boolean json)
      throws IOException, InterruptedException {
    try (Gateway gateway = connection.open()) {
      Page<KeyView> keys = gateway.get(KEYS, new TypeReference<Page<KeyView>>() {});
      console.out().print(json ? Json.of(keys) + "\n" : table(keys.items()));
    }
    return Exit.OK.code();
  }

  private static Table table(List<KeyView> keys) {
    var table = new Table().row("ID", "NAME", "SCOPES", "STATE", "LAST USED");
    for (KeyView key : keys) {
      table.row(
          key.id(),
          key.name(),
          scopes(key),
          state(key),
          key.lastUsedAt() == null ? "never" : key.lastUsedAt());
    }
    return table;
  }

  private static String scopes(KeyView key) {
    return key.scopes().stream()
        .sorted()
        .map(scope -> scope.name().toLowerCase(Locale.ROOT))
        .collect(Collectors.joining(","));
  }

  private static String state(KeyView key) {
    if (key.revokedAt() != null) {
      return "revoked " + key.revokedAt();
    }
    return key.expiresAt() == null ? "valid" : "valid until " + key.expiresAt();
  }

  @Command(
      name = "revoke",
      mixinStandardHelpOptions = true,
      description = "Makes a key worthless, at once.")
  int revoke(
      @Parameters(paramLabel = "ID", description = "As `keys list` shows it.") String id,
      @Option(names = "--json", description = "Print JSON.") boolean json)
      throws IOException, InterruptedException {
    try (Gateway gateway = connection.open()) {
      KeyView key = gateway.call("DELETE", KEYS + "/" + Gateway.segment(id), KeyView.class);
      if (json) {
        console.out().println(Json.of(key));
      }
      console.note("key " + id + " is revoked");
    }
    return Exit.OK.code();
  }
}

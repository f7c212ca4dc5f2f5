package bessemer.cli;

import bessemer.cli.remote.Gateway;
import java.io.IOException;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

@Command(
    name = "delete",
    mixinStandardHelpOptions = true,
    description = "Removes a model from the services' catalogue, with its files.")
final class Delete implements Callable<Integer> {
  private final Console console;
  private final Connection connection;

  @Parameters(paramLabel = "MODEL", description = "A name that `list models` shows.")
  private String model = "";

  Delete(Console console, Connection connection) {
    this.console = console;
    this.connection = connection;
  }

  @Override
  public Integer call() throws IOException, InterruptedException {
    try (Gateway gateway = connection.open()) {
      gateway.call("DELETE", "/api/v1/models/" + Gateway.segment(model));
      console.note("model " + model + " is deleted");
    }
    return Exit.OK.code();
  }
}

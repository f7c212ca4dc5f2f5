package bessemer.cli;

import bessemer.cli.Speaker.Reply;
import bessemer.models.generation.TokenListener;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
    name = "generate",
    mixinStandardHelpOptions = true,
    description = {
      "Answers one prompt; the text goes to standard output.",
      "A directory runs in this process, a name through the gateway."
    })
final class Generate implements Callable<Integer> {
  private final Console console;
  private final Connection connection;

  @Parameters(paramLabel = "MODEL", description = "A directory or the name of a model.")
  private String model = "";

  @Option(names = "--prompt", required = true, paramLabel = "TEXT", description = "What to answer.")
  private String prompt = "";

  @Option(names = "--system", paramLabel = "TEXT", description = "A system message before it.")
  private String system = "";

  @Option(names = "--raw", description = "Continue the text itself, without the chat template.")
  private boolean raw;

  @Mixin private final SamplingOptions sampling = new SamplingOptions();
  @Mixin private final Computing computing = new Computing();
  @Mixin private final AdapterOption adapter = new AdapterOption();
  @Mixin private final Local local = new Local();

  @Option(names = "--json", description = "Print JSON: text, tokens, timings.")
  private boolean json;

  Generate(Console console, Connection connection) {
    this.console = console;
    this.connection = connection;
  }

  @Override
  public Integer call() throws IOException, InterruptedException {
    if (raw && !system.isEmpty()) {
      throw new CommandException(
          Exit.USAGE, "--raw continues the text alone, without a chat: leave out --system");
    }
    try (Speaker speaker = open()) {
      Reply reply = answer(speaker);
      console.out().println(json ? Json.of(reply.json()) : "");
      if (!json) {
        console.note(reply.rates());
      }
    }
    return Exit.OK.code();
  }

  private Speaker open() throws IOException {
    adapter.requireLocal(local.covers(model));
    computing.requireLocal(local.covers(model));
    Home home = connection.home();
    return local.covers(model)
        ? LocalSpeaker.open(
            ModelArgument.resolve(model, home),
            adapter,
            computing.choice(),
            computing.cache(),
            home)
        : new RemoteSpeaker(connection, model);
  }

  private Reply answer(Speaker speaker) throws IOException, InterruptedException {
    TokenListener listener = json ? _ -> {} : this::print;
    if (raw || (speaker instanceof LocalSpeaker here && !here.chats())) {
      return speaker.continued(prompt, sampling, listener);
    }
    var user = Map.of("role", "user", "content", prompt);
    return speaker.answer(
        system.isEmpty()
            ? List.of(user)
            : List.of(Map.of("role", "system", "content", system), user),
        sampling,
        listener);
  }

  private void print(String piece) {
    console.out().print(piece);
    console.out().flush();
  }
}

package bessemer.cli;

import bessemer.models.generation.Generated;
import java.io.IOException;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
    name = "generate",
    mixinStandardHelpOptions = true,
    description = "Answers one prompt; the text goes to standard output.")
final class Generate implements Callable<Integer> {
  private final Console console;
  private final Home home;

  @Parameters(paramLabel = "MODEL", description = "A directory or the name of a model.")
  private String model = "";

  @Option(names = "--prompt", required = true, paramLabel = "TEXT", description = "What to answer.")
  private String prompt = "";

  @Option(names = "--system", paramLabel = "TEXT", description = "A system message before it.")
  private String system = "";

  @Option(names = "--raw", description = "Continue the text itself, without the chat template.")
  private boolean raw;

  @Mixin private final SamplingOptions sampling = new SamplingOptions();
  @Mixin private final Threads threads = new Threads();
  @Mixin private final Local local = new Local();

  @Option(names = "--json", description = "Print JSON: text, tokens, timings.")
  private boolean json;

  Generate(Console console, Home home) {
    this.console = console;
    this.home = home;
  }

  @Override
  public Integer call() throws IOException {
    local.require();
    try (Speaker speaker =
        Speaker.open(ModelArgument.resolve(model, home), threads.count(), home)) {
      Generated answer =
          speaker.answer(
              tokens(speaker),
              sampling,
              piece -> {
                if (!json) {
                  console.out().print(piece);
                  console.out().flush();
                }
              });
      console.out().println(json ? Json.of(answer) : "");
      if (!json) {
        console.note(rates(answer));
      }
    }
    return Exit.OK.code();
  }

  private int[] tokens(Speaker speaker) {
    if (raw || !speaker.chats()) {
      return speaker.text(prompt);
    }
    var user = Map.of("role", "user", "content", prompt);
    return speaker.conversation(
        system.isEmpty()
            ? List.of(user)
            : List.of(Map.of("role", "system", "content", system), user));
  }

  /// One line of figures, all of them measured.
  static String rates(Generated answer) {
    var timings = answer.timings();
    return String.format(
        Locale.ROOT,
        "[%d prompt tokens, first after %.0f ms (%.1f tok/s); %d tokens, %.1f tok/s]",
        timings.promptTokens(),
        timings.firstTokenNanos() / 1e6,
        timings.prefillPerSecond(),
        answer.tokens().size(),
        timings.decodePerSecond());
  }
}

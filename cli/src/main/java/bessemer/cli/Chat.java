package bessemer.cli;

import bessemer.models.generation.Generated;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jline.reader.EndOfFileException;
import org.jline.reader.LineReader;
import org.jline.reader.LineReaderBuilder;
import org.jline.reader.UserInterruptException;
import org.jline.terminal.TerminalBuilder;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
    name = "chat",
    mixinStandardHelpOptions = true,
    description = "Talks with a model. /reset forgets the conversation, /exit or Ctrl-D ends it.")
final class Chat implements Callable<Integer> {
  private final Console console;
  private final Home home;

  @Parameters(paramLabel = "MODEL", description = "A directory or the name of a model.")
  private String model = "";

  @Option(names = "--system", paramLabel = "TEXT", description = "A system message before all.")
  private String system = "";

  @Mixin private final SamplingOptions sampling = new SamplingOptions();
  @Mixin private final Threads threads = new Threads();
  @Mixin private final Local local = new Local();

  Chat(Console console, Home home) {
    this.console = console;
    this.home = home;
  }

  @Override
  public Integer call() throws IOException {
    local.require();
    try (Speaker speaker = Speaker.open(ModelArgument.resolve(model, home), threads.count(), home);
        var terminal = TerminalBuilder.builder().dumb(true).build()) {
      LineReader reader = LineReaderBuilder.builder().terminal(terminal).build();
      console.note(model + " on " + speaker.backend() + "; /reset forgets, /exit ends");
      List<Map<String, String>> messages = opening();
      for (String line = read(reader); line != null; line = read(reader)) {
        if (line.equals("/reset")) {
          messages = opening();
        } else if (!line.isBlank()) {
          turn(speaker, messages, line);
        }
      }
    }
    return Exit.OK.code();
  }

  private List<Map<String, String>> opening() {
    List<Map<String, String>> messages = new ArrayList<>();
    if (!system.isEmpty()) {
      messages.add(Map.of("role", "system", "content", system));
    }
    return messages;
  }

  /// Null when the user is done.
  private static @Nullable String read(LineReader reader) {
    try {
      String line = reader.readLine("> ").strip();
      return line.equals("/exit") ? null : line;
    } catch (EndOfFileException | UserInterruptException e) {
      return null;
    }
  }

  private void turn(Speaker speaker, List<Map<String, String>> messages, String line) {
    messages.add(Map.of("role", "user", "content", line));
    Generated answer =
        speaker.answer(
            speaker.conversation(messages),
            sampling,
            piece -> {
              console.out().print(piece);
              console.out().flush();
            });
    console.out().println();
    console.note(Generate.rates(answer));
    messages.add(Map.of("role", "assistant", "content", answer.text()));
  }
}

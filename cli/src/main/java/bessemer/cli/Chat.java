package bessemer.cli;

import bessemer.cli.Speaker.Reply;
import bessemer.cli.remote.GatewayException;
import bessemer.models.generation.TokenListener;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jline.reader.EndOfFileException;
import org.jline.reader.LineReader;
import org.jline.reader.LineReaderBuilder;
import org.jline.reader.UserInterruptException;
import org.jline.terminal.Terminal;
import org.jline.terminal.TerminalBuilder;
import org.jline.utils.Signals;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
    name = "chat",
    mixinStandardHelpOptions = true,
    description = {
      "Talks with a model.",
      "/reset forgets the conversation, Ctrl-C stops an answer, /exit or Ctrl-D ends it.",
      "A directory runs in this process, a name through the gateway."
    })
final class Chat implements Callable<Integer> {
  private final Console console;
  private final Connection connection;

  @Parameters(paramLabel = "MODEL", description = "A directory or the name of a model.")
  private String model = "";

  @Option(names = "--system", paramLabel = "TEXT", description = "A system message before all.")
  private String system = "";

  @Mixin private final SamplingOptions sampling = new SamplingOptions();
  @Mixin private final Computing computing = new Computing();
  @Mixin private final AdapterOption adapter = new AdapterOption();
  @Mixin private final Local local = new Local();

  Chat(Console console, Connection connection) {
    this.console = console;
    this.connection = connection;
  }

  @Override
  public Integer call() throws IOException, InterruptedException {
    try (Speaker speaker = open();
        Terminal terminal = TerminalBuilder.builder().dumb(true).build()) {
      LineReader reader = LineReaderBuilder.builder().terminal(terminal).build();
      console.note(model + " on " + speaker.place() + "; /reset forgets, /exit ends");
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

  private List<Map<String, String>> opening() {
    List<Map<String, String>> messages = new ArrayList<>();
    if (!system.isEmpty()) {
      messages.add(Map.of("role", "system", "content", system));
    }
    return messages;
  }

  /// Null when the user is done.
  private @Nullable String read(LineReader reader) {
    while (true) {
      try {
        String line = reader.readLine("> ").strip();
        return line.equals("/exit") ? null : line;
      } catch (EndOfFileException e) {
        return null;
      } catch (UserInterruptException e) {
        console.note("/exit or Ctrl-D ends"); // the line is dropped, as in a shell
      }
    }
  }

  /// A question and its answer; what went wrong with it leaves the conversation as it was.
  private void turn(Speaker speaker, List<Map<String, String>> messages, String line)
      throws IOException, InterruptedException {
    messages.add(Map.of("role", "user", "content", line));
    var answering = new Answering(console);
    Object before = Signals.register("INT", answering::stop); // also where stdin is no terminal
    try {
      Reply reply = speaker.answer(messages, sampling, answering);
      console.out().println();
      console.note(reply.rates());
      messages.add(Map.of("role", "assistant", "content", reply.text()));
    } catch (GatewayException e) {
      if (!e.isTemporary()) {
        throw e; // no such model, no such key: the next question would fare no better
      }
      console.error(String.valueOf(e.getMessage()));
      messages.removeLast();
    } catch (IOException e) {
      console.error(String.valueOf(e.getMessage()));
      messages.removeLast();
    } finally {
      Signals.unregister("INT", before);
      answering.end();
    }
  }

  /// Prints an answer as it comes, until Ctrl-C.
  private static final class Answering implements TokenListener {
    private final Console console;
    private final Thread asker = Thread.currentThread();
    private boolean over;
    private volatile boolean stopped;

    Answering(Console console) {
      this.console = console;
    }

    /// Called by the thread that hears the signal. The asker may be waiting for the first word.
    synchronized void stop() {
      stopped = true;
      if (!over) {
        asker.interrupt();
      }
    }

    /// From here on nobody is interrupted.
    synchronized void end() {
      over = true;
      Thread.interrupted();
    }

    @Override
    public void text(String piece) {
      console.out().print(piece);
      console.out().flush();
    }

    @Override
    public boolean cancelled() {
      return stopped;
    }
  }
}

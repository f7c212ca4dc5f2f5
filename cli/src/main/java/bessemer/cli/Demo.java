package bessemer.cli;

import bessemer.tensor.backends.BackendName;
import bessemer.tensor.backends.EngineChoice;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

@Command(
    name = "demo",
    mixinStandardHelpOptions = true,
    description = {
      "Shows the whole of it on the bundled example.",
      "Starts the services, converts, proves, quantizes, talks; with --local without services.",
      "May be run again and again."
    })
final class Demo implements Callable<Integer> {
  private static final List<String> QUESTIONS =
      List.of("What is the capital of France?", "What is the opposite of hot?", "Who are you?");

  private final Console console;
  private final Home home;

  /// Of this installation, whatever the environment names.
  private final Connection connection;

  @Mixin private final Threads threads = new Threads();
  @Mixin private final Local local = new Local();

  Demo(Console console, Home home) {
    this.console = console;
    this.home = home;
    connection = new Connection(home, Map.of());
  }

  @Override
  public Integer call() throws IOException, InterruptedException {
    Path examples = Path.of(System.getProperty("bessemer.root", "")).resolve("examples");
    Path source = examples.resolve("tiny-llama");
    if (!Files.isDirectory(source)) {
      throw new CommandException(Exit.NOT_FOUND, source + " is missing: is the checkout complete?");
    }
    if (!local.chosen()) {
      title("Start Bessemer on this machine");
      int up = run("up");
      if (up != Exit.OK.code()) {
        return up;
      }
    }
    String pack = examples.resolve("tiny-llama-reference").toString();
    title("Convert the bundled checkpoint and prove it against PyTorch's recorded numbers");
    int code = convert(source.toString(), "--name", "demo", "--reference", pack);
    title("Quantize it to 4 bits and measure what that costs");
    int quantized =
        convert(source.toString(), "--name", "demo-4bit", "-q", "4", "--reference", pack);
    if (isFailure(code) || isFailure(quantized)) {
      return Math.max(code, quantized);
    }
    title("Let both speak");
    speak("demo");
    speak("demo-4bit");
    closing();
    return Math.max(code, quantized);
  }

  /// Whether there is no model to talk to.
  private static boolean isFailure(int code) {
    return code != Exit.OK.code() && code != Exit.GATE_FAILED.code();
  }

  private void title(String text) {
    console.out().println();
    console.out().println(console.strong(text));
    console.out().flush();
  }

  private int convert(String... arguments) {
    List<String> all = new ArrayList<>(List.of("convert"));
    all.addAll(List.of(arguments));
    all.add("--replace");
    if (local.chosen()) {
      all.add("--local");
    }
    return run(all.toArray(String[]::new));
  }

  private int run(String... arguments) {
    console.note("$ ./bessemer " + String.join(" ", arguments));
    return Bessemer.run(console, home, connection.environment(), arguments);
  }

  private void speak(String name) throws IOException, InterruptedException {
    try (Speaker speaker = speaker(name)) {
      console.out().println(name + ":");
      for (String question : QUESTIONS) {
        var messages = List.of(Map.of("role", "user", "content", question));
        String answer = speaker.answer(messages, new SamplingOptions(), _ -> {}).text().strip();
        console.out().println("  " + question + "  " + console.strong(answer));
      }
    }
  }

  private Speaker speaker(String name) throws IOException {
    return local.chosen()
        ? LocalSpeaker.open(
            home.models().resolve(name), new AdapterOption(), choice(), choice().cache(null), home)
        : new RemoteSpeaker(connection, name);
  }

  private EngineChoice choice() {
    return new EngineChoice(BackendName.AUTO, threads.count(), false);
  }

  private void closing() throws IOException {
    console.out().println();
    if (local.chosen()) {
      Path report = home.models().resolve("demo").resolve("parity.html");
      say("The report as a page:  " + report);
      say("Talk with it yourself: ./bessemer chat demo --local");
      say("Your own model:        ./bessemer convert FOLDER -q 4 --out OUT --local");
      return;
    }
    try (var gateway = connection.open()) {
      say("The dashboard:         " + console.strong(gateway.address().toString()));
      say("  log in with the key in " + home.directory().resolve("admin.key"));
    }
    say("Talk with it yourself: ./bessemer chat demo-4bit");
    say("Your own model:        ./bessemer convert FOLDER --name NAME -q 4");
    say("Bessemer goes on running; to stop it: ./bessemer down");
  }

  private void say(String line) {
    console.out().println(line);
  }
}

package bessemer.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

@Command(
    name = "demo",
    mixinStandardHelpOptions = true,
    description = "The whole of it on the bundled example: convert, prove, quantize, talk.")
final class Demo implements Callable<Integer> {
  private static final List<String> QUESTIONS =
      List.of("What is the capital of France?", "What is the opposite of hot?", "Who are you?");

  private final Console console;
  private final Home home;

  @Mixin private final Threads threads = new Threads();

  Demo(Console console, Home home) {
    this.console = console;
    this.home = home;
  }

  @Override
  public Integer call() throws IOException {
    Path examples = Path.of(System.getProperty("bessemer.root", "")).resolve("examples");
    Path source = examples.resolve("tiny-llama");
    if (!Files.isDirectory(source)) {
      throw new CommandException(Exit.NOT_FOUND, source + " is missing: is the checkout complete?");
    }
    String pack = examples.resolve("tiny-llama-reference").toString();

    title("1. Convert the bundled checkpoint and prove it against PyTorch's recorded numbers");
    int code = run("convert", source.toString(), "--name", "demo", "--reference", pack);
    title("2. Quantize it to 4 bits and measure what that costs");
    int quantized =
        run("convert", source.toString(), "--name", "demo-4bit", "-q", "4", "--reference", pack);
    title("3. Let both speak");
    speak("demo");
    speak("demo-4bit");
    closing();
    return Math.max(code, quantized);
  }

  private void title(String text) {
    console.out().println();
    console.out().println(console.strong(text));
  }

  private int run(String... arguments) {
    console.note("$ ./bessemer " + String.join(" ", arguments) + " --local");
    CommandLine line = Bessemer.commandLine(console, home);
    String[] all = java.util.Arrays.copyOf(arguments, arguments.length + 2);
    all[arguments.length] = "--local";
    all[arguments.length + 1] = "--replace";
    return line.execute(all);
  }

  private void speak(String name) throws IOException {
    try (LocalSpeaker speaker = LocalSpeaker.open(home.models().resolve(name), threads.count(), home)) {
      console.out().println(name + ":");
      for (String question : QUESTIONS) {
        var messages = List.of(Map.of("role", "user", "content", question));
        String answer = speaker.answer(messages, new SamplingOptions(), _ -> {}).text().strip();
        console.out().println("  " + question + "  " + console.strong(answer));
      }
    }
  }

  private void closing() {
    Path report = home.models().resolve("demo").resolve("parity.html");
    console.out().println();
    console.out().println("The report as a page:  " + report);
    console.out().println("Talk with it yourself: ./bessemer chat demo --local");
    console
        .out()
        .println("Your own model:        ./bessemer convert FOLDER -q 4 --out OUT --local");
  }
}

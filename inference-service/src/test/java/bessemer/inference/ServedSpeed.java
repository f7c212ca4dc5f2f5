package bessemer.inference;

import bessemer.checkpoint.text.Tokenizer;
import bessemer.models.LoadedModel;
import bessemer.models.generation.Generation;
import bessemer.models.generation.Pieces;
import bessemer.models.generation.Request;
import bessemer.models.generation.Sampling;
import bessemer.tensor.Engine;
import bessemer.tensor.cpu.Cpu;
import com.sun.management.OperatingSystemMXBean;
import java.io.PrintStream;
import java.lang.management.ManagementFactory;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.DoubleStream;
import java.util.stream.Stream;

/// Measures what serving costs: the same model, prompt and greedy choice in this process and
/// through the service's port as a stream, turn by turn, so that whatever else the machine does
/// slows both.
///
/// ```
/// java --add-modules jdk.incubator.vector --enable-native-access=ALL-UNNAMED \
///   -cp "inference-service/target/test-classes:inference-service/target/app/*" \
///   bessemer.inference.ServedSpeed MODEL_DIR [tokens] [rounds] [threads]
/// ```
public final class ServedSpeed {
  private static final String PROMPT = "Tell me a story.";

  private static final OperatingSystemMXBean SYSTEM =
      (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();

  private final Path model;
  private final int tokens;
  private final int rounds;
  private final int threads;
  private final PrintStream out;

  private ServedSpeed(String[] arguments, PrintStream out) {
    this.model = Path.of(arguments[0]);
    this.tokens = arguments.length > 1 ? Integer.parseInt(arguments[1]) : 128;
    this.rounds = arguments.length > 2 ? Integer.parseInt(arguments[2]) : 10;
    this.threads = arguments.length > 3 ? Integer.parseInt(arguments[3]) : 2;
    this.out = out;
  }

  public static void main(String[] arguments) throws Exception {
    new ServedSpeed(arguments, System.out).run();
  }

  private void run() throws Exception {
    Path home = Files.createTempDirectory("served-speed");
    try (var worker =
            new Worker(
                home,
                "bessemer.serve",
                model.toRealPath().toString(),
                "bessemer.threads",
                Integer.toString(threads));
        Engine engine = Cpu.engine(threads);
        LoadedModel loaded = LoadedModel.load(engine, model);
        Tokenizer tokenizer = Tokenizer.load(model, home.resolve("cache"));
        Generation generation = new Generation(engine, loaded.model(), System::nanoTime)) {
      int[] prompt = tokenizer.encode(PROMPT, true);
      compare(worker, generation, tokenizer, prompt, 1);
      compare(worker, generation, tokenizer, prompt, tokens);
    }
  }

  /// What one run took.
  ///
  /// @param cpu of the whole process, the client included
  private record Cost(double seconds, double cpu) {}

  /// Something to time.
  private interface Run {
    void once() throws Exception;
  }

  private static Cost cost(Run run) throws Exception {
    long cpu = SYSTEM.getProcessCpuTime();
    long start = System.nanoTime();
    run.once();
    return new Cost((System.nanoTime() - start) / 1e9, (SYSTEM.getProcessCpuTime() - cpu) / 1e9);
  }

  private void compare(
      Worker worker, Generation generation, Tokenizer tokenizer, int[] prompt, int count)
      throws Exception {
    List<Cost> inProcess = new ArrayList<>();
    List<Cost> served = new ArrayList<>();
    for (int round = -3; round < rounds; round++) { // the first three warm up
      Cost here = cost(() -> inProcess(generation, tokenizer, prompt, count));
      Cost there = cost(() -> served(worker, prompt, count));
      if (round >= 0) {
        inProcess.add(here);
        served.add(there);
      }
    }
    report(count, inProcess, served);
  }

  private void report(int count, List<Cost> inProcess, List<Cost> served) {
    double here = median(inProcess.stream().mapToDouble(Cost::seconds));
    double there = median(served.stream().mapToDouble(Cost::seconds));
    out.printf(
        Locale.ROOT,
        "%d tokens, median of %d: in process %.2f ms (%.1f tok/s), served %.2f ms (%.1f tok/s),"
            + " ratio %.3f%n",
        count,
        rounds,
        here * 1e3,
        count / here,
        there * 1e3,
        count / there,
        here / there);
    double cpuHere = median(inProcess.stream().mapToDouble(Cost::cpu));
    double cpuThere = median(served.stream().mapToDouble(Cost::cpu));
    out.printf(
        Locale.ROOT,
        "  processor time a token: in process %.0f us, served %.0f us with its client%n",
        cpuHere * 1e6 / count,
        cpuThere * 1e6 / count);
  }

  private static double median(DoubleStream values) {
    double[] sorted = values.sorted().toArray();
    int middle = sorted.length / 2;
    return sorted.length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
  }

  private static void inProcess(
      Generation generation, Tokenizer tokenizer, int[] prompt, int count) {
    var request =
        new Request(
            Arrays.stream(prompt).boxed().toList(), count, Sampling.greedy(), Set.of(), List.of());
    generation.generate(request, Pieces.of(tokenizer.stream(true)), _ -> {});
  }

  /// Until the last byte of the stream.
  private void served(Worker worker, int[] prompt, int count) throws Exception {
    String body =
        """
        {"model": "%s", "prompt": %s, "max_tokens": %d, "temperature": 0, "ignore_eos": true,
         "stream": true}\
        """
            .formatted(
                String.valueOf(model.toRealPath().getFileName()).toLowerCase(Locale.ROOT),
                Arrays.toString(prompt),
                count);
    HttpRequest request =
        worker.unsigned("/v1/completions").POST(HttpRequest.BodyPublishers.ofString(body)).build();
    HttpResponse<Stream<String>> response =
        worker.http().send(request, HttpResponse.BodyHandlers.ofLines());
    String last;
    try (Stream<String> lines = response.body()) {
      last = lines.filter(line -> !line.isEmpty()).reduce((_, next) -> next).orElse("");
    }
    if (response.statusCode() != 200 || !last.equals("data: [DONE]")) {
      throw new IllegalStateException(response.statusCode() + ": " + last);
    }
  }
}

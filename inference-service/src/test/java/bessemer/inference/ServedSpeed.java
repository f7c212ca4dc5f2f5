package bessemer.inference;

import bessemer.checkpoint.text.Tokenizer;
import bessemer.models.LoadedModel;
import bessemer.models.generation.Batch;
import bessemer.models.generation.Follower;
import bessemer.models.generation.Generated;
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
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.DoubleStream;
import java.util.stream.Stream;

/// Measures what serving costs: the same model, prompt and greedy choice in this process and
/// through the service's port as a stream, turn by turn, so that whatever else the machine does
/// slows both. Then the same for 1, 8 and 32 streams at once, which both generate together.
///
/// ```
/// java --add-modules jdk.incubator.vector --enable-native-access=ALL-UNNAMED \
///   -cp "inference-service/target/test-classes:inference-service/target/app/*" \
///   bessemer.inference.ServedSpeed MODEL_DIR [tokens] [rounds] [threads]
/// ```
public final class ServedSpeed {
  private static final String PROMPT = "Tell me a story.";

  private static final int MOST_STREAMS = 32;

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
                Integer.toString(threads),
                "bessemer.inference.max-batch",
                Integer.toString(MOST_STREAMS));
        Engine engine = Cpu.engine(threads);
        LoadedModel loaded = LoadedModel.load(engine, model);
        Tokenizer tokenizer = Tokenizer.load(model, home.resolve("cache"));
        Generation generation = new Generation(engine, loaded.model(), System::nanoTime)) {
      int[] prompt = tokenizer.encode(PROMPT, true);
      compare(worker, generation, tokenizer, prompt, 1);
      compare(worker, generation, tokenizer, prompt, tokens);
      for (int streams : new int[] {1, 8, MOST_STREAMS}) {
        compareStreams(worker, engine, loaded, tokenizer, prompt, streams);
      }
    }
  }

  private void compareStreams(
      Worker worker,
      Engine engine,
      LoadedModel loaded,
      Tokenizer tokenizer,
      int[] prompt,
      int streams)
      throws Exception {
    var limits = new Batch.Limits(streams, 0);
    List<Double> here = new ArrayList<>();
    List<Double> there = new ArrayList<>();
    List<Long> gaps = new ArrayList<>();
    for (int round = -1; round < rounds; round++) { // the first one warms up
      try (Batch batch = new Batch(engine, loaded.model(), limits, System::nanoTime)) {
        Cost together = cost(() -> together(batch, tokenizer, prompt, streams));
        gaps.clear();
        Cost atOnce = cost(() -> atOnce(worker, prompt, streams, gaps));
        if (round >= 0) {
          here.add(streams * tokens / together.seconds);
          there.add(streams * tokens / atOnce.seconds);
        }
      }
    }
    double inProcess = median(here.stream().mapToDouble(Double::doubleValue));
    double served = median(there.stream().mapToDouble(Double::doubleValue));
    Collections.sort(gaps);
    out.printf(
        Locale.ROOT,
        "%d streams of %d tokens: in process %.1f tok/s, served %.1f tok/s, ratio %.3f;"
            + " between pieces p50 %.1f, p99 %.1f ms%n",
        streams,
        tokens,
        inProcess,
        served,
        served / inProcess,
        gaps.get(gaps.size() / 2) / 1e6,
        gaps.get(gaps.size() * 99 / 100) / 1e6);
  }

  /// Prompts differ in their last token.
  private static int[] prompt(int[] prompt, int stream) {
    int[] own = Arrays.copyOf(prompt, prompt.length + 1);
    own[prompt.length] = prompt[prompt.length - 1] / 2 + stream;
    return own;
  }

  private void together(Batch batch, Tokenizer tokenizer, int[] prompt, int streams) {
    for (int i = 0; i < streams; i++) {
      Request request = request(prompt(prompt, i), tokens);
      batch.join(request, Pieces.of(tokenizer.stream(true)), new Deaf());
    }
    while (!batch.isEmpty()) {
      batch.step();
    }
  }

  /// Hears nothing but failures.
  private static final class Deaf implements Follower {
    @Override
    public void text(String piece) {}

    @Override
    public void ended(Generated text) {}

    @Override
    public void failed(Throwable failure) {
      throw new IllegalStateException(failure);
    }
  }

  private void atOnce(Worker worker, int[] prompt, int streams, List<Long> gaps) throws Exception {
    try (var clients = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<List<Long>>> all = new ArrayList<>();
      for (int i = 0; i < streams; i++) {
        int[] own = prompt(prompt, i);
        all.add(clients.submit(() -> served(worker, own, tokens)));
      }
      for (Future<List<Long>> one : all) {
        List<Long> times = one.get();
        for (int i = 1; i < times.size(); i++) {
          gaps.add(times.get(i) - times.get(i - 1));
        }
      }
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
    Request request = request(prompt, count);
    generation.generate(request, Pieces.of(tokenizer.stream(true)), _ -> {});
  }

  private static Request request(int[] prompt, int count) {
    List<Integer> tokens = Arrays.stream(prompt).boxed().toList();
    return new Request(tokens, count, Sampling.greedy(), Set.of(), List.of());
  }

  /// Until the last byte of the stream; when each event came.
  private List<Long> served(Worker worker, int[] prompt, int count) throws Exception {
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
    String last = "";
    List<Long> times = new ArrayList<>();
    try (Stream<String> lines = response.body()) {
      for (String line : (Iterable<String>) lines.filter(any -> !any.isEmpty())::iterator) {
        last = line;
        times.add(System.nanoTime());
      }
    }
    if (response.statusCode() != 200 || !last.equals("data: [DONE]")) {
      throw new IllegalStateException(response.statusCode() + ": " + last);
    }
    return times;
  }
}

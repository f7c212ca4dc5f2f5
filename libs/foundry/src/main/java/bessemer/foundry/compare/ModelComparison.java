package bessemer.foundry.compare;

import bessemer.foundry.BadRequestException;
import bessemer.foundry.benchmark.Memory;
import bessemer.foundry.compare.CompareReport.Row;
import bessemer.foundry.compare.CompareReport.Scored;
import bessemer.foundry.convert.Inspection;
import bessemer.foundry.convert.Inspector;
import bessemer.foundry.score.Corpus;
import bessemer.foundry.score.Metric;
import bessemer.foundry.score.Result;
import bessemer.tensor.Engine;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import java.util.function.Consumer;
import java.util.function.LongSupplier;

/// Compares models: each alone for size, load time, speed, memory and scores; then each beside the
/// first for what both predict on the same tokens.
///
/// @param nanos the clock
/// @param progress is told what begins
public record ModelComparison(
    Candidate.Setup setup, int threads, LongSupplier nanos, Consumer<String> progress) {
  /// @param name for the table
  public record Model(String name, Path directory) {}

  /// Lines to translate and what they should say.
  public record Lines(
      List<String> sources,
      List<List<String>> references,
      List<Metric> metrics,
      int beams,
      int batch) {
    public Lines {
      sources = List.copyOf(sources);
      references = List.copyOf(references);
      metrics = List.copyOf(metrics);
    }
  }

  /// @param models the first is the reference
  /// @param texts that are predicted
  /// @param tokens that decoding is timed over
  /// @param lines that are translated and scored, if there are any
  public record Order(List<Model> models, List<String> texts, int tokens, Optional<Lines> lines) {
    public Order {
      models = List.copyOf(models);
      texts = List.copyOf(texts);
      if (models.isEmpty() || texts.isEmpty() || tokens < 2) {
        throw new BadRequestException("a comparison needs a model, a text and 2 tokens");
      }
    }
  }

  public CompareReport run(Order order) throws IOException {
    List<Row> rows = new ArrayList<>();
    for (Model model : order.models()) {
      progress.accept("measuring " + model.name());
      rows.add(alone(model, order));
    }
    return new CompareReport(
        CompareReport.FORMAT,
        CompareReport.VERSION,
        backend(),
        threads,
        order.models().getFirst().name(),
        order.texts().size(),
        order.lines().map(lines -> lines.sources().size()).orElse(0),
        compared(order, rows));
  }

  private String backend() {
    try (Engine engine = setup.engines().get()) {
      return engine.describe();
    }
  }

  private Row alone(Model model, Order order) throws IOException {
    System.gc(); // what the model before left is not this one's
    boolean known = Memory.forgetPeak();
    long begun = nanos.getAsLong();
    try (Candidate candidate = Candidate.open(setup, model.directory(), base -> base)) {
      double load = (nanos.getAsLong() - begun) / 1e9;
      double speed = candidate.decodePerSecond(order.tokens());
      List<Scored> scores =
          order.lines().isPresent() ? scores(candidate, order.lines().get()) : List.of();
      Inspection found = Inspector.inspect(model.directory());
      return new Row(
          model.name(),
          precision(found),
          found.bytes(),
          load,
          speed,
          known ? Memory.peakResident() : OptionalLong.empty(),
          null,
          OptionalDouble.empty(),
          scores);
    }
  }

  /// How its weights are quantized, or the type of most of its numbers.
  private static String precision(Inspection found) {
    return found.quantization().equals("none")
        ? String.join(", ", found.types().keySet())
        : found.quantization();
  }

  private static List<Scored> scores(Candidate candidate, Lines lines) throws IOException {
    List<String> translations =
        switch (candidate) {
          case TranslationCandidate translator ->
              translator.translate(lines.sources(), lines.beams(), lines.batch());
          case LanguageCandidate _ ->
              throw new BadRequestException("--src and --ref are for translators");
        };
    Corpus corpus = Corpus.of(translations, lines.references());
    return lines.metrics().stream()
        .map(metric -> Result.of(metric, corpus))
        .map(result -> new Scored(result.name(), result.score().value(), result.signature()))
        .toList();
  }

  private List<Row> compared(Order order, List<Row> rows) throws IOException {
    List<Row> complete = new ArrayList<>();
    Model first = order.models().getFirst();
    try (Candidate reference = Candidate.open(setup, first.directory(), base -> base)) {
      List<Candidate.Sample> samples = samples(reference, order.texts());
      Predictions predictions = new Predictions(samples);
      complete.add(rows.getFirst().with(null, predictions.perplexity(reference)));
      for (int i = 1; i < rows.size(); i++) {
        Model model = order.models().get(i);
        progress.accept("comparing " + model.name() + " with " + first.name());
        try (Candidate candidate = Candidate.open(setup, model.directory(), base -> base)) {
          complete.add(
              rows.get(i)
                  .with(
                      predictions.compare(candidate, reference),
                      predictions.perplexity(candidate)));
        }
      }
    }
    return complete;
  }

  private static List<Candidate.Sample> samples(Candidate reference, List<String> texts) {
    List<Candidate.Sample> samples =
        texts.stream()
            .filter(text -> !text.isBlank())
            .map(reference::sample)
            .filter(sample -> sample.target().size() > 1)
            .toList();
    if (samples.isEmpty()) {
      throw new BadRequestException("the texts have nothing to predict");
    }
    return samples;
  }
}

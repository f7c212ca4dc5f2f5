package bessemer.foundry.evaluate;

import bessemer.foundry.evaluate.Evaluation.Distribution;
import bessemer.foundry.evaluate.Evaluation.Kind;
import bessemer.foundry.evaluate.Evaluation.Part;
import bessemer.foundry.evaluate.Evaluation.Scores;
import bessemer.foundry.evaluate.Evaluation.Sentence;
import bessemer.foundry.evaluate.Evaluation.Summary;
import bessemer.foundry.evaluate.Evaluation.Value;
import bessemer.foundry.score.Corpus;
import bessemer.foundry.score.Metric;
import bessemer.foundry.score.Result;
import bessemer.foundry.score.Score;
import bessemer.foundry.score.Significance.Comparison;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.function.Predicate;
import java.util.function.ToDoubleFunction;
import java.util.stream.IntStream;

/// Scores what one or two systems made of a corpus: as a whole, by language pair, by length, and
/// sentence by sentence.
public final class Judgement {
  private final ParallelText text;
  private final List<SystemOutput> systems;
  private final Scoring scoring;

  private Judgement(ParallelText text, List<SystemOutput> systems, Scoring scoring) {
    this.text = text;
    this.systems = List.copyOf(systems);
    this.scoring = scoring;
    if (systems.isEmpty() || systems.size() > 2) {
      throw new IllegalArgumentException(systems.size() + " systems: one is judged, two compared");
    }
    for (SystemOutput system : systems) {
      if (system.hypotheses().size() != text.lines()) {
        throw new IllegalArgumentException(
            "%s has %d translations, %s %d lines"
                .formatted(system.name(), system.hypotheses().size(), text.name(), text.lines()));
      }
    }
  }

  /// @param systems one, or the baseline and another
  public static Evaluation of(
      ParallelText text, List<SystemOutput> systems, Scoring scoring, LearnedMetric learned) {
    return new Judgement(text, systems, scoring).evaluation(learned);
  }

  private Evaluation evaluation(LearnedMetric learned) {
    List<List<Double>> scores = sentenceScores();
    return new Evaluation(
        Evaluation.FORMAT,
        Evaluation.VERSION,
        summary(),
        systems.stream().map(this::subject).toList(),
        parts(),
        distribution(scores),
        sentences(scores, line -> scores.getLast().get(line), _ -> true),
        systems.size() == 1
            ? List.of()
            : sentences(scores, line -> gain(scores, line), line -> gain(scores, line) < 0),
        learned);
  }

  private Summary summary() {
    return new Summary(
        text.name(),
        text.lines(),
        text.pairs().stream().map(LanguagePair::toString).toList(),
        text.hasSources() ? "source" : "reference");
  }

  private Evaluation.Subject subject(SystemOutput output) {
    Double seconds = output.seconds();
    Double rate = seconds == null || seconds <= 0 ? null : text.lines() / seconds;
    return new Evaluation.Subject(output.name(), output.description(), seconds, rate);
  }

  private List<Part> parts() {
    List<Part> parts = new ArrayList<>();
    parts.add(part(Kind.ALL, text.name(), _ -> true));
    for (LanguagePair pair : text.pairs()) {
      parts.add(part(Kind.PAIR, pair.toString(), segment -> segment.pair().equals(pair)));
    }
    for (LengthBucket bucket : LengthBucket.all()) {
      Predicate<Segment> inside = segment -> bucket.contains(segment.length());
      if (text.segments().stream().anyMatch(inside)) {
        parts.add(part(Kind.LENGTH, bucket.toString(), inside));
      }
    }
    return parts;
  }

  private Part part(Kind kind, String name, Predicate<Segment> belongs) {
    int[] lines =
        IntStream.range(0, text.lines())
            .filter(line -> belongs.test(text.segments().get(line)))
            .toArray();
    List<List<String>> references =
        Arrays.stream(lines).mapToObj(line -> text.segments().get(line).references()).toList();
    List<Corpus> corpora = new ArrayList<>();
    for (SystemOutput system : systems) {
      List<String> hypotheses =
          Arrays.stream(lines).mapToObj(line -> system.hypotheses().get(line)).toList();
      corpora.add(new Corpus(hypotheses, references));
    }
    List<Scores> scores =
        scoring.metrics().stream().map(metric -> scores(metric, corpora)).toList();
    return new Part(kind, name, lines.length, scores);
  }

  private Scores scores(Metric metric, List<Corpus> corpora) {
    if (corpora.size() == 1 || scoring.samples() == 0) {
      List<Result> results = corpora.stream().map(corpus -> result(metric, corpus)).toList();
      List<Value> values =
          results.stream()
              .map(r -> new Value(r.score().value(), r.score().details(), r.confidence()))
              .toList();
      return new Scores(metric.name(), results.getFirst().signature(), values, null);
    }
    Comparison compared =
        scoring.test().compare(metric, corpora.getFirst(), corpora.getLast(), scoring.resampling());
    List<Value> values = List.of(value(compared.baseline()), value(compared.system()));
    return new Scores(metric.name(), compared.signature(), values, compared.pValue());
  }

  private Result result(Metric metric, Corpus corpus) {
    return scoring.samples() == 0
        ? Result.of(metric, corpus)
        : Result.of(metric, corpus, scoring.resampling());
  }

  private static Value value(Comparison.Side side) {
    return new Value(side.score().value(), side.score().details(), side.confidence());
  }

  /// Of each system, line by line.
  private List<List<Double>> sentenceScores() {
    return systems.stream()
        .map(system ->
            scoring.ofSentences().scores(text.with(system.hypotheses())).stream()
                .map(Score::value)
                .toList())
        .toList();
  }

  private static double gain(List<List<Double>> scores, int line) {
    return scores.getLast().get(line) - scores.getFirst().get(line);
  }

  private Distribution distribution(List<List<Double>> scores) {
    List<List<Integer>> counts = new ArrayList<>();
    for (List<Double> of : scores) {
      int[] bins = new int[Distribution.BINS];
      for (double score : of) {
        bins[Math.clamp((int) (score * Distribution.BINS / 100), 0, Distribution.BINS - 1)]++;
      }
      counts.add(Arrays.stream(bins).boxed().toList());
    }
    return new Distribution(scoring.ofSentences().name(), counts);
  }

  /// Those with the smallest key, the smallest first.
  private List<Sentence> sentences(
      List<List<Double>> scores, ToDoubleFunction<Integer> key, Predicate<Integer> shown) {
    return IntStream.range(0, text.lines())
        .boxed()
        .filter(shown)
        .sorted(Comparator.comparingDouble(key))
        .limit(scoring.sentences())
        .map(line -> sentence(line, scores))
        .toList();
  }

  private Sentence sentence(int line, List<List<Double>> scores) {
    Segment segment = text.segments().get(line);
    return new Sentence(
        line + 1,
        segment.pair().toString(),
        segment.source(),
        segment.references(),
        systems.stream().map(system -> system.hypotheses().get(line)).toList(),
        scores.stream().map(of -> of.get(line)).toList());
  }
}

package bessemer.models.translation;

import bessemer.models.TranslationModel;
import bessemer.models.generation.Choice;
import bessemer.models.generation.Sampler;
import bessemer.tensor.Engine;
import bessemer.tensor.Scope;
import bessemer.tensor.Tensor;
import bessemer.tensor.nn.Memory;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Supplier;
import java.util.stream.IntStream;

/// Always the likeliest token, or one drawn from the likelier ones.
final class GreedySearch implements RunningSearch.Rows {
  private static final class Row {
    private final int text;
    private final int sequence;
    private final Sampler sampler;
    private Written written;

    Row(int text, int sequence, Sampler sampler, Written written) {
      this.text = text;
      this.sequence = sequence;
      this.sampler = sampler;
      this.written = written;
    }
  }

  private final Engine engine;
  private final TranslationModel model;
  private final Decoder decoder;
  private final SearchOptions options;
  private final Watch watch;
  private final Repetition repetition;
  private final List<Row> rows = new ArrayList<>();
  private int joined;

  GreedySearch(
      Engine engine, TranslationModel model, Decoder decoder, SearchOptions options, Watch watch) {
    this.engine = engine;
    this.model = model;
    this.decoder = decoder;
    this.options = options;
    this.watch = watch;
    this.repetition = new Repetition(options.noRepeatNgram());
  }

  @Override
  public void join(List<Task> tasks) {
    Memory sources = decoder.read(tasks);
    List<Row> newcomers = tasks.stream().map(this::row).toList();
    choose(newcomers, () -> decoder.begin(sources, written(newcomers), sequences(newcomers)));
    decoder.add(sources);
    rows.addAll(newcomers);
    leave();
  }

  private Row row(Task task) {
    Written written = Written.beginning(model.marks().start(), task.opening());
    var sampler = new Sampler(options.sampling(), model.vocabulary());
    task.opening().forEach(sampler::see);
    return new Row(joined++, decoder.cache().start(), sampler, written);
  }

  @Override
  public void step() {
    choose(rows, () -> decoder.step(written(rows), sequences(rows)));
    leave();
  }

  @Override
  public boolean isEmpty() {
    return rows.isEmpty();
  }

  private static int[][] written(List<Row> rows) {
    return rows.stream().map(row -> row.written.tokens()).toArray(int[][]::new);
  }

  private static int[] sequences(List<Row> rows) {
    return rows.stream().mapToInt(row -> row.sequence).toArray();
  }

  /// Adds a token to each of these rows.
  private void choose(List<Row> of, Supplier<Tensor> forward) {
    try (Scope _ = engine.scope()) {
      int[] next = next(of, forward.get());
      for (int i = 0; i < next.length; i++) {
        Row row = of.get(i);
        row.written = row.written.with(next[i]);
      }
    }
  }

  private int[] next(List<Row> of, Tensor logits) {
    if (!options.sampling().plainGreedy()) {
      return drawn(of, logits.toFloats());
    }
    if (options.noRepeatNgram() == 0) {
      return likeliest(logits);
    }
    int longest = of.stream().mapToInt(row -> row.written.length()).max().orElseThrow();
    Candidates candidates = Candidates.of(logits, 1 + repetition.most(longest));
    return IntStream.range(0, of.size())
        .map(row -> {
          int[] tokens = of.get(row).written.tokens();
          return candidates.best(row, repetition.banned(tokens, tokens.length));
        })
        .toArray();
  }

  private static int[] likeliest(Tensor logits) {
    int[] tokens = Choice.likeliest(logits);
    if (Arrays.stream(tokens).anyMatch(token -> token < 0)) {
      throw new IllegalStateException(Candidates.NO_NUMBERS);
    }
    return tokens;
  }

  /// @param logits of all rows
  private int[] drawn(List<Row> of, float[] logits) {
    int vocabulary = logits.length / of.size();
    int[] next = new int[of.size()];
    for (int i = 0; i < next.length; i++) {
      Row row = of.get(i);
      float[] own = Arrays.copyOfRange(logits, i * vocabulary, (i + 1) * vocabulary);
      int[] tokens = row.written.tokens();
      repetition
          .banned(tokens, tokens.length)
          .forEach(banned -> own[banned] = Float.NEGATIVE_INFINITY);
      next[i] = row.sampler.next(own);
      row.sampler.see(next[i]);
    }
    return next;
  }

  /// Rows that are done, or that nobody wants, leave.
  private void leave() {
    List<Row> going = new ArrayList<>();
    List<Integer> places = new ArrayList<>();
    for (int i = 0; i < rows.size(); i++) {
      Row row = rows.get(i);
      boolean done =
          row.written.last() == model.marks().end() || row.written.length() >= options.maxLength();
      if (done) {
        watch.found(row.text, List.of(new Hypothesis(row.written.text(), Float.NaN)));
      }
      if (done || watch.unwanted(row.text)) {
        decoder.cache().drop(row.sequence);
      } else {
        going.add(row);
        places.add(i);
      }
    }
    if (going.size() < rows.size()) {
      decoder.keep(places.stream().mapToInt(Integer::intValue).toArray());
    }
    rows.clear();
    rows.addAll(going);
  }
}

package bessemer.models.translation;

import bessemer.models.TranslationModel;
import bessemer.models.generation.Choice;
import bessemer.models.generation.Sampler;
import bessemer.tensor.Engine;
import bessemer.tensor.Scope;
import bessemer.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.function.Supplier;
import java.util.stream.IntStream;

/// Always the likeliest token, or one drawn from the likelier ones.
final class GreedySearch {
  private static final class Row {
    private final int place;
    private final int sequence;
    private final Sampler sampler;
    private Written written;

    Row(int place, int sequence, Sampler sampler, Written written) {
      this.place = place;
      this.sequence = sequence;
      this.sampler = sampler;
      this.written = written;
    }
  }

  private final Engine engine;
  private final SearchOptions options;
  private final Decoder decoder;
  private final Repetition repetition;
  private final int end;
  private final List<Row> rows = new ArrayList<>();

  GreedySearch(
      Engine engine,
      TranslationModel model,
      Decoder decoder,
      List<Task> tasks,
      SearchOptions options) {
    this.engine = engine;
    this.options = options;
    this.decoder = decoder;
    this.repetition = new Repetition(options.noRepeatNgram());
    this.end = model.marks().end();
    for (Task task : tasks) {
      Written written = Written.beginning(model.marks().start(), task.opening());
      var sampler = new Sampler(options.sampling(), model.vocabulary());
      task.opening().forEach(sampler::see);
      rows.add(new Row(rows.size(), decoder.cache().start(), sampler, written));
    }
  }

  /// One hypothesis of each text that was wanted to its end.
  List<List<Hypothesis>> run(Watch watch) {
    List<List<Hypothesis>> found = new ArrayList<>(Collections.nCopies(rows.size(), List.of()));
    int[] next = choose(() -> decoder.begin(written(), sequences()));
    while (true) {
      leave(next, found, watch);
      if (rows.isEmpty()) {
        return found;
      }
      next = choose(() -> decoder.step(written(), sequences()));
    }
  }

  private int[][] written() {
    return rows.stream().map(row -> row.written.tokens()).toArray(int[][]::new);
  }

  private int[] sequences() {
    return rows.stream().mapToInt(row -> row.sequence).toArray();
  }

  private int[] choose(Supplier<Tensor> forward) {
    try (Scope _ = engine.scope()) {
      Tensor logits = forward.get();
      if (!options.sampling().plainGreedy()) {
        return drawn(logits.toFloats());
      }
      if (options.noRepeatNgram() == 0) {
        return likeliest(logits);
      }
      int longest = rows.stream().mapToInt(row -> row.written.length()).max().orElseThrow();
      Candidates candidates = Candidates.of(logits, 1 + repetition.most(longest));
      return IntStream.range(0, rows.size())
          .map(row -> {
            int[] tokens = rows.get(row).written.tokens();
            return candidates.best(row, repetition.banned(tokens, tokens.length));
          })
          .toArray();
    }
  }

  private static int[] likeliest(Tensor logits) {
    int[] tokens = Choice.likeliest(logits);
    if (Arrays.stream(tokens).anyMatch(token -> token < 0)) {
      throw new IllegalStateException(Candidates.NO_NUMBERS);
    }
    return tokens;
  }

  /// @param logits of all rows
  private int[] drawn(float[] logits) {
    int vocabulary = logits.length / rows.size();
    int[] next = new int[rows.size()];
    for (int i = 0; i < next.length; i++) {
      Row row = rows.get(i);
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

  /// Adds the tokens; rows that end leave.
  private void leave(int[] next, List<List<Hypothesis>> found, Watch watch) {
    List<Row> going = new ArrayList<>();
    List<Integer> places = new ArrayList<>();
    for (int i = 0; i < next.length; i++) {
      Row row = rows.get(i);
      row.written = row.written.with(next[i]);
      boolean done = next[i] == end || row.written.length() >= options.maxLength();
      if (done) {
        found.set(row.place, List.of(new Hypothesis(row.written.text(), Float.NaN)));
        watch.found(row.place, found.get(row.place));
      }
      if (done || watch.unwanted(row.place)) {
        decoder.cache().drop(row.sequence);
      } else {
        going.add(row);
        places.add(i);
      }
    }
    if (going.size() < rows.size() && !going.isEmpty()) {
      decoder.keep(places.stream().mapToInt(Integer::intValue).toArray());
    }
    rows.clear();
    rows.addAll(going);
  }
}

package bessemer.models.translation;

import bessemer.models.TranslationModel;
import bessemer.tensor.Engine;
import bessemer.tensor.Scope;
import bessemer.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Supplier;

/// The beams of several sources in one pass a step: a source that is done leaves.
final class BeamSearch {
  /// @param sequences of the cache, one for each beam
  private record Source(int place, Beams beams, int[] sequences) {}

  private final Engine engine;
  private final SearchOptions options;
  private final Decoder decoder;
  private final List<Source> sources = new ArrayList<>();

  BeamSearch(
      Engine engine,
      TranslationModel model,
      Decoder decoder,
      List<Task> tasks,
      SearchOptions options) {
    this.engine = engine;
    this.options = options;
    this.decoder = decoder;
    for (Task task : tasks) {
      Written beginning = Written.beginning(model.marks().start(), task.opening());
      var beams = new Beams(options, model.beamRules(), model.marks().end(), beginning);
      sources.add(new Source(sources.size(), beams, new int[options.beams()]));
    }
  }

  /// The hypotheses of each source that was wanted to its end, the best first.
  List<List<Hypothesis>> run(Watch watch) {
    List<List<Hypothesis>> found = new ArrayList<>(Collections.nCopies(sources.size(), List.of()));
    begin();
    while (true) {
      leave(found, watch);
      if (sources.isEmpty()) {
        return found;
      }
      step();
    }
  }

  private void begin() {
    int[][] beginnings =
        sources.stream().map(s -> running(s).getFirst().written().tokens()).toArray(int[][]::new);
    int[] first = new int[sources.size()];
    for (int i = 0; i < first.length; i++) {
      first[i] = decoder.cache().start();
    }
    advance(() -> decoder.begin(beginnings, first), 1);
    for (int i = 0; i < first.length; i++) {
      int[] sequences = sources.get(i).sequences();
      sequences[0] = first[i];
      for (int beam = 1; beam < sequences.length; beam++) {
        sequences[beam] = decoder.cache().fork(first[i]);
      }
    }
  }

  private void step() {
    int[][] written =
        sources.stream()
            .flatMap(source -> running(source).stream())
            .map(one -> one.written().tokens())
            .toArray(int[][]::new);
    int[] sequences =
        sources.stream().flatMapToInt(source -> Arrays.stream(source.sequences())).toArray();
    advance(() -> decoder.step(written, sequences), options.beams());
    sources.stream().filter(source -> !source.beams().done()).forEach(this::reorder);
  }

  private static List<Beams.Running> running(Source source) {
    return source.beams().running();
  }

  /// @param rows of each source
  private void advance(Supplier<Tensor> forward, int rows) {
    int count =
        sources.stream().mapToInt(source -> source.beams().candidates()).max().orElseThrow();
    Candidates candidates;
    try (Scope _ = engine.scope()) {
      candidates = Candidates.of(forward.get(), count);
    }
    for (int i = 0; i < sources.size(); i++) {
      sources.get(i).beams().step(candidates, i * rows);
    }
  }

  /// Each beam goes on with what its parent has seen: the first child with the parent's sequence,
  /// others with a fork of it in place of one that nobody goes on with.
  private void reorder(Source source) {
    int[] sequences = source.sequences();
    int[] before = sequences.clone();
    int[] parents = running(source).stream().mapToInt(Beams.Running::parent).toArray();
    Set<Integer> childless = childless(before, parents);
    Set<Integer> taken = new HashSet<>();
    List<Integer> changed = new ArrayList<>();
    List<Integer> from = new ArrayList<>();
    for (int beam = 0; beam < parents.length; beam++) {
      int parent = before[parents[beam]];
      sequences[beam] = parent;
      if (!taken.add(parent)) {
        sequences[beam] = childless.iterator().next();
        childless.remove(sequences[beam]);
        changed.add(sequences[beam]);
        from.add(parent);
      }
    }
    decoder.cache().reorder(ints(changed), ints(from));
  }

  private static Set<Integer> childless(int[] sequences, int[] parents) {
    Set<Integer> left = new LinkedHashSet<>();
    Arrays.stream(sequences).forEach(left::add);
    Arrays.stream(parents).forEach(parent -> left.remove(sequences[parent]));
    return left;
  }

  private void leave(List<List<Hypothesis>> found, Watch watch) {
    List<Source> going = new ArrayList<>();
    List<Integer> places = new ArrayList<>();
    for (int i = 0; i < sources.size(); i++) {
      Source source = sources.get(i);
      if (source.beams().done()) {
        found.set(source.place(), source.beams().ended());
        watch.found(source.place(), source.beams().ended());
      }
      if (source.beams().done() || watch.unwanted(source.place())) {
        for (int sequence : source.sequences()) {
          decoder.cache().drop(sequence);
        }
      } else {
        going.add(source);
        places.add(i);
      }
    }
    if (going.size() < sources.size() && !going.isEmpty()) {
      decoder.keep(ints(places));
    }
    sources.clear();
    sources.addAll(going);
  }

  private static int[] ints(List<Integer> list) {
    return list.stream().mapToInt(Integer::intValue).toArray();
  }
}

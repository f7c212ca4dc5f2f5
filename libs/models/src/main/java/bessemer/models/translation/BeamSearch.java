package bessemer.models.translation;

import bessemer.models.TranslationModel;
import bessemer.tensor.Engine;
import bessemer.tensor.Scope;
import bessemer.tensor.Tensor;
import bessemer.tensor.nn.Memory;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Supplier;

/// The beams of several sources in one pass a step: a source that is done leaves.
final class BeamSearch implements RunningSearch.Rows {
  /// @param sequences of the cache, one for each beam
  private record Source(int text, Beams beams, int[] sequences) {}

  private final Engine engine;
  private final TranslationModel model;
  private final Decoder decoder;
  private final SearchOptions options;
  private final Watch watch;
  private final List<Source> sources = new ArrayList<>();
  private int joined;

  BeamSearch(
      Engine engine, TranslationModel model, Decoder decoder, SearchOptions options, Watch watch) {
    this.engine = engine;
    this.model = model;
    this.decoder = decoder;
    this.options = options;
    this.watch = watch;
  }

  @Override
  public void join(List<Task> tasks) {
    Memory read = decoder.read(tasks);
    List<Source> newcomers = tasks.stream().map(this::source).toList();
    begin(newcomers, read);
    decoder.add(read);
    sources.addAll(newcomers);
    leave();
  }

  private Source source(Task task) {
    Written beginning = Written.beginning(model.marks().start(), task.opening());
    var beams = new Beams(options, model.beamRules(), model.marks().end(), beginning);
    return new Source(joined++, beams, new int[options.beams()]);
  }

  private void begin(List<Source> newcomers, Memory read) {
    int[][] beginnings =
        newcomers.stream().map(s -> running(s).getFirst().written().tokens()).toArray(int[][]::new);
    int[] first = new int[newcomers.size()];
    for (int i = 0; i < first.length; i++) {
      first[i] = decoder.cache().start();
    }
    advance(newcomers, () -> decoder.begin(read, beginnings, first), 1);
    for (int i = 0; i < first.length; i++) {
      int[] sequences = newcomers.get(i).sequences();
      sequences[0] = first[i];
      for (int beam = 1; beam < sequences.length; beam++) {
        sequences[beam] = decoder.cache().fork(first[i]);
      }
    }
  }

  @Override
  public void step() {
    int[][] written =
        sources.stream()
            .flatMap(source -> running(source).stream())
            .map(one -> one.written().tokens())
            .toArray(int[][]::new);
    int[] sequences =
        sources.stream().flatMapToInt(source -> Arrays.stream(source.sequences())).toArray();
    advance(sources, () -> decoder.step(written, sequences), options.beams());
    sources.stream().filter(source -> !source.beams().done()).forEach(this::reorder);
    leave();
  }

  @Override
  public boolean isEmpty() {
    return sources.isEmpty();
  }

  private static List<Beams.Running> running(Source source) {
    return source.beams().running();
  }

  /// @param rows of each source
  private void advance(List<Source> of, Supplier<Tensor> forward, int rows) {
    int count = of.stream().mapToInt(source -> source.beams().candidates()).max().orElseThrow();
    Candidates candidates;
    try (Scope _ = engine.scope()) {
      candidates = Candidates.of(forward.get(), count);
    }
    for (int i = 0; i < of.size(); i++) {
      of.get(i).beams().step(candidates, i * rows);
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

  private void leave() {
    List<Source> going = new ArrayList<>();
    List<Integer> places = new ArrayList<>();
    for (int i = 0; i < sources.size(); i++) {
      Source source = sources.get(i);
      if (source.beams().done()) {
        watch.found(source.text(), source.beams().ended());
      }
      if (source.beams().done() || watch.unwanted(source.text())) {
        for (int sequence : source.sequences()) {
          decoder.cache().drop(sequence);
        }
      } else {
        going.add(source);
        places.add(i);
      }
    }
    if (going.size() < sources.size()) {
      decoder.keep(ints(places));
    }
    sources.clear();
    sources.addAll(going);
  }

  private static int[] ints(List<Integer> list) {
    return list.stream().mapToInt(Integer::intValue).toArray();
  }
}

package bessemer.models.translation;

import bessemer.models.TranslationModel.BeamRules;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Set;

/// The beams of one source: the search of transformers or of LingoLite step by step, on numbers
/// alone.
///
/// Of the continuations of all running hypotheses the best `2 * beams` are looked at. Those that
/// end join the ended ones as [BeamRules] say; the best `beams` of the others run on.
final class Beams {
  /// @param parent its place among the running hypotheses of the step before
  /// @param score the sum of log probabilities
  record Running(Written written, float score, int parent) {}

  private final SearchOptions options;
  private final BeamRules rules;
  private final int end;
  private final Repetition repetition;
  private List<Running> running;
  private List<Hypothesis> ended = List.of();
  private boolean improvable = true;
  private boolean done;

  Beams(SearchOptions options, BeamRules rules, int end, Written beginning) {
    this.options = options;
    this.rules = rules;
    this.end = end;
    this.repetition = new Repetition(options.noRepeatNgram());
    this.running = List.of(new Running(beginning, 0, 0));
  }

  /// The hypotheses that need their next token, the best first: one, later as many as beams.
  List<Running> running() {
    return running;
  }

  boolean done() {
    return done;
  }

  /// The best first.
  List<Hypothesis> ended() {
    return ended;
  }

  /// How many candidates of a row are to be known, so that enough of them are allowed.
  int candidates() {
    return 2 * options.beams() + repetition.most(length());
  }

  private int length() {
    return running.getFirst().written().length();
  }

  /// Goes one token further.
  ///
  /// @param row where the candidates of the first running hypothesis are
  void step(Candidates candidates, int row) {
    int length = length();
    List<Running> best = continuations(candidates, row);
    boolean last = length + 1 >= options.maxLength();
    List<Running> next = new ArrayList<>();
    List<Hypothesis> ends = new ArrayList<>();
    for (int i = 0; i < best.size(); i++) {
      Running one = best.get(i);
      if (one.written().last() != end && !(last && endsAtTheLongest())) {
        next.add(one);
      } else if (i < options.beams() || rules == BeamRules.LINGO_LITE) {
        ends.add(hypothesis(one));
      }
    }
    join(ends);
    next = next.subList(0, Math.min(options.beams(), next.size()));
    boolean stopped = full() && options.earlyStopping() == SearchOptions.EarlyStopping.AT_ONCE;
    if (last && !stopped) {
      join(next.stream().map(this::hypothesis).toList());
    }
    if (last || next.isEmpty()) {
      done = true;
      return;
    }
    running = List.copyOf(next);
    improvable &= improvable();
    done = !improvable || stopped;
  }

  private boolean endsAtTheLongest() {
    return switch (rules) {
      case TRANSFORMERS -> true;
      case LINGO_LITE -> false;
    };
  }

  private Hypothesis hypothesis(Running one) {
    return new Hypothesis(
        one.written().text(), normalized(one.score(), one.written().length() - 1));
  }

  private List<Running> continuations(Candidates candidates, int row) {
    List<Running> all = new ArrayList<>();
    for (int parent = 0; parent < running.size(); parent++) {
      Running from = running.get(parent);
      int[] tokens = from.written().tokens();
      Set<Integer> banned = repetition.banned(tokens, tokens.length);
      int first = (row + parent) * candidates.count();
      for (int i = first; i < first + candidates.count(); i++) {
        int token = candidates.tokens()[i];
        if (!banned.contains(token)) {
          float score = from.score() + candidates.logProbabilities()[i];
          all.add(new Running(from.written().with(token), score, parent));
        }
      }
    }
    all.sort(Comparator.comparingDouble(one -> -one.score())); // stable: the earlier of equals
    return all.subList(0, Math.min(2 * options.beams(), all.size()));
  }

  private void join(List<Hypothesis> ends) {
    List<Hypothesis> merged = new ArrayList<>(ended);
    merged.addAll(ends);
    merged.sort(Comparator.comparingDouble(one -> -one.score()));
    ended = List.copyOf(merged.subList(0, Math.min(options.beams(), merged.size())));
  }

  private boolean full() {
    return ended.size() == options.beams();
  }

  /// Whether the best running hypothesis may still beat the worst that ended.
  private boolean improvable() {
    if (!full()) {
      return true;
    }
    boolean never = options.earlyStopping() == SearchOptions.EarlyStopping.NEVER;
    if (never && rules == BeamRules.LINGO_LITE) {
      return true; // it looks at all lengths
    }
    int length = never && options.lengthPenalty() > 0 ? options.maxLength() - 1 : length() - 1;
    return normalized(running.getFirst().score(), length) > ended.getLast().score();
  }

  /// @param length without the start token
  private float normalized(float score, int length) {
    int counted =
        switch (rules) {
          case TRANSFORMERS -> length;
          case LINGO_LITE -> length + 1;
        };
    return score / (float) Math.pow(counted, options.lengthPenalty());
  }
}

package bessemer.models.generation;

import bessemer.models.LanguageModel;
import bessemer.models.generation.Generated.Finish;
import bessemer.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// One text on its way: its prompt, its tokens, and the rules that end it.
final class Text {
  private final int[] prompt;
  private final int[] stops;
  private final Follower follower;
  private final Output output;
  private final Sampler sampler;
  private final boolean greedy;
  private final boolean inGraph;
  private final float[] logits;
  private final int[] tokens;
  private final long[] marks; // when each token was known
  private final long joined;
  private Sequences.@Nullable Sequence sequence;
  private int reused;
  private int count;
  private int timed;

  /// @param joined when
  /// @throws IllegalArgumentException if the model cannot take the prompt
  Text(Request request, Pieces pieces, Follower follower, LanguageModel model, long joined) {
    this.prompt = checked(request.prompt(), model);
    this.follower = follower;
    this.joined = joined;
    stops = request.stopTokens().stream().mapToInt(Integer::intValue).sorted().toArray();
    output = new Output(request.stopStrings(), pieces, follower);
    sampler = new Sampler(request.sampling(), model.vocabulary());
    for (int token : prompt) {
      sampler.see(token);
    }
    greedy = request.sampling().plainGreedy();
    inGraph = request.sampling().inGraph();
    logits = new float[greedy ? 0 : model.vocabulary()];
    int room = Math.min(request.maxTokens(), model.contextLength() - prompt.length);
    tokens = new int[room];
    marks = new long[room + 1]; // a stop token is timed, too
  }

  private static int[] checked(List<Integer> prompt, LanguageModel model) {
    if (prompt.size() >= model.contextLength()) {
      throw new IllegalArgumentException(
          "the prompt has %d tokens, the model's context is %d: none is left for an answer"
              .formatted(prompt.size(), model.contextLength()));
    }
    int[] tokens = prompt.stream().mapToInt(Integer::intValue).toArray();
    for (int token : tokens) {
      if (token < 0 || token >= model.vocabulary()) {
        throw new IllegalArgumentException(
            "token " + token + " is not one of the model's " + model.vocabulary());
      }
    }
    return tokens;
  }

  int[] prompt() {
    return prompt;
  }

  Follower follower() {
    return follower;
  }

  /// Whether its prompt's turn has come.
  boolean begun() {
    return sequence != null;
  }

  void begin(Sequences.Sequence from) {
    sequence = from;
    reused = from.length();
    from.tell(0, prompt);
  }

  Sequences.Sequence sequence() {
    if (sequence == null) {
      throw new IllegalStateException("the text has not begun");
    }
    return sequence;
  }

  /// Tokens of the prompt, and of the text but for the last, that the model has seen.
  int seen() {
    return sequence == null ? 0 : sequence.length();
  }

  int lastToken() {
    return tokens[count - 1];
  }

  /// Positions that the model has seen when it is asked for no token but the next.
  int needed() {
    return timed == 0 ? seen() : prompt.length + timed - 1;
  }

  /// Whether the text may go on after the token that comes next.
  boolean wantsMore() {
    return count + 1 < tokens.length;
  }

  /// Whether the next token is the one with the largest logit, as the model gives them.
  boolean greedy() {
    return greedy;
  }

  /// Whether tokens can be chosen by [#choose].
  boolean inGraph() {
    return inGraph;
  }

  /// Chooses a token within the graph: the next one, or the one after those that are on their way.
  ///
  /// @param logits `[1, 1, V]`
  /// @return i32 `[1, 1]`
  Tensor choose(Tensor logits) {
    return sampler.next(logits);
  }

  /// Where the logits go before a choice that is not greedy.
  MemorySegment logits() {
    return MemorySegment.ofArray(logits);
  }

  boolean cancelled() {
    return output.cancelled();
  }

  /// Takes the next token; answers why the text ends with it, or null.
  ///
  /// @param best where the largest logit is, for a greedy choice
  @Nullable Finish next(int best, long now) {
    return take(greedy ? best : sampler.next(logits), now);
  }

  /// Takes this token; answers why the text ends with it, or null.
  @Nullable Finish take(int token, long now) {
    if (token < 0) {
      throw new IllegalStateException("logits are infinite or not numbers");
    }
    marks[timed++] = now;
    if (Arrays.binarySearch(stops, token) >= 0) {
      return Finish.STOP;
    }
    sequence().tell(prompt.length + count, token);
    tokens[count++] = token;
    sampler.see(token);
    if (output.add(token)) {
      return Finish.STOP;
    }
    return count == tokens.length ? Finish.LENGTH : null;
  }

  /// @param now when it ended, of use where no token came
  void end(Finish finish, long now) {
    output.finish();
    List<Long> steps = new ArrayList<>();
    for (int i = 1; i < timed; i++) {
      steps.add(marks[i] - marks[i - 1]);
    }
    long first = (timed == 0 ? now : marks[0]) - joined;
    follower.ended(
        new Generated(
            Arrays.stream(tokens, 0, count).boxed().toList(),
            output.text(),
            finish,
            new Timings(prompt.length, reused, first, steps)));
  }
}

package bessemer.models.generation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import bessemer.models.generation.Generated.Finish;
import bessemer.tensor.Engine;
import bessemer.tensor.cpu.Cpu;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/// The loop around a model that follows a script; tokens 0 to 25 are the letters.
class GenerationTest {
  private static final int END = 31;

  /// Letters, each given out one token late.
  private static final class Letters implements Pieces {
    private String late = "";

    @Override
    public String add(int token) {
      String settled = late;
      late = String.valueOf((char) ('a' + token));
      return settled;
    }

    @Override
    public String finish() {
      return late;
    }
  }

  /// Remembers the pieces; cancels once it was asked more than `patience` times.
  private static final class Log implements TokenListener {
    private final List<String> pieces = new ArrayList<>();
    private final int patience;
    private int asked;

    Log(int patience) {
      this.patience = patience;
    }

    @Override
    public void text(String piece) {
      pieces.add(piece);
    }

    @Override
    public boolean cancelled() {
      return asked++ >= patience;
    }
  }

  private final Log log = new Log(Integer.MAX_VALUE);
  private long ticks;

  private long tick() {
    return ticks += 1_000_000;
  }

  private static Request request(int promptLength, int maxTokens, String... stops) {
    List<Integer> prompt = IntStream.range(0, promptLength).map(i -> i % 30).boxed().toList();
    return new Request(prompt, maxTokens, Sampling.greedy(), Set.of(END), List.of(stops));
  }

  private Generated run(ScriptedModel model, Request request, Log log) {
    try (Engine engine = Cpu.engine(1);
        Generation generation = new Generation(engine, model, this::tick)) {
      return generation.generate(request, new Letters(), log);
    }
  }

  @Test
  void endsAtAStopTokenThatIsNoPartOfTheText() {
    Generated generated =
        run(new ScriptedModel(false, 7, 4, 11, 11, 14, END, 3), request(3, 50), log);
    assertThat(generated.text()).isEqualTo("hello");
    assertThat(generated.tokens()).containsExactly(7, 4, 11, 11, 14);
    assertThat(generated.finish()).isEqualTo(Finish.STOP);
    assertThat(log.pieces).containsExactly("h", "e", "l", "l", "o");
  }

  @Test
  void endsAfterAsManyTokensAsWereWanted() {
    Generated generated = run(new ScriptedModel(false, 7, 4, 11, 11), request(3, 2), log);
    assertThat(generated.text()).isEqualTo("he");
    assertThat(generated.finish()).isEqualTo(Finish.LENGTH);
  }

  @Test
  void endsWhereTheModelHasNoMorePositions() {
    Generated generated = run(new ScriptedModel(false, 1, 2, 3, 4), request(1_998, 10), log);
    assertThat(generated.tokens()).containsExactly(1, 2);
    assertThat(generated.finish()).isEqualTo(Finish.LENGTH);
  }

  @Test
  void endsBeforeAStopStringThatSpansTokensAndNeverShowsItsBeginning() {
    Generated generated =
        run(new ScriptedModel(false, 0, 1, 2, 3, 4, 5, 6, 7), request(3, 50, "cde"), log);
    assertThat(generated.text()).isEqualTo("ab");
    assertThat(generated.finish()).isEqualTo(Finish.STOP);
    assertThat(log.pieces).containsExactly("a", "b");
  }

  @Test
  void givesOutTheBeginningOfAStopStringThatDoesNotCome() {
    Generated generated =
        run(new ScriptedModel(false, 0, 1, 2, 3, END), request(3, 50, "cdx"), log);
    assertThat(generated.text()).isEqualTo("abcd");
    assertThat(generated.finish()).isEqualTo(Finish.STOP);
    assertThat(log.pieces).containsExactly("a", "b", "cd");
  }

  @Test
  void stopsWhereItIsCancelled() {
    Generated generated = run(new ScriptedModel(false, 7, 4, 11, 11), request(3, 50), new Log(3));
    assertThat(generated.tokens()).containsExactly(7, 4, 11);
    assertThat(generated.text()).isEqualTo("hel");
    assertThat(generated.finish()).isEqualTo(Finish.CANCELLED);
  }

  @Test
  void isCancelledWithinALongPrompt() {
    var model = new ScriptedModel(false, 7);
    Generated generated = run(model, request(1_500, 50), new Log(1));
    assertThat(generated.tokens()).isEmpty();
    assertThat(generated.finish()).isEqualTo(Finish.CANCELLED);
    assertThat(model.passes()).hasSize(1);
  }

  @Test
  void runsALongPromptInChunks() {
    var model = new ScriptedModel(false, 7, END);
    run(model, request(1_100, 50), log);
    assertThat(sizes(model)).containsExactly(512, 512, 76, 1);
    List<Integer> all = model.passes().stream().limit(3).flatMap(List::stream).toList();
    assertThat(all).isEqualTo(request(1_100, 1).prompt());
  }

  @Test
  void runsAPromptAtOnceWhereAnglesDependOnItsLength() {
    var model = new ScriptedModel(true, 7, END);
    run(model, request(1_100, 50), log);
    assertThat(sizes(model)).containsExactly(1_100, 1);
  }

  private static List<Integer> sizes(ScriptedModel model) {
    return model.passes().stream().map(List::size).toList();
  }

  @Test
  void doesNotComputeAgainWhatTheTextBeforeHad() {
    var model = new ScriptedModel(false, 7, 4, END);
    try (Engine engine = Cpu.engine(1);
        Generation generation = new Generation(engine, model, this::tick)) {
      generation.generate(greedy(1, 2, 3), new Letters(), log);
      model.rewind();
      Generated second = generation.generate(greedy(1, 2, 3, 7, 9, 9), new Letters(), log);
      model.rewind();
      generation.generate(greedy(1, 5), new Letters(), log);
      model.rewind();
      generation.generate(greedy(1, 5), new Letters(), log);

      assertThat(second.timings().reusedTokens()).isEqualTo(4);
      assertThat(second.timings().promptTokens()).isEqualTo(6);
    }
    String passes = model.passes().stream().map(List::toString).collect(Collectors.joining());
    assertThat(passes).isEqualTo("[1, 2, 3][7][4]" + "[9, 9][7][4]" + "[5][7][4]" + "[5][7][4]");
  }

  private static Request greedy(Integer... prompt) {
    return new Request(List.of(prompt), 9, Sampling.greedy(), Set.of(END), List.of());
  }

  @Test
  void timesTheFirstTokenAndEachFurtherOne() {
    Generated generated = run(new ScriptedModel(false, 7, 4, END), request(4, 50), log);
    Timings timings = generated.timings();
    assertThat(timings.firstTokenNanos()).isEqualTo(1_000_000);
    assertThat(timings.tokenNanos()).containsExactly(1_000_000L, 1_000_000L);
    assertThat(timings.prefillPerSecond()).isEqualTo(4_000);
    assertThat(timings.decodePerSecond()).isEqualTo(1_000);
  }

  @Test
  void samplesWithTheSettingsOfTheRequest() { // at so high a temperature all tokens come
    var sampling = Sampling.at(1_000, 3);
    var request = new Request(List.of(1), 200, sampling, Set.of(), List.of());
    Generated one = run(new ScriptedModel(false, new int[300]), request, log);
    Generated same = run(new ScriptedModel(false, new int[300]), request, log);
    assertThat(one.tokens().stream().distinct().count()).isGreaterThan(25);
    assertThat(same.tokens()).isEqualTo(one.tokens());
  }

  @Test
  void refusesPromptsThatTheModelCannotTake() {
    var model = new ScriptedModel(false, 7);
    assertThatThrownBy(() -> run(model, request(2_000, 1), log))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("2000 tokens");
    assertThatThrownBy(() -> run(model, greedy(1, 32), log))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("token 32");
    assertThatThrownBy(() -> request(0, 1)).hasMessageContaining("no tokens");
    assertThatThrownBy(() -> request(1, 1, "")).hasMessageContaining("empty");
  }
}

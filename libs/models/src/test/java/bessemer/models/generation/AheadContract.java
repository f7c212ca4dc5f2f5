package bessemer.models.generation;

import static org.assertj.core.api.Assertions.assertThat;

import bessemer.models.GoldenTexts;
import bessemer.models.LanguageModel;
import bessemer.models.LoadedModel;
import bessemer.models.generation.Generated.Finish;
import bessemer.tensor.Engine;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Texts whose next token is asked for before the last one is read are the texts without that, on
/// each backend.
abstract class AheadContract {
  private static final int END = 31;

  /// A new engine of the calling thread, exact.
  abstract Engine engine();

  static Iterable<String> names() {
    return GoldenTexts.names();
  }

  private static Batch batch(Engine engine, LanguageModel model, int texts, boolean ahead) {
    var limits = new Batch.Limits(texts, 10_000);
    return new Batch(engine, model, limits, System::nanoTime, ahead);
  }

  private static Followed join(Batch batch, Request request) {
    var followed = new Followed();
    batch.join(request, new Silent(), followed);
    return followed;
  }

  private static void finish(Batch batch) {
    while (!batch.isEmpty()) {
      batch.step();
    }
  }

  @ParameterizedTest
  @MethodSource("names")
  void greedyTokensEqualPyTorchs(String name) throws IOException {
    GoldenTexts golden = GoldenTexts.of(name);
    try (Engine engine = engine();
        LoadedModel loaded = LoadedModel.load(engine, golden.directory());
        Batch batch = batch(engine, loaded.model(), 3, true)) {
      List<Followed> all = new ArrayList<>();
      int wanted = golden.tokens().size();
      for (int i = 0; i < 4; i++) {
        while (batch.room() == 0) {
          batch.step();
        }
        all.add(join(batch, new Request(ints(golden.prompt()), wanted - i % 2, Sampling.greedy())));
        batch.step();
      }
      finish(batch);
      for (int i = 0; i < all.size(); i++) {
        List<Integer> expected = golden.tokens().subList(0, wanted - i % 2);
        assertThat(all.get(i).end().tokens()).isEqualTo(expected);
        assertThat(all.get(i).end().finish()).isEqualTo(Finish.LENGTH);
      }
    }
  }

  private static int[] ints(List<Integer> tokens) {
    return tokens.stream().mapToInt(Integer::intValue).toArray();
  }

  /// Texts of all kinds that come and go: greedy, drawn under every rule, with a penalty, which no
  /// graph can choose, stopped, cancelled, and failing.
  @Test
  void textsOfAllKindsAreTheSame() throws IOException {
    try (Engine engine = engine();
        LoadedModel loaded =
            LoadedModel.load(engine, GoldenTexts.of("llama-untied-gqa").directory())) {
      List<Followed> without = many(engine, loaded.model(), false);
      List<Followed> with = many(engine, loaded.model(), true);
      assertThat(without).anyMatch(f -> f.failure != null);
      for (Finish finish : Finish.values()) {
        assertThat(without).anyMatch(f -> f.text != null && f.text.finish() == finish);
      }
      for (int i = 0; i < with.size(); i++) {
        assertThat(with.get(i).tokens).as("text " + i).isEqualTo(without.get(i).tokens);
        assertThat(finish(with.get(i))).as("text " + i).isEqualTo(finish(without.get(i)));
      }
    }
  }

  private static String finish(Followed followed) {
    return followed.text == null ? "" + followed.failure : "" + followed.text.finish();
  }

  private static List<Followed> many(Engine engine, LanguageModel model, boolean ahead) {
    var random = new Random(8);
    List<Followed> all = new ArrayList<>();
    try (Batch batch = batch(engine, model, 4, ahead)) {
      for (int i = 0; i < 40; i++) {
        while (batch.room() == 0) {
          batch.step();
        }
        var followed = new Followed();
        followed.cancelsAfter = i % 7 == 3 ? 3 : Integer.MAX_VALUE;
        followed.throwsAfter = i % 13 == 5 ? 2 : Integer.MAX_VALUE;
        int[] prompt = random.ints(1 + random.nextInt(9), 1, model.vocabulary()).toArray();
        List<Integer> tokens = IntStream.of(prompt).boxed().toList();
        Set<Integer> stops = i % 3 == 0 ? Set.of(7, 8, 9, 10, 11, 12, 13) : Set.of();
        var request = new Request(tokens, 5 + i % 8, sampling(i), stops, List.of());
        batch.join(request, new Silent(), followed);
        all.add(followed);
        for (int steps = random.nextInt(4); steps > 0; steps--) {
          batch.step();
        }
      }
      finish(batch);
    }
    return all;
  }

  private static Sampling sampling(int seed) {
    return switch (seed % 8) {
      case 0, 1 -> Sampling.greedy();
      case 2 -> Sampling.at(.8f, seed);
      case 3 -> new Sampling(1, 1.2f, 20, 1, 0, seed);
      case 4 -> new Sampling(1, .9f, 0, .8f, 0, seed);
      case 5 -> new Sampling(1, 1.5f, 30, .9f, .1f, seed);
      case 6 -> new Sampling(1, 1.1f, 0, 1, .3f, seed);
      default -> new Sampling(1.3f, seed % 3 == 0 ? 0 : 1, 0, 1, 0, seed);
    };
  }

  /// What the pass too many has written is no part of what the next prompt goes on from.
  @Test
  void aTextThatStopsLeavesWhatItWouldLeaveWithout() {
    for (int wanted : new int[] {3, 50}) { // the last token wanted, and a stop token
      List<Integer> reused = new ArrayList<>();
      List<Integer> computed = new ArrayList<>();
      for (boolean ahead : new boolean[] {false, true}) {
        var model = new SuccessorModel();
        try (Engine engine = engine();
            Batch batch = batch(engine, model, 1, ahead)) {
          Followed first = join(batch, request(List.of(3, 4, 20), wanted));
          finish(batch);
          List<Integer> longer = new ArrayList<>(List.of(3, 4, 20));
          longer.addAll(first.end().tokens());
          longer.addAll(List.of(1, 2, 3));
          int before = model.computed();
          Followed second = join(batch, request(longer, 2));
          finish(batch);
          reused.add(second.end().timings().reusedTokens());
          computed.add(before);
          assertThat(second.end().tokens()).containsExactly(4, 5);
        }
      }
      assertThat(reused.get(1)).isEqualTo(reused.get(0)).isGreaterThan(3);
      assertThat(computed.get(1)).isEqualTo(computed.get(0) + (wanted == 50 ? 1 : 0));
    }
  }

  private static Request request(List<Integer> prompt, int wanted) {
    return new Request(prompt, wanted, Sampling.greedy(), Set.of(END), List.of());
  }

  @Test
  void theNextTokenIsAskedForBeforeTheOneBeforeIsTold() {
    var model = new SuccessorModel();
    try (Engine engine = engine();
        Batch batch = batch(engine, model, 2, true)) {
      Followed one = join(batch, request(List.of(5), 9));
      batch.step(); // the prompt and its first token
      batch.step();
      assertThat(one.tokens).containsExactly(6, 7);
      assertThat(model.passes().getLast()).containsExactly(List.of(7));

      Followed two = join(batch, request(List.of(15), 9));
      batch.step();
      batch.step(); // the other joins what is on its way
      assertThat(one.tokens).containsExactly(6, 7, 8, 9);
      assertThat(two.tokens).containsExactly(16);
      assertThat(model.passes().getLast()).containsExactly(List.of(9), List.of(16));
    }
  }

  @Test
  void aFailureOfTheEngineEndsAllThatRunAndTheNextTextStartsAfresh() {
    var model = new SuccessorModel();
    model.failAt(4);
    try (Engine engine = engine();
        Batch batch = batch(engine, model, 2, true)) {
      Followed one = join(batch, request(List.of(5), 9));
      Followed two = join(batch, request(List.of(15), 9));
      finish(batch);
      assertThat(one.failure).hasMessage("the engine failed");
      assertThat(two.failure).hasMessage("the engine failed");
      Followed next = join(batch, request(List.of(5), 3));
      finish(batch);
      assertThat(next.end().tokens()).containsExactly(6, 7, 8);
    }
  }

  @Test
  void drawsFromLogitsThatAreNoNumbersAreRefused() {
    var model = new SuccessorModel();
    model.breakAt(3);
    try (Engine engine = engine();
        Batch batch = batch(engine, model, 1, true)) {
      Followed one = join(batch, new Request(new int[] {1}, 9, Sampling.at(.1f, 1)));
      finish(batch);
      assertThat(one.tokens).containsExactly(2, 3, 4);
      assertThat(one.failure).hasMessage("logits are infinite or not numbers");
    }
  }

  @Test
  void theLikeliestOfLogitsThatAreNoNumbersIsRefused() {
    var model = new SuccessorModel();
    model.breakAt(3);
    try (Engine engine = engine();
        Batch batch = batch(engine, model, 1, false)) {
      Followed one = join(batch, request(List.of(1), 9));
      finish(batch);
      assertThat(one.tokens).containsExactly(2, 3, 4);
      assertThat(one.failure).hasMessage("logits are infinite or not numbers");
    }
  }
}

package bessemer.models.generation;

import bessemer.tensor.Engine;
import bessemer.tensor.cpu.Cpu;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;

/// A batch of texts of a model that answers each token with the next one.
abstract class BatchFixture {
  static final int END = 31;

  final SuccessorModel model = new SuccessorModel();
  final Engine engine = Cpu.engine(1);
  long ticks;
  Batch batch = batch(model, 8, 100_000);

  Batch batch(SuccessorModel of, int texts, int positions) {
    return new Batch(engine, of, new Batch.Limits(texts, positions), () -> ticks += 1_000_000);
  }

  @AfterEach
  void close() {
    batch.close();
    engine.close();
  }

  Followed join(List<Integer> prompt, int maxTokens) {
    var followed = new Followed();
    join(prompt, maxTokens, followed);
    return followed;
  }

  void join(List<Integer> prompt, int maxTokens, Followed followed) {
    batch.join(
        new Request(prompt, maxTokens, Sampling.greedy(), Set.of(END), List.of()),
        new Silent(),
        followed);
  }

  void finish() {
    while (!batch.isEmpty()) {
      batch.step();
    }
  }

  List<List<Integer>> lastPass() {
    return model.passes().getLast();
  }

  /// Tokens that no other prompt begins with.
  static List<Integer> prompt(int first, int length) {
    return IntStream.range(0, length).map(i -> i == 0 ? first : i % 7).boxed().toList();
  }

  static List<Integer> joined(List<Integer> a, Integer... b) {
    List<Integer> all = new ArrayList<>(a);
    Collections.addAll(all, b);
    return all;
  }
}

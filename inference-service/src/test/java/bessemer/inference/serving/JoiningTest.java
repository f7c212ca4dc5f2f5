package bessemer.inference.serving;

import static org.assertj.core.api.Assertions.assertThat;

import bessemer.inference.TinyModels;
import bessemer.models.translation.SearchOptions;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// Sentences that run together.
@Timeout(120)
class JoiningTest {
  @TempDir static Path folder;
  private static Path letters;

  private LettersServed served;

  @BeforeAll
  static void convert() throws IOException {
    letters = TinyModels.translator(folder.resolve("letters"));
  }

  @BeforeEach
  void serve() {
    served = new LettersServed(letters, folder.resolve("cache"));
  }

  @AfterEach
  void close() throws InterruptedException {
    served.close();
  }

  @Test
  void sentencesOfSeveralClientsRunTogetherWhereTheyAreSearchedTheSameWay() throws Exception {
    var gate = new Gate();
    List<Listener> all = new ArrayList<>();
    try (TranslatorLease lease = served.open(8, 4096).acquireTranslator(served.model())) {
      lease.submit("first", Orders.order(lease, true, "a"), gate.listener);
      gate.await();
      for (String client : List.of("one", "two")) {
        all.add(new Listener(_ -> {}));
        lease.submit(client, Orders.order(lease, true, "a b", "c"), all.getLast());
        all.add(new Listener(_ -> {}));
        lease.submit(
            client + "'s beams",
            Orders.order(lease, SearchOptions.of(2, 20), true, "a"),
            all.getLast());
      }
    }
    gate.open();
    for (Listener one : all) {
      one.end();
    }

    var batches =
        served.registry.get("bessemer.inference.batch").tag("model", "translator").summary();
    assertThat(batches.count()).isEqualTo(3); // the first, four without beams, two with
    assertThat(batches.max()).isEqualTo(4);
  }

  @Test
  void aSentenceThatComesJoinsThoseThatRun() throws Exception {
    List<String> done = Collections.synchronizedList(new ArrayList<>());
    var gate = new Gate(one -> done.add("first " + one.text()));
    var newcomer = new Listener(one -> done.add("newcomer " + one.text()));
    try (TranslatorLease lease = served.open(2, 4096).acquireTranslator(served.model())) {
      lease.submit("first", Orders.order(lease, true, "a", Orders.LONG), gate.listener);
      gate.await();
      lease.submit("newcomer", Orders.order(lease, true, "a", "b"), newcomer);
    }
    gate.open();
    newcomer.end();
    gate.listener.end();

    assertThat(done).containsExactly("first 0", "newcomer 0", "newcomer 1", "first 1");
  }

  @Test
  void whoIsSearchedInAnotherWayWaitsForThoseThatRunAlone() throws Exception {
    List<String> done = Collections.synchronizedList(new ArrayList<>());
    var gate = new Gate(one -> done.add("first " + one.text()));
    var beams = new Listener(_ -> done.add("beams"));
    var late = new Listener(_ -> done.add("late"));
    try (TranslatorLease lease = served.open(2, 4096).acquireTranslator(served.model())) {
      lease.submit("first", Orders.order(lease, true, "a", Orders.LONG), gate.listener);
      gate.await();
      lease.submit("beams", Orders.order(lease, SearchOptions.of(2, 20), true, "a"), beams);
      lease.submit("late", Orders.order(lease, true, "a"), late);
    }
    gate.open();
    late.end();

    assertThat(done).containsExactly("first 0", "first 1", "beams", "late");
  }

  @Test
  void whatARunHasReadCountsUntilItsEnd() throws Exception {
    List<String> done = Collections.synchronizedList(new ArrayList<>());
    var gate = new Gate(one -> done.add("first " + one.text()));
    var newcomer = new Listener(_ -> done.add("newcomer"));
    // Orders.LONG and "a" have 20 and 3 tokens, and may write 20 each: the third would be the 66th
    try (TranslatorLease lease = served.open(2, 65).acquireTranslator(served.model())) {
      lease.submit("first", Orders.order(lease, true, "a", Orders.LONG), gate.listener);
      gate.await();
      lease.submit("newcomer", Orders.order(lease, true, "a"), newcomer);
    }
    gate.open();
    newcomer.end();

    assertThat(done).containsExactly("first 0", "first 1", "newcomer");
  }

  @Test
  void noMoreRunTogetherThanThereIsMemoryFor() throws Exception {
    var gate = new Gate();
    var listener = new Listener(_ -> {});
    try (TranslatorLease lease =
        served.open(8, 50).acquireTranslator(served.model())) { // 20 and 3 for each
      lease.submit("first", Orders.order(lease, true, "a"), gate.listener);
      gate.await();
      lease.submit("second", Orders.order(lease, true, "a", "b", "c", "d"), listener);
    }
    gate.open();
    listener.end();

    var batches =
        served.registry.get("bessemer.inference.batch").tag("model", "translator").summary();
    assertThat(batches.max()).isEqualTo(2);
  }
}

package bessemer.gateway.inference;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import bessemer.contracts.WorkerBeat;
import bessemer.contracts.WorkerView;
import bessemer.gateway.access.RefusedException;
import java.time.Instant;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class ChoiceTest {
  private static final Instant NOW = Instant.parse("2026-11-01T12:00:00Z");

  private final Load load = new Load();
  private final Choice choice = new Choice(load);

  @Test
  void whoHasTheModelComesBeforeWhoHasNothingToDo() {
    assertThat(order("qwen", 10, worker("idle", 0, 0, 100), worker("warm", 7, 50, 100, "qwen")))
        .containsExactly("warm", "idle");
  }

  @Test
  void ofThoseThatHaveTheModelTheLeastBusyIsFirst() {
    assertThat(
            order(
                "qwen",
                10,
                worker("a", 3, 50, 100, "qwen"),
                worker("b", 1, 50, 100, "qwen"),
                worker("c", 2, 50, 100, "qwen")))
        .containsExactly("b", "c", "a");
  }

  @Test
  void roomComesBeforeLeisure() {
    assertThat(order("qwen", 60, worker("full", 0, 50, 100), worker("roomy", 4, 10, 100)))
        .containsExactly("roomy", "full");
  }

  @Test
  void whoCouldNeverHoldTheModelIsNotAsked() {
    assertThat(order("qwen", 60, worker("small", 0, 0, 50), worker("large", 9, 90, 100)))
        .containsExactly("large");
  }

  @Test
  void whatWasSentSinceTheBeatCounts() {
    WorkerView a = worker("a", 0, 0, 100);
    WorkerView b = worker("b", 0, 0, 100);
    load.begin(a);
    assertThat(order("qwen", 10, a, b)).containsExactly("b", "a");

    load.end(a);
    assertThat(order("qwen", 10, a, b)).containsExactly("a", "b");
  }

  @Test
  void whoDidNotAnswerComesLastUntilItBeatsAgain() {
    WorkerView a = worker("a", 0, 50, 100, "qwen");
    WorkerView b = worker("b", 5, 0, 100);
    load.doubt(a);
    assertThat(order("qwen", 10, a, b)).containsExactly("b", "a");

    WorkerView again = new WorkerView("a", "ready", NOW.plusSeconds(5), a.last());
    assertThat(order("qwen", 10, again, b)).containsExactly("a", "b");
    assertThat(order("qwen", 10, a)).as("the only one is asked all the same").hasSize(1);
  }

  @Test
  void workersThatOnlyClaimJobsAreNoChoice() {
    WorkerView conversion =
        new WorkerView(
            "conversion",
            "ready",
            NOW,
            new WorkerBeat(
                "conversion", null, null, null, "1", List.of(), List.of(), 0, 0, Long.MAX_VALUE));

    assertThatThrownBy(() -> choice.of(List.of(conversion), "qwen", 0))
        .isInstanceOf(RefusedException.class)
        .hasMessageContaining("no inference worker is there");
  }

  private List<String> order(String model, long bytes, WorkerView... workers) {
    return choice.of(List.of(workers), model, bytes).stream().map(WorkerView::id).toList();
  }

  private static WorkerView worker(
      String id, int busy, long memory, long budget, String... loaded) {
    return new WorkerView(
        id,
        "ready",
        NOW,
        new WorkerBeat(
            "inference",
            "http://127.0.0.1:1",
            null,
            null,
            "1",
            List.of("cpu"),
            Stream.of(loaded).map(name -> new WorkerBeat.Loaded(name, "v", memory)).toList(),
            busy,
            memory,
            budget));
  }
}

package bessemer.models.generation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import bessemer.models.generation.Generated.Finish;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

/// Joining, leaving and taking turns, with a model that answers each token with the next one.
class BatchTest extends BatchFixture {
  @Test
  void runsTheNextTokensOfAllTextsInOnePass() {
    Followed one = join(List.of(10), 4);
    Followed two = join(List.of(20, 21), 4);
    batch.step();
    batch.step();
    batch.step();

    assertThat(lastPass()).containsExactly(List.of(12), List.of(22));
    finish();
    assertThat(one.end().tokens()).containsExactly(11, 12, 13, 14);
    assertThat(two.end().tokens()).containsExactly(22, 23, 24, 25);
  }

  @Test
  void aTextJoinsWhileOthersRun() {
    Followed one = join(List.of(1), 9);
    batch.step();
    batch.step();
    Followed two = join(List.of(5, 15), 9);
    Batch.Step joining = batch.step();
    batch.step();

    assertThat(joining).isEqualTo(new Batch.Step(1, 2, 0));
    assertThat(lastPass()).containsExactly(List.of(4), List.of(16));
    finish();
    assertThat(one.end().tokens()).containsExactly(2, 3, 4, 5, 6, 7, 8, 9, 10);
    assertThat(two.end().tokens()).containsExactly(16, 17, 18, 19, 20, 21, 22, 23, 24);
  }

  @Test
  void aTextThatEndsLeavesTheOthersRunning() {
    Followed brief = join(List.of(28), 9);
    Followed lengthy = join(List.of(3), 9);
    while (!brief.isOver()) {
      batch.step();
    }
    batch.step();

    assertThat(brief.end().tokens()).containsExactly(29, 30);
    assertThat(brief.end().finish()).isEqualTo(Finish.STOP);
    assertThat(lastPass()).hasSize(1);
    assertThat(batch.room()).isEqualTo(7);
    finish();
    assertThat(lengthy.end().finish()).isEqualTo(Finish.LENGTH);
    assertThat(lengthy.end().tokens()).hasSize(9);
  }

  @Test
  void aCancelledTextLeavesBeforeItsNextToken() {
    var cancelled = new Followed();
    cancelled.cancelsAfter = 2;
    join(List.of(1), 9, cancelled);
    Followed other = join(List.of(15), 9);
    finish();

    assertThat(cancelled.end().finish()).isEqualTo(Finish.CANCELLED);
    assertThat(cancelled.end().tokens()).containsExactly(2, 3);
    assertThat(other.end().tokens()).hasSize(9);
    assertThat(model.passes()).doesNotContain(List.of(List.of(3), List.of(17)));
  }

  @Test
  void aCancelledPromptIsNotComputedFurther() {
    var cancelled = new Followed();
    join(prompt(1, 1_000), 9, cancelled);
    batch.step();
    cancelled.cancelsAfter = 0;
    batch.step();

    assertThat(model.computed()).isEqualTo(Batch.ALONE);
    assertThat(cancelled.end().finish()).isEqualTo(Finish.CANCELLED);
  }

  @Test
  void aFollowerThatFailsEndsItsOwnTextOnly() {
    var failing = new Followed();
    failing.throwsAfter = 2;
    join(List.of(1), 9, failing);
    Followed other = join(List.of(10), 9);
    finish();

    assertThat(failing.failure).hasMessage("the listener fails");
    assertThat(failing.text).isNull();
    assertThat(other.end().tokens()).hasSize(9);
  }

  @Test
  void aFailureOfTheEngineEndsAllThatRunAndTheNextTextStartsAfresh() {
    Followed one = join(prompt(1, 40), 9);
    Followed two = join(prompt(2, 40), 9);
    model.failAt(3);
    finish();
    assertThat(one.failure).hasMessage("the engine failed");
    assertThat(two.failure).hasMessage("the engine failed");

    Followed next = join(prompt(1, 40), 9);
    finish();
    assertThat(next.end().tokens()).hasSize(9);
    assertThat(next.end().timings().reusedTokens()).isZero();
  }

  @Test
  void aFailureOfTheEngineSparesPromptsThatHaveNotBegun() {
    join(List.of(1), 9);
    model.failAt(1);
    batch.step();
    Followed waiting = join(List.of(10), 9);
    finish();

    assertThat(waiting.end().tokens()).hasSize(9);
  }

  @Test
  void aPromptThatFailsFailsAlone() {
    Followed running = join(List.of(1), 9);
    batch.step();
    Followed failing = join(prompt(2, 300), 9);
    model.failAt(2);
    finish();

    assertThat(failing.failure).hasMessage("the engine failed");
    assertThat(running.end().tokens()).hasSize(9);
  }

  @Test
  void aLongPromptDelaysOthersByNoMoreThanAChunk() {
    join(List.of(1), 29);
    batch.step();
    Followed lengthy = join(prompt(2, 1_000), 1);
    while (!lengthy.isOver()) {
      int before = model.passes().size();
      Batch.Step step = batch.step();
      List<List<List<Integer>>> passes = model.passes().subList(before, model.passes().size());

      assertThat(step.decoded()).isEqualTo(1);
      assertThat(step.prefilled()).isBetween(1, Batch.BESIDE);
      assertThat(passes).hasSize(2);
      assertThat(passes.getFirst()).isEqualTo(List.of(List.of(lastOf(before))));
    }
  }

  /// The token that the running text was given before the pass of this number.
  private int lastOf(int pass) {
    return 2 + (pass - 1) / 2;
  }

  @Test
  void aShortPromptDoesNotWaitForALongOne() {
    join(prompt(1, 3_000), 1);
    batch.step();
    Followed brief = join(prompt(2, 20), 1);
    batch.step();
    batch.step();

    assertThat(brief.isOver()).isTrue();
    assertThat(model.computed()).isEqualTo(2 * Batch.ALONE + 20);
  }

  @Test
  void aModelWhoseAnglesDependOnTheLengthRunsTextsAloneAndPromptsAtOnce() {
    batch.close();
    var dynamic = new SuccessorModel(true);
    batch = batch(dynamic, 8, 100_000);
    assertThat(batch.room()).isEqualTo(1);
    for (int i = 0; i < 2; i++) {
      Followed answer = join(prompt(1, 1_100), 2);
      assertThat(batch.room()).isZero();
      finish();
      assertThat(answer.end().timings().reusedTokens()).isZero();
    }

    assertThat(dynamic.passes().stream().map(pass -> pass.getFirst().size()))
        .containsExactly(1_100, 1, 1_100, 1);
  }

  @Test
  void drawsForEachTextByItsOwnSeed() {
    List<Integer> alone = drawn(3);
    var first = new Followed();
    var second = new Followed();
    for (Followed followed : List.of(first, second)) {
      var sampling = Sampling.at(1_000, followed == first ? 3 : 4);
      batch.join(
          new Request(List.of(1), 50, sampling, Set.of(), List.of()), new Silent(), followed);
    }
    join(List.of(7), 20);
    finish();

    assertThat(first.end().tokens()).isEqualTo(alone);
    assertThat(second.end().tokens()).isNotEqualTo(alone);
  }

  private List<Integer> drawn(long seed) {
    var followed = new Followed();
    var request = new Request(List.of(1), 50, Sampling.at(1_000, seed), Set.of(), List.of());
    batch.join(request, new Silent(), followed);
    finish();
    return followed.end().tokens();
  }

  @Test
  void takesNoMoreTextsThanItHasRoomFor() {
    batch.close();
    batch = batch(model, 2, 1_000);
    join(List.of(1), 2);
    join(List.of(2), 2);

    assertThatThrownBy(() -> join(List.of(3), 2)).isInstanceOf(IllegalStateException.class);
    finish();
    assertThat(batch.room()).isEqualTo(2);
  }
}

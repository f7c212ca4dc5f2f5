package bessemer.models.generation;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/// What a prompt has in common with texts before it, or beside it, is not computed again.
class SharedBeginningsTest extends BatchFixture {
  @Test
  void conversationsThatAlternatePayForTheirNewTurnsOnly() {
    List<Integer> red = prompt(1, 100);
    List<Integer> blue = prompt(2, 200);
    for (int turn = 0; turn < 3; turn++) {
      for (int which = 0; which < 2; which++) {
        List<Integer> conversation = which == 0 ? red : blue;
        int before = model.computed();
        Followed answer = join(conversation, 4);
        finish();
        int news = turn == 0 ? conversation.size() : 6; // the answer's last token and the new turn
        assertThat(model.computed() - before).isEqualTo(news + 3);
        assertThat(answer.end().timings().reusedTokens()).isEqualTo(conversation.size() - news);
        conversation = joined(conversation, answer.end().tokens().toArray(Integer[]::new));
        conversation = joined(conversation, 9, 8, 7, 6, 5);
        red = which == 0 ? conversation : red;
        blue = which == 1 ? conversation : blue;
      }
    }
  }

  @Test
  void promptsThatBeginAlikeAreComputedOnce() {
    List<Integer> system = prompt(1, 1_000);
    List<Followed> answers = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      answers.add(join(joined(system, 10 + i), 3));
    }
    finish();

    int shared = answers.stream().mapToInt(one -> one.end().timings().reusedTokens()).sum();
    assertThat(shared).isBetween(3 * (1_000 - Batch.BESIDE), 3_000);
    assertThat(model.computed()).isEqualTo(4 * 1_001 - shared + 4 * 2);
    for (int i = 0; i < 4; i++) {
      assertThat(answers.get(i).end().tokens()).containsExactly(11 + i, 12 + i, 13 + i);
    }
  }

  @Test
  void anotherEndOfALongConversationLeavesItAsItIs() {
    List<Integer> whole = prompt(1, 500);
    join(whole, 1);
    finish();
    Followed branch = join(joined(whole.subList(0, 100), 30), 1);
    finish();
    Followed again = join(joined(whole, 20), 1);
    finish();

    assertThat(branch.end().timings().reusedTokens()).isEqualTo(100);
    assertThat(again.end().timings().reusedTokens()).isEqualTo(500);
  }

  @Test
  void aFewTokensInCommonAreNotWorthAFork() {
    join(prompt(1, 500), 1);
    finish();
    Followed other = join(joined(prompt(1, 10), 30, 30), 1);
    finish();

    assertThat(other.end().timings().reusedTokens()).isZero();
  }

  @Test
  void forgetsWhatWasNotUsedForLongest() {
    batch.close();
    batch = batch(model, 8, 1_024);
    for (int first : new int[] {1, 2, 3, 4, 1, 5}) { // each takes 256 positions
      join(prompt(first, 100), 1);
      finish();
    }
    Followed kept = join(prompt(1, 100), 1);
    finish();
    Followed forgotten = join(prompt(2, 100), 1);
    finish();

    assertThat(kept.end().timings().reusedTokens()).isEqualTo(99);
    assertThat(forgotten.end().timings().reusedTokens()).isZero();
  }
}

package bessemer.inference.serving;

import bessemer.inference.serving.TranslationListener.Timing;
import bessemer.inference.serving.TranslationListener.Translated;
import bessemer.models.translation.SearchOptions;
import bessemer.models.translation.Task;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.function.LongSupplier;

/// One order to translate, from its admission to its end. Each of its sentences is settled once:
/// translated or dropped.
public final class TranslationTicket {
  /// What a ticket is made of.
  ///
  /// @param client who asks; sentences of all clients get their turn
  /// @param release called once, after the listener heard of the end
  record Parts(
      String client,
      TranslationOrder order,
      TranslationListener listener,
      Meters.OfModel meters,
      LongSupplier nanos,
      Runnable release) {}

  private final Parts parts;
  private final List<Sentence> sentences;
  private final long admitted;
  private volatile boolean cancelled;
  private int left; // what follows is guarded by this
  private boolean begun;
  private boolean cut;
  private boolean over;
  private long queueNanos;

  TranslationTicket(Parts parts) {
    this.parts = parts;
    this.sentences = sentences(parts.order());
    this.left = sentences.size();
    this.admitted = parts.nanos().getAsLong();
  }

  private List<Sentence> sentences(TranslationOrder order) {
    List<Sentence> all = new ArrayList<>();
    for (int text = 0; text < order.texts().size(); text++) {
      List<Task> tasks = order.texts().get(text);
      for (int index = 0; index < tasks.size(); index++) {
        all.add(new Sentence(this, text, index, tasks.get(index)));
      }
    }
    if (!order.inOrder()) {
      all.sort(Comparator.comparingInt(Sentence::length).reversed());
    }
    return List.copyOf(all);
  }

  String client() {
    return parts.client();
  }

  SearchOptions options() {
    return parts.order().options();
  }

  /// In the order in which they are to begin.
  List<Sentence> sentences() {
    return sentences;
  }

  boolean cancelled() {
    return cancelled;
  }

  /// Nobody wants the translation any more: what runs of it ends before its next token.
  void cancel() {
    cancelled = true;
  }

  private long age() {
    return parts.nanos().getAsLong() - admitted;
  }

  /// The turn of one of its sentences has come.
  void started() {
    synchronized (this) {
      if (begun) {
        return;
      }
      begun = true;
      queueNanos = age();
    }
    parts.meters().waited(queueNanos);
  }

  /// @param targetTokens that the model wrote for it
  /// @param whole whether it came to its end
  void translated(Sentence sentence, String words, int targetTokens, boolean whole) {
    parts.meters().sentence(sentence.length(), targetTokens);
    boolean wanted;
    synchronized (this) {
      cut |= !whole;
      wanted = !over && !cancelled;
    }
    if (wanted) {
      tell(sentence, words, targetTokens, whole);
    }
    settle(1);
  }

  private void tell(Sentence sentence, String words, int targetTokens, boolean whole) {
    parts
        .listener()
        .sentence(
            new Translated(
                sentence.text(),
                sentence.index(),
                words,
                sentence.length(),
                targetTokens,
                whole,
                age()));
  }

  /// So many of its sentences will not be translated, as nobody wants them.
  void dropped(int sentences) {
    if (sentences > 0) {
      settle(sentences);
    }
  }

  private void settle(int sentences) {
    synchronized (this) {
      left -= sentences;
    }
    endIfNothingIsLeft();
  }

  /// For an order without words.
  void endIfNothingIsLeft() {
    Timing timing;
    String outcome;
    synchronized (this) {
      if (left > 0 || over) {
        return;
      }
      over = true;
      timing = new Timing(queueNanos, age());
      outcome = cancelled ? "cancelled" : cut ? "length" : "stop";
    }
    if (cancelled) {
      end(outcome, () -> parts.listener().failed(new ServingException.Stopping("cancelled")));
    } else {
      parts.meters().translated(timing.nanos());
      end(outcome, () -> parts.listener().ended(timing));
    }
  }

  /// Ends it at once; sentences that run are dropped by themselves.
  void failed(ServingException failure) {
    synchronized (this) {
      if (over) {
        return;
      }
      over = true;
    }
    String outcome = cancelled ? "cancelled" : "failed";
    cancelled = true;
    end(outcome, () -> parts.listener().failed(failure));
  }

  private void end(String outcome, Runnable tell) {
    parts.meters().request(outcome);
    try {
      tell.run();
    } finally {
      parts.release().run();
    }
  }
}

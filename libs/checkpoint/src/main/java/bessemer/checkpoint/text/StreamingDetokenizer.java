package bessemer.checkpoint.text;

import java.util.Arrays;

/// Turns ids that arrive one by one into text. The pieces joined equal [Tokenizer#decode] of all
/// ids, and no piece ends inside a character: what may still change is held back until it is
/// settled or [#finish] is called. The work per id is bounded: only a few last ids are decoded
/// again. For one thread.
///
/// Where bytes stand for missing characters (`<0xE2>`), a run of them is held until it ends: one
/// wrong byte makes the whole run unreadable, so nothing in it is settled earlier.
public final class StreamingDetokenizer {
  /// A UTF-8 character has at most four bytes, so four ids decide how the next one is read.
  private static final int CONTEXT_IDS = 4;

  private static final int WINDOW_IDS = 16;
  private static final char REPLACEMENT = '\uFFFD';

  private final Tokenizer tokenizer;
  private final boolean skipSpecial;
  private final StringBuilder uncleaned = new StringBuilder();
  private int[] window = new int[2 * WINDOW_IDS];
  private int windowLength;
  private int emitted; // chars of the window's text that were given out

  StreamingDetokenizer(Tokenizer tokenizer, boolean skipSpecial) {
    this.tokenizer = tokenizer;
    this.skipSpecial = skipSpecial;
  }

  /// Takes the next id and returns the text that it settles, often empty.
  public String add(int id) {
    Vocabulary vocabulary = tokenizer.vocabulary();
    if (vocabulary.token(id) == null || (skipSpecial && vocabulary.isSpecial(id))) {
      return "";
    }
    if (windowLength == window.length) {
      window = Arrays.copyOf(window, 2 * windowLength);
    }
    window[windowLength++] = id;

    return vocabulary.isByte(id) ? "" : cleaned(settle(), false);
  }

  /// Returns what was held back and begins a new stream.
  public String finish() {
    String text = decode(0);
    String rest = text.substring(Math.min(emitted, text.length()));
    windowLength = 0;
    emitted = 0;
    return cleaned(rest, true);
  }

  private String settle() {
    String text = decode(0);
    int settled = text.length();
    if (settled > 0 && text.charAt(settled - 1) == REPLACEMENT) {
      settled--;
    }
    String piece = settled > emitted ? text.substring(emitted, settled) : "";
    emitted = Math.max(emitted, settled);
    if (windowLength > WINDOW_IDS) {
      narrow(text.length() - emitted);
    }
    return piece;
  }

  /// Keeps the last ids only. Their text differs from before at its start, never at its end.
  private void narrow(int heldBack) {
    int from = windowLength - CONTEXT_IDS;
    String text = decode(from);
    System.arraycopy(window, from, window, 0, CONTEXT_IDS);
    windowLength = CONTEXT_IDS;
    emitted = Math.max(0, text.length() - heldBack);
  }

  private String decode(int from) {
    return tokenizer.decodeRaw(window, from, windowLength, skipSpecial);
  }

  private String cleaned(String piece, boolean last) {
    if (!tokenizer.cleansUp()) {
      return piece;
    }
    uncleaned.append(piece);
    int settled = last ? uncleaned.length() : SpaceCleanup.settled(uncleaned);
    String clean = SpaceCleanup.clean(uncleaned.substring(0, settled));
    uncleaned.delete(0, settled);
    return clean;
  }
}

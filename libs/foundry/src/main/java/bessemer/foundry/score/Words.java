package bessemer.foundry.score;

import java.util.Arrays;

/// Numbers the words of a few lines, without a string for any: equal words, equal numbers.
final class Words {
  private static final int FEW = 1 << 8;
  private static final int LARGE = 1 << 14;

  private int[] slots = new int[4 * FEW]; // of words from 1 on
  private String[] texts = new String[FEW];
  private int[] starts = new int[FEW];
  private int[] ends = new int[FEW];
  private int[] hashes = new int[FEW];
  private int size;

  void clear() {
    size = 0;
    if (texts.length > LARGE) { // one long line shall not slow down all after it
      resize(FEW);
    } else {
      Arrays.fill(slots, 0);
    }
  }

  /// The number of a word, from 1 on.
  int number(String text, int start, int end) {
    int hash = 0;
    for (int i = start; i < end; i++) {
      hash = 31 * hash + text.charAt(i);
    }
    int slot = slot(hash);
    while (slots[slot] != 0) {
      if (is(slots[slot] - 1, hash, text, start, end)) {
        return slots[slot];
      }
      slot = slot + 1 & slots.length - 1;
    }
    if (size == texts.length) {
      grow();
      return number(text, start, end);
    }
    texts[size] = text;
    starts[size] = start;
    ends[size] = end;
    hashes[size] = hash;
    slots[slot] = ++size;
    return size;
  }

  private boolean is(int word, int hash, String text, int start, int end) {
    return hashes[word] == hash
        && ends[word] - starts[word] == end - start
        && texts[word].regionMatches(starts[word], text, start, end - start);
  }

  private int slot(int hash) {
    return (hash * 0x9e3779b9 >>> 8) & slots.length - 1;
  }

  private void grow() {
    resize(2 * size);
    for (int word = 0; word < size; word++) {
      int slot = slot(hashes[word]);
      while (slots[slot] != 0) {
        slot = slot + 1 & slots.length - 1;
      }
      slots[slot] = word + 1;
    }
  }

  /// Room for so many words, a power of two; none of them is in a slot.
  private void resize(int capacity) {
    texts = Arrays.copyOf(texts, capacity);
    starts = Arrays.copyOf(starts, capacity);
    ends = Arrays.copyOf(ends, capacity);
    hashes = Arrays.copyOf(hashes, capacity);
    slots = new int[4 * capacity];
  }
}

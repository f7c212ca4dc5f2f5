package bessemer.checkpoint.text;

import ai.djl.huggingface.tokenizers.jni.TokenizersLibrary;
import java.util.concurrent.locks.ReentrantReadWriteLock;

/// One tokenizer of the native `tokenizers` library. Safe for several threads; a call after
/// [#close] is refused instead of touching freed memory.
///
/// The binding's own entry point is avoided on purpose: it asks the cloud's metadata service who it
/// runs for.
final class NativeTokenizer implements Segmenter {
  private final ReentrantReadWriteLock lock = new ReentrantReadWriteLock();
  private long handle;

  private NativeTokenizer(long handle) {
    this.handle = handle;
  }

  /// Creates a tokenizer from the text of a `tokenizer.json`; [NativeLibrary] has been loaded.
  static NativeTokenizer create(String json) {
    var tokenizer = new NativeTokenizer(TokenizersLibrary.LIB.createTokenizerFromString(json));
    TokenizersLibrary.LIB.disablePadding(tokenizer.handle);
    TokenizersLibrary.LIB.disableTruncation(tokenizer.handle);
    return tokenizer;
  }

  @Override
  public int[] encode(String text, boolean addSpecialTokens) {
    lock.readLock().lock();
    try {
      long encoding = TokenizersLibrary.LIB.encode(open(), wellFormed(text), addSpecialTokens);
      try {
        return narrow(TokenizersLibrary.LIB.getTokenIds(encoding));
      } finally {
        TokenizersLibrary.LIB.deleteEncoding(encoding);
      }
    } finally {
      lock.readLock().unlock();
    }
  }

  @Override
  public String decode(int[] ids, int from, int to, boolean skipSpecialTokens) {
    var wide = new long[to - from];
    for (int i = 0; i < wide.length; i++) {
      wide[i] = ids[from + i];
    }
    lock.readLock().lock();
    try {
      return TokenizersLibrary.LIB.decode(open(), wide, skipSpecialTokens);
    } finally {
      lock.readLock().unlock();
    }
  }

  private long open() {
    if (handle == 0) {
      throw new IllegalStateException("The tokenizer is closed");
    }
    return handle;
  }

  private static int[] narrow(long[] ids) {
    var narrow = new int[ids.length];
    for (int i = 0; i < ids.length; i++) {
      narrow[i] = Math.toIntExact(ids[i]);
    }
    return narrow;
  }

  /// Half a surrogate pair has no UTF-8: it becomes U+FFFD, as in any text that passed a wire.
  private static String wellFormed(String text) {
    StringBuilder repaired = null;
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (!Character.isSurrogate(c)) {
        continue;
      }
      boolean pair =
          Character.isHighSurrogate(c)
              && i + 1 < text.length()
              && Character.isLowSurrogate(text.charAt(i + 1));
      if (pair) {
        i++;
      } else {
        repaired = repaired == null ? new StringBuilder(text) : repaired;
        repaired.setCharAt(i, '\uFFFD');
      }
    }
    return repaired == null ? text : repaired.toString();
  }

  @Override
  public void close() {
    lock.writeLock().lock();
    try {
      if (handle != 0) {
        TokenizersLibrary.LIB.deleteTokenizer(handle);
        handle = 0;
      }
    } finally {
      lock.writeLock().unlock();
    }
  }
}

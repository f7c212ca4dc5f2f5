package bessemer.models.generation;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// A follower that remembers, and can cancel or fail after a number of tokens.
final class Followed implements Follower {
  final List<Integer> tokens = new ArrayList<>();
  final StringBuilder pieces = new StringBuilder();
  int cancelsAfter = Integer.MAX_VALUE;
  int throwsAfter = Integer.MAX_VALUE;
  @Nullable Generated text;
  @Nullable Throwable failure;

  @Override
  public void text(String piece) {
    pieces.append(piece);
  }

  @Override
  public void token(int token) {
    tokens.add(token);
    if (tokens.size() > throwsAfter) {
      throw new IllegalArgumentException("the listener fails");
    }
  }

  @Override
  public boolean cancelled() {
    return tokens.size() >= cancelsAfter;
  }

  @Override
  public void ended(Generated text) {
    this.text = text;
  }

  @Override
  public void failed(Throwable failure) {
    this.failure = failure;
  }

  boolean isOver() {
    return text != null || failure != null;
  }

  Generated end() {
    if (text == null) {
      throw new AssertionError("no end came", failure);
    }
    return text;
  }
}

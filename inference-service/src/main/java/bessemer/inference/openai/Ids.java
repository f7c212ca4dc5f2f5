package bessemer.inference.openai;

import java.util.random.RandomGenerator;

/// Names of answers: a prefix and 24 random letters and digits.
final class Ids {
  private static final String DIGITS =
      "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
  private static final int LENGTH = 24;

  private final RandomGenerator random;

  /// @param random for several threads
  Ids(RandomGenerator random) {
    this.random = random;
  }

  String next(String prefix) {
    StringBuilder id = new StringBuilder(prefix);
    random.ints(LENGTH, 0, DIGITS.length()).forEach(digit -> id.append(DIGITS.charAt(digit)));
    return id.toString();
  }
}

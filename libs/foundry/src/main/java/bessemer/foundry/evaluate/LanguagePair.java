package bessemer.foundry.evaluate;

/// From which language to which, by codes or names that the model knows.
public record LanguagePair(String from, String to) {
  public LanguagePair {
    if (from.isBlank() || to.isBlank()) {
      throw new IllegalArgumentException("a language without a name");
    }
  }

  @Override
  public String toString() {
    return from + "-" + to;
  }
}

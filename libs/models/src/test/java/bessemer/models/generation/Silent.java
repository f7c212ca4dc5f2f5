package bessemer.models.generation;

/// No text, only tokens.
final class Silent implements Pieces {
  @Override
  public String add(int token) {
    return "";
  }

  @Override
  public String finish() {
    return "";
  }
}

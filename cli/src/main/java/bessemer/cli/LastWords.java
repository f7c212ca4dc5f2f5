package bessemer.cli;

/// What is still said when the process is told to end (Ctrl-C) in the middle of waiting.
final class LastWords implements AutoCloseable {
  private final Thread hook;

  LastWords(Console console, String words) {
    hook =
        new Thread(
            () -> {
              if (console.terminal()) {
                console.note(""); // below the bar
              }
              console.note(words);
            },
            "last words");
    Runtime.getRuntime().addShutdownHook(hook);
  }

  /// It ended otherwise: nothing is to be said.
  @Override
  public void close() {
    try {
      Runtime.getRuntime().removeShutdownHook(hook);
    } catch (IllegalStateException e) {
      // it is being said
    }
  }
}

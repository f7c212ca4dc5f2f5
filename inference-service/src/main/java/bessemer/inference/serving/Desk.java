package bessemer.inference.serving;

/// A model in memory, those who wait for it, and the work of its thread for them.
sealed interface Desk permits TextDesk, TranslationDesk {

  /// Works until it is stopped and nothing runs any more. On the model's thread.
  void serve();

  /// Whatever waits fails, whatever runs is cancelled, and nothing is taken any more.
  void stop();

  int waiting();

  int running();

  /// What keys and values may take.
  long cacheBytes();

  /// Gives the memory back; what still runs, after a failure, fails. On the model's thread, once
  /// nothing is served.
  void close();
}

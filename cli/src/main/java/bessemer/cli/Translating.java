package bessemer.cli;

import java.io.IOException;
import java.util.List;
import java.util.function.IntConsumer;

/// A translator: in this process, or behind the gateway.
interface Translating extends AutoCloseable {
  /// What is asked for.
  ///
  /// @param from a language, by code or name
  record Order(
      List<String> texts, String from, String to, SearchChoices search, DrawingOptions drawing) {}

  /// What `--json` prints.
  ///
  /// @param from the code of the language
  /// @param translations in the order of the texts
  record Result(String from, String to, List<String> translations) {}

  /// @param done hears of how many texts are done, now and then
  Result translate(Order order, IntConsumer done) throws IOException, InterruptedException;

  @Override
  void close();
}

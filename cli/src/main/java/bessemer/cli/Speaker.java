package bessemer.cli;

import bessemer.models.generation.TokenListener;
import java.io.IOException;
import java.util.List;
import java.util.Map;

/// A model that answers: in this process, or behind the gateway.
interface Speaker extends AutoCloseable {

  /// A text and how long it took.
  ///
  /// @param rates one line of figures, all of them measured
  /// @param json what `--json` prints
  record Reply(String text, String rates, Object json) {}

  /// Where it runs, for people.
  String place();

  /// Answers a conversation; the listener gets the text as it comes.
  Reply answer(List<Map<String, String>> messages, SamplingOptions options, TokenListener listener)
      throws IOException, InterruptedException;

  /// Continues a text itself, without the chat template.
  Reply continued(String text, SamplingOptions options, TokenListener listener)
      throws IOException, InterruptedException;

  @Override
  void close();
}

package bessemer.checkpoint.text;

import java.util.Map;

/// How a model wants conversations written.
public final class ChatTemplate {
  ChatTemplate(Map<String, String> templates, Map<String, String> namedTokens) {}
}

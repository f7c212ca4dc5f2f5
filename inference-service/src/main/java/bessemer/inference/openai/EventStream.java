package bessemer.inference.openai;

import bessemer.inference.openai.Shapes.Usage;
import bessemer.inference.web.Failures;
import bessemer.inference.web.Wire;
import java.util.ArrayList;
import java.util.List;
import reactor.core.publisher.Flux;

/// The events of one answer as a stream's bytes: who speaks, the pieces, why each text ended, the
/// usage where wanted, `[DONE]`. A failure before the first byte stays a failure; after it, it is
/// an event, and the stream ends without `[DONE]`.
final class EventStream {
  private final Format format;
  private final boolean includeUsage;
  private boolean begun;
  private int promptTokens;
  private int completionTokens;
  private int cachedTokens;

  EventStream(Format format, boolean includeUsage) {
    this.format = format;
    this.includeUsage = includeUsage;
  }

  /// Each element is written and flushed by itself.
  Flux<byte[]> of(Flux<Reply.Event> events) {
    return events
        .map(this::bytes)
        .concatWith(Flux.defer(() -> Flux.just(closing())))
        .onErrorResume(failure ->
            begun ? Flux.just(Wire.event(Failures.of(failure).openAi())) : Flux.error(failure));
  }

  private byte[] bytes(Reply.Event event) {
    List<byte[]> parts = new ArrayList<>();
    if (!begun && format.kind() == Format.Kind.CHAT) {
      parts.add(Wire.event(format.role()));
    }
    begun = true;
    switch (event) {
      case Reply.Event.Piece(int index, String text) ->
          parts.add(Wire.event(format.piece(index, text)));
      case Reply.Event.End end -> {
        promptTokens += end.text().timings().promptTokens();
        completionTokens += end.text().tokens().size();
        cachedTokens += end.text().timings().reusedTokens();
        parts.add(Wire.event(format.end(end.index(), end.text())));
      }
    }
    return Wire.joined(parts);
  }

  private byte[] closing() {
    List<byte[]> parts = new ArrayList<>();
    if (includeUsage) {
      var usage = Usage.of(promptTokens, completionTokens, cachedTokens);
      parts.add(Wire.event(format.usage(usage)));
    }
    parts.add(Wire.done());
    return Wire.joined(parts);
  }
}

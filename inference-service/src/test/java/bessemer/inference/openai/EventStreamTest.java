package bessemer.inference.openai;

import static org.assertj.core.api.Assertions.assertThat;

import bessemer.models.generation.Generated;
import bessemer.models.generation.Generated.Finish;
import bessemer.models.generation.Timings;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Flux;

class EventStreamTest {
  private static final Generated TEXT =
      new Generated(List.of(1, 2), "Hé\n", Finish.STOP, new Timings(5, 1, 1, List.of()));

  private static String text(Format.Kind kind, boolean usage, Flux<Reply.Event> events) {
    var format = new Format(kind, "id-1", 7, "m", "fp_1");
    return new EventStream(format, usage)
        .of(events)
        .map(bytes -> new String(bytes, StandardCharsets.UTF_8))
        .collectList()
        .map(all -> String.join("", all))
        .block();
  }

  @Test
  void writesAConversationByteForByte() {
    String stream =
        text(
            Format.Kind.CHAT,
            true,
            Flux.just(new Reply.Event.Piece(0, "Hé\n"), new Reply.Event.End(0, TEXT)));

    assertThat(stream)
        .isEqualTo(
            """
            data: {"id":"id-1","object":"chat.completion.chunk","created":7,"model":"m","system_fingerprint":"fp_1","choices":[{"index":0,"delta":{"role":"assistant","content":""},"logprobs":null,"finish_reason":null}]}

            data: {"id":"id-1","object":"chat.completion.chunk","created":7,"model":"m","system_fingerprint":"fp_1","choices":[{"index":0,"delta":{"content":"Hé\\n"},"logprobs":null,"finish_reason":null}]}

            data: {"id":"id-1","object":"chat.completion.chunk","created":7,"model":"m","system_fingerprint":"fp_1","choices":[{"index":0,"delta":{},"logprobs":null,"finish_reason":"stop"}]}

            data: {"id":"id-1","object":"chat.completion.chunk","created":7,"model":"m","system_fingerprint":"fp_1","choices":[],"usage":{"prompt_tokens":5,"completion_tokens":2,"total_tokens":7,"prompt_tokens_details":{"cached_tokens":1}}}

            data: [DONE]

            """);
  }

  @Test
  void aFailureAfterTheFirstByteIsTheLastEvent() {
    String stream =
        text(
            Format.Kind.TEXT,
            false,
            Flux.concat(
                Flux.just(new Reply.Event.Piece(0, "a")),
                Flux.error(new IllegalStateException("secret"))));

    assertThat(stream)
        .endsWith(
            """
            data: {"error":{"message":"an error of ours; the log has it under this request's id","type":"server_error","param":null,"code":"internal_error"}}

            """)
        .doesNotContain("secret", "[DONE]");
  }

  @Test
  void aFailureBeforeTheFirstByteIsAFailure() {
    var format = new Format(Format.Kind.CHAT, "id-1", 7, "m", "fp_1");
    var failure = new IllegalStateException("no");

    var last = new EventStream(format, false).of(Flux.error(failure)).materialize().blockLast();

    assertThat(last.getThrowable()).isSameAs(failure);
  }
}

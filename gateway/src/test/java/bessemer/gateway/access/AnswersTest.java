package bessemer.gateway.access;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.sql.SQLException;
import org.junit.jupiter.api.Test;
import org.springframework.core.io.buffer.DataBufferLimitException;
import org.springframework.jdbc.CannotGetJdbcConnectionException;
import org.springframework.mock.http.server.reactive.MockServerHttpRequest;
import org.springframework.mock.http.server.reactive.MockServerHttpResponse;
import org.springframework.mock.web.server.MockServerWebExchange;
import org.springframework.transaction.CannotCreateTransactionException;
import tools.jackson.databind.json.JsonMapper;

class AnswersTest {
  private final SimpleMeterRegistry metrics = new SimpleMeterRegistry();
  private final Answers answers = new Answers(new JsonMapper(), metrics);

  @Test
  void aDatabaseThatIsAwayIsNoErrorOfTheCaller() {
    for (Throwable failure :
        new Throwable[] {
          new CannotGetJdbcConnectionException("no", new SQLException("refused")),
          new CannotCreateTransactionException("no")
        }) {
      MockServerHttpResponse response = answer("/api/v1/jobs", failure);
      assertThat(response.getStatusCode().value()).isEqualTo(503);
      assertThat(response.getHeaders().getFirst("Retry-After")).isEqualTo("2");
      assertThat(body(response)).contains("the database does not answer");
    }
    assertThat(metrics.counter("bessemer.gateway.rejected", "reason", "database_down").count())
        .isEqualTo(2);
  }

  @Test
  void aBodyThatIsTooLongToReadIsSaidSo() {
    MockServerHttpResponse response =
        answer("/v1/completions", new DataBufferLimitException("more than 9 bytes"));
    assertThat(response.getStatusCode().value()).isEqualTo(413);
    assertThat(body(response))
        .contains("\"code\":\"request_too_large\"", "\"type\":\"invalid_request_error\"");
  }

  @Test
  void anErrorOfOursShowsNothingOfTheInside() {
    MockServerHttpResponse response =
        answer("/v1/completions", new IllegalStateException("password=hunter2"));
    assertThat(response.getStatusCode().value()).isEqualTo(500);
    assertThat(body(response)).contains("server_error").doesNotContain("hunter2", "Exception");
  }

  private MockServerHttpResponse answer(String path, Throwable failure) {
    var exchange = MockServerWebExchange.from(MockServerHttpRequest.post(path));
    answers.handle(exchange, failure).block();
    return exchange.getResponse();
  }

  private static String body(MockServerHttpResponse response) {
    return response.getBodyAsString().block();
  }
}

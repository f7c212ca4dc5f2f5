package bessemer.service;

import static org.assertj.core.api.Assertions.assertThat;

import bessemer.contracts.ConflictException;
import bessemer.contracts.InvalidFieldException;
import bessemer.contracts.SourceRequest;
import java.util.NoSuchElementException;
import org.junit.jupiter.api.Test;
import org.springframework.web.server.ServerWebInputException;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.json.JsonMapper;

class ProblemsTest {

  private static Throwable failureOf(String body) {
    try {
      new JsonMapper().readValue(body, SourceRequest.class);
    } catch (JacksonException e) {
      return new ServerWebInputException("Failed to read HTTP message", null, e);
    }
    throw new AssertionError("could be read");
  }

  @Test
  void namesTheFieldThatIsWrong() {
    var problem = Problems.of(new InvalidFieldException("spec.bits", "is 7"), "r1");
    assertThat(problem.status()).isEqualTo(400);
    assertThat(problem.field()).isEqualTo("spec.bits");
    assertThat(problem.detail()).isEqualTo("is 7");
    assertThat(problem.requestId()).isEqualTo("r1");
  }

  @Test
  void namesTheFieldOfTheWrongType() {
    var problem =
        Problems.of(
            failureOf("{\"name\":\"n\",\"files\":[{\"file\":\"a\",\"bytes\":\"x\"}]}"), null);
    assertThat(problem.status()).isEqualTo(400);
    assertThat(problem.field()).isEqualTo("files[0].bytes");
  }

  @Test
  void findsTheFieldThatTheRecordRefused() {
    var problem = Problems.of(failureOf("{\"name\":\"\",\"files\":[]}"), null);
    assertThat(problem.field()).isEqualTo("name");
  }

  @Test
  void saysThatABodyIsNoJson() {
    var problem = Problems.of(failureOf("{\"name\":"), null);
    assertThat(problem.status()).isEqualTo(400);
    assertThat(problem.field()).isNull();
  }

  @Test
  void tellsConflictsAndMissingThingsApart() {
    assertThat(Problems.of(new ConflictException("exists"), null).status()).isEqualTo(409);
    assertThat(Problems.of(new NoSuchElementException("no job x"), null).status()).isEqualTo(404);
  }

  @Test
  void keepsErrorsOfOursToTheLog() {
    var problem = Problems.of(new IllegalStateException("secret"), "r1");
    assertThat(problem.status()).isEqualTo(500);
    assertThat(problem.detail()).doesNotContain("secret");
  }
}

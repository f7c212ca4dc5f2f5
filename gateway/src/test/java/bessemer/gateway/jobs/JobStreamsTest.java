package bessemer.gateway.jobs;

import static org.assertj.core.api.Assertions.assertThat;

import bessemer.contracts.Scope;
import bessemer.gateway.Installation;
import bessemer.gateway.StagedJob;
import java.net.http.HttpResponse;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class JobStreamsTest {
  private static final String SOURCE = "hf:org/name@" + "0123456789".repeat(4);
  private static final JsonMapper JSON = new JsonMapper();

  private static Installation bessemer;
  private static String key;

  @BeforeAll
  static void start() {
    bessemer = new Installation();
    key = bessemer.key(Scope.WRITE);
  }

  @AfterAll
  static void stop() {
    bessemer.close();
  }

  @Test
  void eventsAreReplayedThenLiveAndEndWithTheJob() throws Exception {
    StagedJob job = staged("story").claim("w");
    try (Stream events = events(job, null)) {
      assertThat(type(events.next())).isEqualTo("submitted");
      assertThat(type(events.next())).isEqualTo("claimed");
      job.step("inspect");
      Stream.Message live = events.next();
      assertThat(type(live)).isEqualTo("step");
      assertThat(live.id()).isEqualTo("3");
      job.succeed("story", "proved");
      assertThat(events.rest()).singleElement().asString().contains("\"type\":\"succeeded\"");
    }
  }

  @Test
  void aReaderThatComesBackMissesNothingAndGetsNothingTwice() throws Exception {
    StagedJob job = staged("resumed").claim("w");
    try (Stream events = events(job, null)) {
      events.next();
      assertThat(events.next().id()).isEqualTo("2");
    }
    job.step("inspect").step("plan");
    try (Stream events = events(job, "2")) {
      assertThat(events.next().id()).isEqualTo("3");
      assertThat(events.next().id()).isEqualTo("4");
      job.fail("as planned");
      assertThat(events.next().id()).isEqualTo("5");
      assertThat(events.rest()).isEmpty();
    }
    // A browser that asks again is told not to come back.
    HttpResponse<String> over =
        bessemer.send(
            bessemer
                .request("/api/v1/jobs/" + job.id + "/events", key)
                .header("Accept", "text/event-stream")
                .header("Last-Event-ID", "5"));
    assertThat(over.statusCode()).isEqualTo(204);
  }

  @Test
  void aLongHistoryComesWholeAndInOrder() throws Exception {
    StagedJob job = staged("long").claim("w");
    int many = 2 * JobStreams.PAGE + 7;
    bessemer
        .database()
        .sql(
            """
            insert into job_event (job_id, seq, epoch, type)
            select :id, 2 + n, 1, 'note' from generate_series(1, :many) n
            """)
        .param("id", job.id)
        .param("many", many)
        .update();
    bessemer
        .database()
        .sql("update job set last_event = last_event + :many where id = :id")
        .param("many", many)
        .param("id", job.id)
        .update();
    job.fail("as planned");
    try (Stream events = events(job, null)) {
      List<Long> seen = new ArrayList<>();
      events.rest().forEach(data -> seen.add(JSON.readTree(data).path("seq").asLong()));
      assertThat(seen).hasSize(many + 3).isSorted().doesNotHaveDuplicates();
    }
  }

  @Test
  void theHistoryIsJsonWhereThatIsAskedFor() {
    StagedJob job = staged("history").claim("w");
    JsonNode page = bessemer.json(bessemer.get("/api/v1/jobs/" + job.id + "/events", key));
    assertThat(page.path("items").size()).isEqualTo(2);
    assertThat(page.path("cursor").isNull()).isTrue();
  }

  @Test
  void logLinesFollowWithoutAnEventToTellOfThem() throws Exception {
    StagedJob job = staged("lines").claim("w").log("INFO", "one");
    try (Stream lines =
        Stream.open(
            bessemer, bessemer.request("/api/v1/jobs/" + job.id + "/logs?follow=true", key))) {
      assertThat(lines.next().data()).contains("\"one\"");
      job.log("INFO", "two");
      assertThat(lines.next().data()).contains("\"two\"");
      job.log("INFO", "three").fail("as planned");
      assertThat(lines.rest()).singleElement().asString().contains("\"three\"");
    }
  }

  @Test
  void theStreamOfAllJobsTellsOfEachAtMostFourTimesASecond() throws Exception {
    try (Stream all = Stream.open(bessemer, bessemer.request("/api/v1/events", key))) {
      StagedJob job = staged("watched");
      assertThat(stateOf(all, job)).isEqualTo("queued");
      job.claim("w");
      assertThat(stateOf(all, job)).isEqualTo("running");
      long begun = System.nanoTime();
      for (int i = 1; i <= 60; i++) {
        job.progress("convert", i, 60);
      }
      job.succeed("watched", "proved");
      int messages = 0;
      String state;
      do {
        state = stateOf(all, job);
        messages++;
      } while (!state.equals("succeeded"));
      double seconds = (System.nanoTime() - begun) / 1e9;
      assertThat(messages)
          .as("messages in %.1f s", seconds)
          .isLessThanOrEqualTo(2 + (int) (4 * seconds));
    }
  }

  /// The state in the next message about this job.
  private static String stateOf(Stream all, StagedJob job) throws InterruptedException {
    while (true) {
      JsonNode view = JSON.readTree(all.next().data());
      if (view.path("id").asString("").equals(job.id.toString())) {
        return view.path("state").asString();
      }
    }
  }

  private static Stream events(StagedJob job, String last) throws Exception {
    var request = bessemer.request("/api/v1/jobs/" + job.id + "/events", key);
    return Stream.open(bessemer, last == null ? request : request.header("Last-Event-ID", last));
  }

  private static String type(Stream.Message message) {
    return JSON.readTree(message.data()).path("type").asString();
  }

  private static StagedJob staged(String name) {
    return StagedJob.submit(bessemer, key, Map.of("source", SOURCE, "name", name));
  }
}

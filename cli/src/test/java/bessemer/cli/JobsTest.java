package bessemer.cli;

import static bessemer.cli.FakeGateway.cutOff;
import static bessemer.cli.FakeGateway.events;
import static bessemer.cli.FakeGateway.json;
import static bessemer.cli.FakeGateway.problem;
import static org.assertj.core.api.Assertions.assertThat;

import bessemer.cli.FakeGateway.Asked;
import bessemer.cli.Session.Done;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class JobsTest {
  private static final String JOB = "/api/v1/jobs/" + FakeJobs.ID;
  private static final UUID OTHER = UUID.fromString("7d3f9999-0000-4000-8000-000000000002");

  @TempDir Path folder;
  private Session session;
  private FakeGateway gateway;

  @BeforeEach
  void open() throws IOException {
    gateway = new FakeGateway();
    session = new Session(folder).own(gateway);
    gateway
        .on("GET " + JOB, json(200, FakeJobs.job("running")))
        .on("GET /api/v1/jobs", json(200, page(FakeJobs.job("running"), "null")));
  }

  @AfterEach
  void close() {
    gateway.close();
  }

  private static String page(String jobs, String cursor) {
    return "{\"items\":[%s],\"cursor\":%s}".formatted(jobs, cursor);
  }

  @Test
  void listsJobs() {
    Done done = session.run("jobs", "list", "--state", "RUNNING", "--limit", 5);
    assertThat(done.code()).as(done.err()).isZero();
    assertThat(done.out())
        .isEqualTo(
            """
            ID                                    STATE    KIND     NAME  PROGRESS     CREATED
            7d3f1c2a-0000-4000-8000-000000000001  running  convert  qwen  convert 25%  2026-01-02T03:04:05Z
            """);
    assertThat(gateway.calls()).containsExactly("GET /api/v1/jobs?limit=5&state=running");
    assertThat(session.run("list", "jobs").out()).isEqualTo(done.out());
  }

  @Test
  void printsWhatTheContractsHaveAsJson() {
    Done done = session.run("jobs", "show", FakeJobs.ID, "--json");
    assertThat(done.out())
        .isEqualTo(
            """
            {
              "id" : "7d3f1c2a-0000-4000-8000-000000000001",
              "kind" : "convert",
              "state" : "running",
              "spec" : {
                "name" : "qwen",
                "bits" : 4
              },
              "priority" : 0,
              "epoch" : 1,
              "owner" : "conversion@here",
              "created_by" : "admin",
              "created_at" : "2026-01-02T03:04:05Z",
              "started_at" : "2026-01-02T03:04:06Z",
              "finished_at" : null,
              "queue_position" : null,
              "waiting" : null,
              "progress" : {
                "step" : "convert",
                "done" : 500,
                "total" : 2000,
                "per_second" : 100.0,
                "seconds_left" : 15.0,
                "unit" : "bytes"
              },
              "steps" : [ {
                "name" : "inspect",
                "status" : "completed",
                "started_at" : "2026-01-02T03:04:06Z",
                "seconds" : 0.5
              } ],
              "error" : null,
              "result" : { }
            }
            """);
  }

  @Test
  void showsAJobByTheFirstCharactersOfItsId() {
    Done done = session.run("jobs", "show", "7D3F");
    assertThat(done.out())
        .isEqualTo(
            """
            job       7d3f1c2a-0000-4000-8000-000000000001
            state     running
            kind      convert, priority 0
            spec      name qwen, bits 4
            created   2026-01-02T03:04:05Z by admin
            began     2026-01-02T03:04:06Z
            attempt   1
            runs on   conversion@here
            progress  convert 25%
            step      inspect: completed, 0.5 s
            """);
  }

  @Test
  void refusesCharactersThatSeveralJobsBeginWith() {
    gateway.on(
        "GET /api/v1/jobs",
        json(200, page(FakeJobs.job("running"), "\"next page\"")),
        json(200, page(FakeJobs.job(OTHER, "queued", "{}", "null"), "null")));
    Done done = session.run("jobs", "cancel", "7d3f");
    assertThat(done.code()).isEqualTo(2);
    assertThat(done.err())
        .isEqualTo("error: several jobs begin with 7d3f: [%s, %s]\n".formatted(FakeJobs.ID, OTHER));
    assertThat(gateway.calls()).contains("GET /api/v1/jobs?limit=100&cursor=next%20page");
  }

  @Test
  void refusesTooFewCharactersAndUnknownOnes() {
    assertThat(session.run("jobs", "show", "7d3").code()).isEqualTo(2);
    assertThat(session.run("jobs", "show", "7d3f/../keys").code()).isEqualTo(2);
    Done none = session.run("jobs", "show", "ffff");
    assertThat(none.code()).isEqualTo(3);
    assertThat(none.err()).isEqualTo("error: there is no job that begins with ffff\n");
  }

  @Test
  void cancelsAndRetries() {
    gateway
        .on("POST " + JOB + "/cancel", json(200, FakeJobs.job("cancelling")))
        .on("POST " + JOB + "/retry", json(202, FakeJobs.job(OTHER, "queued", "{}", "null")));
    assertThat(session.run("jobs", "cancel", FakeJobs.ID).out())
        .isEqualTo(FakeJobs.ID + " cancelling\n");
    assertThat(session.run("jobs", "retry", FakeJobs.ID).out()).isEqualTo(OTHER + "\n");
  }

  @Test
  void saysWhyAJobCannotBeCancelled() {
    gateway.on("POST " + JOB + "/cancel", problem(409, "Conflict", "the job has ended"));
    Done done = session.run("jobs", "cancel", FakeJobs.ID);
    assertThat(done.code()).isEqualTo(1);
    assertThat(done.err()).isEqualTo("error: the job has ended\n");
  }

  @Test
  void printsTheWholeLog() {
    String line =
        "{\"line\":%d,\"epoch\":1,\"at\":\"2026-01-02T03:04:05Z\",\"level\":\"INFO\",\"text\":\"%s\"}";
    gateway.on(
        "GET " + JOB + "/logs",
        json(200, page(line.formatted(1, "one") + "," + line.formatted(2, "two"), "\"2\"")),
        json(200, page(line.formatted(3, "three"), "null")));
    assertThat(session.run("jobs", "logs", FakeJobs.ID).out())
        .isEqualTo(
            """
            2026-01-02T03:04:05Z INFO  one
            2026-01-02T03:04:05Z INFO  two
            2026-01-02T03:04:05Z INFO  three
            """);
    assertThat(gateway.calls()).contains("GET " + JOB + "/logs?after=2");
  }

  @Test
  void followsALogToTheEndOfItsJob() {
    String data =
        "id: %1$d\ndata: {\"line\":%1$d,\"epoch\":1,\"at\":\"2026-01-02T03:04:05Z\","
            + "\"level\":\"WARN\",\"text\":\"line %1$d\"}\n\n";
    gateway
        .on("GET " + JOB + "/logs", cutOff(data.formatted(1)), events(data.formatted(2)))
        .on(
            "GET " + JOB,
            json(200, FakeJobs.job("running")),
            json(200, FakeJobs.succeeded("proved")));
    Done done = session.run("jobs", "logs", FakeJobs.ID, "--follow");
    assertThat(done.code()).as(done.err()).isZero();
    assertThat(done.out())
        .isEqualTo("2026-01-02T03:04:05Z WARN  line 1\n2026-01-02T03:04:05Z WARN  line 2\n");
    List<Asked> asked = gateway.asked("GET " + JOB + "/logs");
    assertThat(asked.getFirst().path()).endsWith("/logs?follow=true");
    assertThat(asked.getLast().headers()).containsEntry("Last-Event-ID", "1");
    assertThat(session.run("jobs", "logs", FakeJobs.ID, "--follow", "--json").out())
        .startsWith("{\"line\":2,");
  }

  @Test
  void followsAJobOverBrokenConnections() {
    String[] story = FakeJobs.story("measured");
    gateway
        .on(
            "GET " + JOB + "/events",
            cutOff(Arrays.copyOf(story, 3)),
            problem(503, "Unavailable", "the gateway starts"),
            events(Arrays.copyOfRange(story, 2, 6)), // repeats one, then ends too early
            events(Arrays.copyOfRange(story, 6, story.length)))
        .on(
            "GET " + JOB,
            json(200, FakeJobs.job("running")),
            json(200, FakeJobs.job("running")),
            json(200, FakeJobs.succeeded("measured")));
    Done done = session.run("jobs", "watch", FakeJobs.ID);
    assertThat(done.code()).as(done.err()).isZero();
    List<Asked> listened = gateway.asked("GET " + JOB + "/events");
    assertThat(listened.stream().map(asked -> asked.headers().getOrDefault("Last-Event-ID", "-")))
        .containsExactly("-", "3", "3", "5");
    assertThat(listened.getFirst().headers()).containsEntry("Accept", "text/event-stream");
    assertThat(done.err())
        .containsOnlyOnce("connection lost, the job goes on")
        .containsOnlyOnce("  inspect ")
        .containsOnlyOnce("  convert ")
        .contains("convert            3.00 s, 2.00 KB");
  }

  @Test
  void followsAJobOverARestartOfTheGateway() {
    String[] story = FakeJobs.story("measured");
    gateway
        .on(
            "GET " + JOB + "/events",
            (exchange, asked) -> {
              cutOff(story[0]).give(exchange, asked);
              gateway.restart();
            },
            events(Arrays.copyOfRange(story, 1, story.length)))
        .on(
            "GET " + JOB,
            json(200, FakeJobs.job("running")),
            json(200, FakeJobs.succeeded("measured")));
    Done done = session.run("jobs", "watch", FakeJobs.ID);
    assertThat(done.code()).as(done.err()).isZero();
    assertThat(gateway.asked("GET " + JOB + "/events").getLast().headers())
        .containsEntry("Last-Event-ID", "1");
  }

  @Test
  void showsEachEventAsALineOfJson() {
    gateway
        .on("GET " + JOB + "/events", events(FakeJobs.story("rejected")))
        .on(
            "GET " + JOB,
            json(200, FakeJobs.job("running")),
            json(200, FakeJobs.succeeded("rejected")));
    Done done = session.run("jobs", "watch", FakeJobs.ID, "--json");
    assertThat(done.code()).isEqualTo(4);
    assertThat(done.out().lines()).hasSize(8);
    assertThat(done.out())
        .startsWith(
            """
            {"job":"%s","seq":1,"epoch":1,"type":"submitted","at":"2026-01-02T03:04:01Z",\
            "data":{"kind":"convert","priority":0}}
            """
                .formatted(FakeJobs.ID));
  }

  @Test
  void tellsWhyAJobWaitsAndThatItIsTriedAgain() {
    gateway
        .on(
            "GET " + JOB + "/events",
            events(
                FakeJobs.event(1, "waiting", "{\"reason\":\"too little memory\"}"),
                FakeJobs.event(2, "waiting", "{\"reason\":\"too little memory\"}"),
                FakeJobs.event(3, "progress", FakeJobs.progress(1500)),
                FakeJobs.event(4, "retrying", "{\"reason\":\"the worker was lost\"}"),
                FakeJobs.event(5, "progress", FakeJobs.progress(500)),
                FakeJobs.event(6, "cancelled", "{\"by\":\"admin\"}")))
        .on("GET " + JOB, json(200, FakeJobs.job("running")), json(200, FakeJobs.job("cancelled")));
    Done done = session.run("jobs", "watch", FakeJobs.ID);
    assertThat(done.code()).isEqualTo(1);
    assertThat(done.err())
        .isEqualTo(
            """
              waits: too little memory
              convert            1.00 s, 1.50 KB
              tries again: the worker was lost
              convert            1.00 s, 500 B
            error: job %1$s was cancelled; ./bessemer jobs retry %1$s
            """
                .formatted(FakeJobs.ID));
  }
}

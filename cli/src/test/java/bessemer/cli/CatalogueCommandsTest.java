package bessemer.cli;

import static bessemer.cli.FakeGateway.json;
import static bessemer.cli.FakeGateway.nothing;
import static bessemer.cli.FakeGateway.problem;
import static org.assertj.core.api.Assertions.assertThat;

import bessemer.cli.Session.Done;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CatalogueCommandsTest {
  private static final String ADMIN_KEY =
      """
      {"id":"abcdefghij","name":"ci","scopes":["write","read"],
       "created_at":"2026-01-02T03:04:05Z","expires_at":null,"last_used_at":null,
       "revoked_at":null,"key":%s}
      """;

  private static final String WORKER =
      """
      {"id":"mac-1","state":"ready","last_seen":"2026-01-02T03:04:05Z",
      "last":{"kind":"inference","url":"https://10.0.0.2:8083","management_url":null,
      "fingerprint":null,"version":"0.1","capabilities":["cpu","mlx"],
      "models":[{"name":"qwen","version":"v","bytes":1}],"busy":2,
      "memory_bytes":500000000,"memory_budget_bytes":8000000000}}
      """;

  @TempDir Path folder;
  private Session session;
  private FakeGateway gateway;

  @BeforeEach
  void open() throws IOException {
    gateway = new FakeGateway();
    session = new Session(folder).own(gateway);
  }

  @AfterEach
  void close() {
    gateway.close();
  }

  @Test
  void listsTheCatalogue() {
    gateway.on(
        "GET /api/v1/models",
        json(
            200,
            """
            {"cursor":null,"items":[{"name":"qwen","version":"11111111-2222-4333-8444-555555555555","format":"mlx",
              "architecture":"qwen2","precision":"affine, 4 bits","state":"measured",
              "bytes":278000000,"created_at":"2026-01-02T03:04:05Z","job":null,"lineage":{},
              "files":[],"served_by":["one","two"]}]}
            """));
    assertThat(session.run("list", "models").out())
        .isEqualTo(
            """
            NAME  STATE     SIZE      PRECISION       ARCHITECTURE  LOADED BY
            qwen  measured  278.0 MB  affine, 4 bits  qwen2         one,two
            """);
    assertThat(session.run("list", "--json").out())
        .startsWith("{\n  \"items\" : [ {\n    \"name\" : \"qwen\",\n")
        .contains("\"served_by\" : [ \"one\", \"two\" ]");
  }

  @Test
  void deletesAModelThatIsNotInUse() {
    gateway.on("DELETE /api/v1/models/qwen", nothing(204));
    assertThat(session.run("delete", "qwen").err()).isEqualTo("model qwen is deleted\n");
    gateway.on(
        "DELETE /api/v1/models/qwen", problem(409, "Conflict", "qwen is loaded by worker one"));
    Done done = session.run("delete", "qwen");
    assertThat(done.code()).isEqualTo(1);
    assertThat(done.err()).isEqualTo("error: qwen is loaded by worker one\n");
  }

  @Test
  void makesAKeyAndPrintsItAlone() {
    gateway.on("POST /api/v1/keys", json(201, ADMIN_KEY.formatted("\"bsm_abcdefghij_secret\"")));
    Done done = session.run("keys", "create", "ci", "--scope", "read", "--scope", "WRITE");
    assertThat(done.code()).as(done.err()).isZero();
    assertThat(done.out()).isEqualTo("bsm_abcdefghij_secret\n");
    assertThat(done.err()).contains("keys revoke abcdefghij").doesNotContain("secret");
    assertThat(gateway.asked("POST /api/v1/keys").getFirst().text())
        .contains("\"name\":\"ci\"", "\"read\"", "\"write\"", "\"expires_in_days\":null");
  }

  @Test
  void refusesAScopeThatThereIsNot() {
    Done done = session.run("keys", "create", "ci", "--scope", "everything");
    assertThat(done.code()).isEqualTo(2);
    assertThat(done.err()).contains("everything");
    Done expiry = session.run("keys", "create", "x", "--scope", "read", "--expires-in-days", 0);
    assertThat(expiry.code()).isEqualTo(2);
    assertThat(expiry.err()).contains("expires_in_days: must be from 1 to 3650");
    assertThat(gateway.calls()).isEmpty();
  }

  @Test
  void listsAndRevokesKeys() {
    gateway
        .on(
            "GET /api/v1/keys",
            json(200, "{\"items\":[%s]}".formatted(ADMIN_KEY.formatted("null"))))
        .on("DELETE /api/v1/keys/abcdefghij", json(200, ADMIN_KEY.formatted("null")));
    assertThat(session.run("keys", "list").out())
        .isEqualTo(
            """
            ID          NAME  SCOPES      STATE  LAST USED
            abcdefghij  ci    read,write  valid  never
            """);
    assertThat(session.run("keys", "revoke", "abcdefghij").code()).isZero();
    assertThat(gateway.asked("DELETE /api/v1/keys/abcdefghij")).hasSize(1);
  }

  @Test
  void listsAndDrainsWorkers() {
    gateway
        .on(
            "GET /api/v1/workers",
            json(
                200,
                """
                {"items":[%s]}
                """
                    .formatted(WORKER)))
        .on("POST /api/v1/workers/mac-1/drain", json(200, WORKER))
        .on("POST /api/v1/workers/mac-1/undrain", json(200, WORKER));
    assertThat(session.run("workers", "list").out())
        .isEqualTo(
            """
            ID     STATE  KIND       RUNS ON  BUSY  MEMORY               MODELS
            mac-1  ready  inference  cpu,mlx     2  500.0 MB of 8.00 GB  qwen
            """);
    assertThat(session.run("workers", "undrain", "mac-1", "--json").out())
        .startsWith("{\n  \"id\" : \"mac-1\",\n  \"state\" : \"ready\",\n  \"last_seen\" : ");
    assertThat(session.run("workers", "drain", "mac-1").err()).contains("takes nothing new");
    assertThat(session.run("workers", "undrain", "mac-1").err()).contains("works again");
  }

  @Test
  void asksForASubcommandWithTheUsage() {
    for (String command : new String[] {"jobs", "keys", "workers"}) {
      Done done = session.run(command);
      assertThat(done.code()).isEqualTo(2);
      assertThat(done.err()).contains("Usage: bessemer " + command, "list");
    }
  }
}

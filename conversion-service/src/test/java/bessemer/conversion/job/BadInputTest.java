package bessemer.conversion.job;

import static org.assertj.core.api.Assertions.assertThat;

import bessemer.contracts.ConvertSpec;
import bessemer.contracts.JobState;
import bessemer.contracts.JobView;
import bessemer.conversion.Main;
import bessemer.db.TestDatabase;
import bessemer.db.jobs.Jobs;
import bessemer.db.jobs.Jobs.Submission;
import bessemer.foundry.Progress;
import bessemer.foundry.convert.Conversion;
import bessemer.foundry.convert.ConversionSpec;
import bessemer.foundry.convert.Disk;
import bessemer.foundry.convert.Precision;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.UUID;
import java.util.stream.Stream;
import javax.sql.DataSource;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.boot.SpringApplication;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.jdbc.core.simple.JdbcClient;

/// Bad sources through the whole job path: they end as failed jobs with the words of the command
/// line, nothing is left behind, and the service goes on.
class BadInputTest {
  private static final TestDatabase DATABASE = TestDatabase.create();
  private static final Duration PATIENCE = Duration.ofMinutes(2);

  @TempDir static Path home;
  private static ConfigurableApplicationContext service;
  private static JdbcClient jdbc;
  private static Jobs jobs;

  @BeforeAll
  static void start() {
    service =
        SpringApplication.run(
            Main.class,
            "--bessemer.home=" + home,
            "--bessemer.conversion.memory-bytes=0",
            "--bessemer.conversion.disk-bytes=0",
            "--bessemer.work.poll=100ms",
            "--server.port=0",
            "--management.server.port=0",
            "--spring.datasource.url=" + DATABASE.url(),
            "--spring.datasource.username=" + DATABASE.user(),
            "--spring.datasource.password=" + DATABASE.password());
    DataSource database = service.getBean(DataSource.class);
    jdbc = JdbcClient.create(database);
    jobs = new Jobs(database, Clock.systemUTC());
  }

  @AfterAll
  static void stop() {
    service.close();
  }

  /// Changes a copy of the bundled checkpoint.
  private interface Damage {
    void to(Path directory) throws IOException;
  }

  private static UUID source(Damage damage) throws IOException {
    UUID id = UUID.randomUUID();
    Path folder = Files.createDirectories(home.resolve("sources").resolve(id.toString()));
    try (Stream<Path> files = Files.list(Path.of("..", "examples", "tiny-llama"))) {
      for (Path file : files.toList()) {
        Files.copy(file, folder.resolve(file.getFileName()));
      }
    }
    damage.to(folder);
    jdbc.sql(
            """
            insert into source (id, kind, name, sha256, complete)
            values (:id, 'source', 'tiny-llama', :id, true)
            """)
        .param("id", id)
        .update();
    return id;
  }

  private static JobView ended(UUID source, Integer bits) {
    var spec =
        new ConvertSpec(
            source.toString(), "m-" + source, "mlx", null, bits, 64, null, false, null, false);
    UUID job = jobs.submit(new Submission(spec, 0, "test", null)).job().id();
    return Awaitility.await()
        .atMost(PATIENCE)
        .pollInterval(Duration.ofMillis(20))
        .until(() -> jobs.get(job), view -> view.state().isFinal());
  }

  private static String locally(UUID source, Precision precision) {
    var spec =
        new ConversionSpec(
            home.resolve("sources").resolve(source.toString()), home.resolve("local"), precision);
    try (Conversion conversion = Conversion.open(spec, Disk.real(), Progress.silent())) {
      conversion.convertShards();
      conversion.assemble();
      conversion.check();
      throw new AssertionError("it can be converted");
    } catch (IOException | RuntimeException e) {
      return String.valueOf(e.getMessage());
    }
  }

  private static void fails(String reason, Damage damage) throws Exception {
    UUID source = source(damage);
    JobView job = ended(source, null);
    assertThat(job.state()).isEqualTo(JobState.FAILED);
    assertThat(job.error()).contains(reason).isEqualTo(locally(source, new Precision.Keep()));
    try (Stream<Path> left = Files.list(home.resolve("catalogue"))) {
      assertThat(left.filter(f -> f.toString().contains(job.id().toString()))).isEmpty();
    }
    assertThat(jobs.logs(job.id(), 0, 1000)).anyMatch(line -> line.text().equals(job.error()));
  }

  private static void rewriteHeader(Path weights, String from, String to) throws IOException {
    byte[] all = Files.readAllBytes(weights);
    int length = (int) ByteBuffer.wrap(all).order(ByteOrder.LITTLE_ENDIAN).getLong();
    String header = new String(all, 8, length, StandardCharsets.UTF_8);
    assertThat(header).contains(from);
    byte[] changed = header.replace(from, to).getBytes(StandardCharsets.UTF_8);
    assertThat(changed).hasSize(length);
    System.arraycopy(changed, 0, all, 8, length);
    Files.write(weights, all);
  }

  @Test
  void aTruncatedFile() throws Exception {
    fails(
        "model.safetensors",
        directory -> {
          Path weights = directory.resolve("model.safetensors");
          byte[] all = Files.readAllBytes(weights);
          Files.write(weights, java.util.Arrays.copyOf(all, all.length - 1000));
        });
  }

  @Test
  void aHeaderThatIsNone() throws Exception {
    fails(
        "model.safetensors",
        directory -> Files.writeString(directory.resolve("model.safetensors"), "not at all"));
  }

  @Test
  void aMissingTensor() throws Exception {
    fails(
        "model.norm.weight",
        directory ->
            rewriteHeader(
                directory.resolve("model.safetensors"), "model.norm.weight", "model.nrom.weight"));
  }

  @Test
  void aConfigurationThatIsNoJson() throws Exception {
    fails("config.json", directory -> Files.writeString(directory.resolve("config.json"), "{"));
  }

  @Test
  void anArchitectureThatNobodyKnows() throws Exception {
    fails(
        "perceptron",
        directory -> {
          Path config = directory.resolve("config.json");
          String text = Files.readString(config);
          Files.writeString(config, text.replace("\"llama\"", "\"perceptron\""));
        });
  }

  @Test
  void aPickleThatWouldRunACommand() throws Exception {
    fails(
        "pytorch_model.bin",
        directory -> {
          Files.delete(directory.resolve("model.safetensors"));
          Files.writeString(
              directory.resolve("pytorch_model.bin"), "cos\nsystem\n(S'touch /tmp/x'\ntR.");
        });
  }

  @Test
  void aSourceWithoutWeights() throws Exception {
    fails("", directory -> Files.delete(directory.resolve("model.safetensors")));
  }

  @Test
  void theServiceGoesOnAfterAFailure() throws Exception {
    fails("config.json", directory -> Files.writeString(directory.resolve("config.json"), "["));
    JobView job = ended(source(_ -> {}), 4);
    assertThat(job.state()).isEqualTo(JobState.SUCCEEDED);
    assertThat(job.result()).containsEntry("verdict", "unproven");
    assertThat(service.isActive()).isTrue();
  }
}

package bessemer.db.catalogue;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import bessemer.contracts.Artifact;
import bessemer.contracts.ConflictException;
import bessemer.contracts.ModelView;
import bessemer.db.TestDatabase;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.UUID;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.jdbc.support.JdbcTransactionManager;
import org.springframework.transaction.support.TransactionTemplate;

class CatalogueTest {
  private static final TestDatabase DATABASE = TestDatabase.create();
  private static final Artifact CONFIG = new Artifact("config.json", 10, "a".repeat(64));
  private static final Artifact WEIGHTS = new Artifact("model.safetensors", 90, "b".repeat(64));

  private final javax.sql.DataSource database = DATABASE.dataSource();
  private final Rows rows = new Rows(JdbcClient.create(database));
  private final Catalogue catalogue = new Catalogue(database);

  @BeforeEach
  void empty() {
    rows.clear();
  }

  private static Published model(String name, String directory, Artifact... files) {
    return new Published(
        name,
        directory,
        "mlx",
        "llama",
        "bf16",
        "proved",
        Map.of("source", "hf:org/tiny", "dropped", List.of("x")),
        List.of(files),
        null);
  }

  @Test
  void aPublishedModelIsReadBackAsItWasGiven() {
    assertThat(catalogue.publish(model("tiny", "tiny-1", WEIGHTS, CONFIG))).isEmpty();

    ModelView view = catalogue.find("tiny").orElseThrow();
    assertThat(view.bytes()).isEqualTo(100);
    assertThat(view.files()).containsExactly(CONFIG, WEIGHTS);
    assertThat(view.lineage()).isEqualTo(Map.of("source", "hf:org/tiny", "dropped", List.of("x")));
    assertThat(view.state()).isEqualTo("proved");
    assertThat(view.job()).isNull();
    assertThat(view.servedBy()).isEmpty();
    assertThat(catalogue.directory("tiny")).contains("tiny-1");
    assertThat(catalogue.placed("tiny"))
        .contains(new Catalogue.Placed(catalogue.find("tiny").orElseThrow(), "tiny-1"));
    assertThat(catalogue.directory("other")).isEmpty();
    assertThat(catalogue.find("other")).isEmpty();
    assertThat(catalogue.count("proved")).isEqualTo(1);
    assertThat(catalogue.count("rejected")).isZero();
  }

  @Test
  void ofManyWhoReserveANameAtOnceOneFindsItFree() throws Exception {
    var transaction = new TransactionTemplate(new JdbcTransactionManager(database));
    AtomicInteger first = new AtomicInteger();
    try (ExecutorService pool = Executors.newFixedThreadPool(16)) {
      List<Future<?>> all = new ArrayList<>();
      for (int i = 0; i < 16; i++) {
        Published mine = model("tiny", "tiny-" + i, CONFIG);
        all.add(
            pool.submit(() ->
                transaction.executeWithoutResult(_ -> {
                  catalogue.reserve("tiny");
                  if (catalogue.directory("tiny").isEmpty()) {
                    first.incrementAndGet();
                    catalogue.publish(mine);
                  }
                })));
      }
      for (Future<?> one : all) {
        one.get();
      }
    }
    assertThat(first).hasValue(1);
  }

  @Test
  void aReplacementHasANewVersionItsOwnFilesAndTellsWhatGaveWay() {
    catalogue.publish(model("tiny", "tiny-1", CONFIG, WEIGHTS));
    UUID former = catalogue.find("tiny").orElseThrow().version();

    assertThat(catalogue.publish(model("tiny", "tiny-2", CONFIG))).contains("tiny-1");

    ModelView view = catalogue.find("tiny").orElseThrow();
    assertThat(view.version()).isNotEqualTo(former);
    assertThat(view.files()).containsExactly(CONFIG);
    assertThat(catalogue.directory("tiny")).contains("tiny-2");
    assertThat(catalogue.publish(model("tiny", "tiny-2", CONFIG))).isEmpty();
  }

  @Test
  void publishingIsPartOfTheCallersTransaction() {
    catalogue.publish(model("tiny", "tiny-1", CONFIG));
    var transaction = new TransactionTemplate(new JdbcTransactionManager(database));

    transaction.executeWithoutResult(status -> {
      catalogue.publish(model("tiny", "tiny-2", WEIGHTS));
      catalogue.publish(model("other", "other-1", WEIGHTS));
      status.setRollbackOnly();
    });

    assertThat(catalogue.find("other")).isEmpty();
    assertThat(catalogue.directory("tiny")).contains("tiny-1");
    assertThat(catalogue.find("tiny").orElseThrow().files()).containsExactly(CONFIG);
  }

  @Test
  void aModelIsServedByTheWorkersThatHaveItLoadedAndAreNotLost() {
    catalogue.publish(model("tiny", "tiny-1", CONFIG));
    catalogue.publish(model("tiny-too", "tiny-2", CONFIG));
    rows.worker("studio", "tiny", "29 seconds");
    rows.worker("air", "tiny", "0 seconds");
    rows.worker("gone", "tiny", "31 seconds");

    assertThat(catalogue.find("tiny").orElseThrow().servedBy()).containsExactly("air", "studio");
    assertThat(catalogue.list())
        .extracting(ModelView::name, ModelView::servedBy)
        .containsExactly(
            org.assertj.core.groups.Tuple.tuple("tiny", List.of("air", "studio")),
            org.assertj.core.groups.Tuple.tuple("tiny-too", List.of()));
  }

  @Test
  void aModelInUseIsNotDeleted() {
    catalogue.publish(model("tiny", "tiny-1", CONFIG));
    assertThat(catalogue.inUse("tiny")).isFalse();
    rows.worker("studio", "tiny", "1 second");
    UUID job = rows.job("RUNNING", "{\"source\":\"x\",\"name\":\"tiny\"}");

    assertThat(catalogue.inUse("tiny")).isTrue();
    assertThatThrownBy(() -> catalogue.delete("tiny"))
        .isInstanceOf(ConflictException.class)
        .hasMessageContaining("the worker studio")
        .hasMessageContaining("the job " + job);

    rows.sql().sql("delete from worker").update();
    assertThatThrownBy(() -> catalogue.delete("tiny")).isInstanceOf(ConflictException.class);
    rows.end(job, "CANCELLED");
    assertThat(catalogue.delete("tiny")).isEqualTo("tiny-1");
    assertThatThrownBy(() -> catalogue.delete("tiny")).isInstanceOf(NoSuchElementException.class);
  }

  @Test
  void theDirectoriesOfModelsAndOfLiveJobsAreNoOrphans() {
    catalogue.publish(model("tiny", "tiny-1", CONFIG));
    UUID live = rows.job("RETRYING", "{\"source\":\"x\",\"name\":\"growing\"}");
    UUID ended = rows.job("FAILED", "{\"source\":\"x\",\"name\":\"broken\"}");
    String ofLive = "x-" + live;
    String ofEnded = "x-" + ended;

    assertThat(
            catalogue.orphans(
                List.of(
                    "tiny-1", "tiny-0", ofLive, ofEnded, ".growing.bessemer-partial", "broken")))
        .containsExactlyInAnyOrder("tiny-0", ofEnded, "broken");
  }

  @Test
  void listsByNamePageByPage() {
    for (String name : List.of("c", "a", "b.2", "b-1")) {
      catalogue.publish(model(name, "dir-" + name, CONFIG));
    }
    assertThat(catalogue.list(3, null))
        .extracting(ModelView::name)
        .containsExactly("a", "b-1", "b.2");
    assertThat(catalogue.list(3, "b.2")).extracting(ModelView::name).containsExactly("c");
  }

  @Test
  void aDirectoryIsOneNameBelowTheCatalogue() {
    for (String bad : List.of("", "..", "a/b", "/a", ".a", "a\0", "C:\\a")) {
      assertThatThrownBy(() -> model("tiny", bad, CONFIG))
          .isInstanceOf(IllegalArgumentException.class);
    }
  }
}

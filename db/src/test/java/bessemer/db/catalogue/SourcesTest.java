package bessemer.db.catalogue;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import bessemer.contracts.Artifact;
import bessemer.contracts.ConflictException;
import bessemer.contracts.SourceRequest;
import bessemer.db.TestDatabase;
import bessemer.db.catalogue.Sources.Registered;
import java.util.ArrayList;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.springframework.jdbc.core.simple.JdbcClient;

class SourcesTest {
  private static final TestDatabase DATABASE = TestDatabase.create();
  private static final Artifact CONFIG = new Artifact("config.json", 10, "a".repeat(64));
  private static final Artifact WEIGHTS = new Artifact("model.safetensors", 90, "b".repeat(64));

  private final Rows rows = new Rows(JdbcClient.create(DATABASE.dataSource()));
  private final Sources sources = new Sources(DATABASE.dataSource());

  @BeforeEach
  void empty() {
    rows.clear();
  }

  private Registered register(SourceKind kind, String name, Artifact... files) {
    return sources.register(kind, new SourceRequest(name, List.of(files)));
  }

  private UUID registered(Artifact... files) {
    return register(SourceKind.SOURCE, "tiny", files).source().id();
  }

  @Test
  void theSameFilesInAnotherOrderAreTheSameSource() {
    Registered first = register(SourceKind.SOURCE, "tiny", WEIGHTS, CONFIG);
    Registered second = register(SourceKind.SOURCE, "other name", CONFIG, WEIGHTS);

    assertThat(first.created()).isTrue();
    assertThat(second.created()).isFalse();
    assertThat(second.source()).isEqualTo(first.source());
    assertThat(first.source().bytes()).isEqualTo(100);
    assertThat(first.source().files())
        .containsExactly(new SourceFile(CONFIG, false), new SourceFile(WEIGHTS, false));
  }

  @Test
  void aReferenceOfTheSameFilesIsAnotherThing() {
    UUID source = register(SourceKind.SOURCE, "tiny", CONFIG).source().id();
    UUID reference = register(SourceKind.REFERENCE, "tiny", CONFIG).source().id();

    assertThat(reference).isNotEqualTo(source);
    assertThat(sources.list(SourceKind.REFERENCE, 10, null))
        .extracting(Source::id)
        .containsExactly(reference);
    assertThat(sources.count(SourceKind.SOURCE)).isEqualTo(1);
  }

  @Test
  void oneOfManyRegistrationsAtOnceMakesTheSource() throws Exception {
    List<Future<Registered>> answers = new ArrayList<>();
    try (var threads = Executors.newFixedThreadPool(8)) {
      for (int i = 0; i < 8; i++) {
        answers.add(threads.submit(() -> register(SourceKind.SOURCE, "tiny", CONFIG, WEIGHTS)));
      }
    }
    List<Registered> all = new ArrayList<>();
    for (Future<Registered> answer : answers) {
      all.add(answer.get());
    }

    assertThat(all).filteredOn(Registered::created).hasSize(1);
    assertThat(all).extracting(r -> r.source().id()).containsOnly(all.getFirst().source().id());
    assertThat(all).allSatisfy(r -> assertThat(r.source().files()).hasSize(2));
  }

  @Test
  void aSourceIsCompleteWithItsLastFileAlsoWhenTwoComeAtOnce() throws Exception {
    for (int round = 0; round < 20; round++) {
      Artifact other = new Artifact("config.json", round, "c".repeat(64));
      UUID id = registered(other, WEIGHTS);
      try (var threads = Executors.newFixedThreadPool(2)) {
        Future<?> one = threads.submit(() -> sources.mark(id, "config.json", true));
        Future<?> two = threads.submit(() -> sources.mark(id, "model.safetensors", true));
        one.get();
        two.get();
      }
      assertThat(sources.find(id).orElseThrow().complete()).isTrue();
    }
  }

  @Test
  void aFileThatIsTakenBackMakesTheSourceIncomplete() {
    UUID id = registered(CONFIG);
    sources.mark(id, "config.json", true);
    assertThat(sources.incomplete()).isEmpty();

    sources.mark(id, "config.json", false);

    assertThat(sources.find(id).orElseThrow().complete()).isFalse();
    assertThat(sources.incomplete()).extracting(Source::id).containsExactly(id);
  }

  @Test
  void aSourceThatALiveJobNamesStays() {
    UUID id = registered(CONFIG);
    UUID reference = register(SourceKind.REFERENCE, "pack", CONFIG).source().id();
    UUID job =
        rows.job(
            "QUEUED",
            "{\"source\":\"%s\",\"reference\":\"%s\",\"name\":\"m\"}".formatted(id, reference));

    assertThatThrownBy(() -> sources.delete(id))
        .isInstanceOf(ConflictException.class)
        .hasMessageContaining(job.toString());
    assertThatThrownBy(() -> sources.delete(reference)).isInstanceOf(ConflictException.class);

    rows.end(job, "FAILED");
    sources.delete(id);
    assertThat(sources.find(id)).isEmpty();
    assertThat(sources.known(Set.of(id, reference))).containsExactly(reference);
    assertThatThrownBy(() -> sources.delete(id)).isInstanceOf(NoSuchElementException.class);
    assertThatThrownBy(() -> sources.mark(id, "config.json", true))
        .isInstanceOf(NoSuchElementException.class);
  }

  @Test
  void listsTheNewestFirstPageByPage() {
    List<UUID> ids = new ArrayList<>();
    for (int i = 0; i < 5; i++) {
      ids.addFirst(registered(new Artifact("a", i, "a".repeat(64))));
    }
    List<Source> first = sources.list(SourceKind.SOURCE, 3, null);
    List<Source> second = sources.list(SourceKind.SOURCE, 3, first.getLast().id());

    assertThat(first).extracting(Source::id).isEqualTo(ids.subList(0, 3));
    assertThat(second).extracting(Source::id).isEqualTo(ids.subList(3, 5));
  }
}

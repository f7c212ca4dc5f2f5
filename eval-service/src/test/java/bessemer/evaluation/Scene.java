package bessemer.evaluation;

import bessemer.contracts.Artifact;
import bessemer.contracts.EvalSpec;
import bessemer.contracts.EvalSpec.CorpusFiles;
import bessemer.contracts.JobView;
import bessemer.contracts.SourceRequest;
import bessemer.db.TestDatabase;
import bessemer.db.catalogue.Catalogue;
import bessemer.db.catalogue.Published;
import bessemer.db.catalogue.SourceKind;
import bessemer.db.catalogue.Sources;
import bessemer.db.jobs.Jobs;
import bessemer.db.jobs.Jobs.Submission;
import bessemer.foundry.FileHash;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.stream.Stream;

/// A home with a tiny translator of letters in its catalogue, and corpora as others would have
/// uploaded them.
public final class Scene {
  static final Path MODEL = Path.of("../libs/models/src/test/resources/translation/nllb-trained");

  public final Jobs jobs;
  private final Path home;
  private final Catalogue catalogue;
  private final Sources sources;

  public Scene(Path home, TestDatabase database) {
    this.home = home;
    this.jobs = new Jobs(database.dataSource(), Clock.systemUTC());
    this.catalogue = new Catalogue(database.dataSource());
    this.sources = new Sources(database.dataSource());
  }

  public void model(String name) throws IOException {
    String directory = "folder-of-" + name;
    Path folder = Files.createDirectories(home.resolve("catalogue").resolve(directory));
    List<Artifact> files = new ArrayList<>();
    try (Stream<Path> found = Files.list(MODEL)) {
      for (Path file : found.filter(Files::isRegularFile).sorted().toList()) {
        Path copy = Files.copy(file, folder.resolve(file.getFileName()));
        files.add(artifact(copy));
      }
    }
    catalogue.publish(
        new Published(
            name, directory, "mlx", "m2m_100", "fp32", "unproven", Map.of(), files, null));
  }

  private static Artifact artifact(Path file) throws IOException {
    return new Artifact(
        String.valueOf(file.getFileName()), Files.size(file), FileHash.sha256(file));
  }

  /// @param namesAndTexts of its files
  /// @return the id of the source
  public String corpus(String... namesAndTexts) throws IOException {
    Path made = Files.createTempDirectory(home, "corpus");
    List<Artifact> files = new ArrayList<>();
    for (int i = 0; i < namesAndTexts.length; i += 2) {
      files.add(artifact(Files.writeString(made.resolve(namesAndTexts[i]), namesAndTexts[i + 1])));
    }
    UUID id = sources.register(SourceKind.SOURCE, new SourceRequest("corpus", files)).source().id();
    Path folder = Files.createDirectories(home.resolve("sources").resolve(id.toString()));
    for (Artifact file : files) {
      Files.copy(
          made.resolve(file.file()),
          folder.resolve(file.file()),
          StandardCopyOption.REPLACE_EXISTING); // the same files are the same source
      sources.mark(id, file.file(), true);
    }
    return id.toString();
  }

  /// The files `src` and `ref` of a corpus.
  public static CorpusFiles plain(String id) {
    return new CorpusFiles(id, "src", List.of("ref"), null, null, "en", "fr");
  }

  public static EvalSpec spec(CorpusFiles corpus, String... models) {
    return new EvalSpec(List.of(models), corpus, null, null, 20, null, "bootstrap");
  }

  public UUID submit(EvalSpec spec) {
    return jobs.submit(new Submission(spec, 0, "test", null)).job().id();
  }

  /// The files of what a job found.
  public Path report(JobView job) {
    String directory = String.valueOf(job.result().get("directory"));
    return home.resolve("evaluations").resolve(directory);
  }
}

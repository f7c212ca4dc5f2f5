package bessemer.evaluation.job;

import bessemer.contracts.EvalSpec;
import bessemer.contracts.JobView;
import bessemer.db.work.JobKind;
import bessemer.db.work.Lease;
import bessemer.db.work.Steps;
import bessemer.evaluation.EvaluationFolders;
import bessemer.evaluation.job.Contestants.Contestant;
import bessemer.foundry.FileHash;
import bessemer.foundry.evaluate.Chunk;
import bessemer.foundry.evaluate.Evaluation;
import bessemer.foundry.evaluate.EvaluationFile;
import bessemer.foundry.evaluate.Judgement;
import bessemer.foundry.evaluate.LearnedMetric;
import bessemer.foundry.evaluate.ParallelText;
import bessemer.foundry.evaluate.SystemOutput;
import bessemer.foundry.evaluate.Translated;
import bessemer.foundry.evaluate.TranslatingModel;
import bessemer.tensor.nn.KvType;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.springframework.batch.core.job.Job;

/// One attempt to translate a corpus with one model or two, and to score them.
///
/// | step      | reads                        | writes                             |
/// |-----------|------------------------------|------------------------------------|
/// | prepare   | corpus, catalogue, languages | nothing: it refuses what cannot be |
/// | translate | the models                   | chunks, a line of the manifest each |
/// | score     | the chunks                   | the report and the translations    |
/// | settle    | the report                   | the job's result                   |
///
/// After a crash the next attempt goes on with the first chunk that the manifest lacks.
final class EvaluationJob {
  private final Lease lease;
  private final EvalSpec spec;
  private final EvaluationSettings settings;
  private final Corpora corpora;
  private final Contestants contestants;
  private final EvaluationFolders folders;
  private final String attempt;

  private List<Contestant> models = List.of();
  private List<Chunk> chunks = List.of();
  private @Nullable ParallelText text;
  private @Nullable ChunkFiles files;
  private @Nullable TranslatingModel open;
  private @Nullable Evaluation evaluation;

  EvaluationJob(
      Lease lease,
      EvalSpec spec,
      EvaluationSettings settings,
      Corpora corpora,
      Contestants contestants) {
    this.lease = lease;
    this.spec = spec;
    this.settings = settings;
    this.corpora = corpora;
    this.contestants = contestants;
    this.folders = EvaluationFolders.in(settings.home());
    this.attempt = EvaluationFolders.name(lease.job(), lease.epoch());
  }

  JobKind.Attempt attempt(Steps steps) {
    Job job =
        steps.job(
            EvalSpec.KIND,
            steps.once("prepare", this::prepare),
            steps.each("translate", this::pending, this::translate),
            steps.once("score", this::score),
            steps.once("settle", this::settle));
    return new JobKind.Attempt() {
      @Override
      public Job job() {
        return job;
      }

      @Override
      public void close() {
        closeModel();
      }
    };
  }

  private void closeModel() {
    if (open != null) {
      open.close();
      open = null;
    }
  }

  private void prepare() throws IOException {
    lease.step("prepare", 0);
    Asked.scoring(spec); // refuses what is no metric before hours of work
    models = contestants.find(spec.models());
    text = corpora.read(spec.corpus());
    for (Contestant model : models) {
      TranslatingModel.checkLanguages(model.place(), text());
    }
    chunks = Chunk.of(text(), settings.chunk());
    files = new ChunkFiles(lease, folders, plan());
    lease.note("%d lines, %d chunks for each model".formatted(text().lines(), chunks.size()));
  }

  /// Whatever could make the translations others. A model that was replaced since is another one.
  private String plan() {
    var words = new StringBuilder();
    models.forEach(model -> words.append(model.version()).append('\n'));
    words.append(Asked.search(spec)).append('\n').append(spec.corpus()).append('\n');
    words.append(settings.chunk()).append(settings.backend()).append(settings.strict());
    return FileHash.sha256(words.toString().getBytes(StandardCharsets.UTF_8));
  }

  private ParallelText text() {
    return Objects.requireNonNull(text);
  }

  private ChunkFiles files() {
    return Objects.requireNonNull(files);
  }

  private List<Piece> pieces(int model) {
    return chunks.stream().map(chunk -> new Piece(model, chunk)).toList();
  }

  private List<Piece> pending() {
    List<Piece> pending = new ArrayList<>();
    for (int model = 0; model < models.size(); model++) {
      pieces(model).stream().filter(piece -> !files().has(piece)).forEach(pending::add);
    }
    long lines = pending.stream().mapToLong(Piece::lines).sum();
    lease.step("translate", lines, JobView.Progress.LINES);
    return pending;
  }

  private void translate(Piece piece) throws IOException {
    TranslatingModel model = model(piece.model());
    var told = new int[1];
    Translated translated =
        model.translate(
            text(),
            piece.chunk(),
            done -> {
              lease.advance(done - told[0]);
              told[0] = done;
            });
    files().add(piece, translated);
  }

  private TranslatingModel model(int number) throws IOException {
    Contestant wanted = models.get(number);
    if (open == null || !open.name().equals(wanted.place().name())) {
      closeModel();
      lease.note("%s (%s) is loaded".formatted(wanted.place().name(), wanted.precision()));
      open = opened(wanted);
    }
    return open;
  }

  private TranslatingModel opened(Contestant model) throws IOException {
    return TranslatingModel.open(
        model.place(),
        settings.engines().engine(),
        KvType.FP32,
        Asked.search(spec),
        System::nanoTime);
  }

  private void score() throws IOException {
    closeModel();
    lease.step("score", 0);
    List<SystemOutput> systems = new ArrayList<>();
    for (int model = 0; model < models.size(); model++) {
      systems.add(output(model));
    }
    evaluation =
        Judgement.of(text(), systems, Asked.scoring(spec), LearnedMetric.notInstalled(null));
    Path report = folders.attempt(attempt);
    EvaluationFile.write(evaluation, systems, report);
    for (String file : EvaluationFile.names(evaluation)) {
      OnDisk.force(report.resolve(file));
    }
    OnDisk.force(report);
  }

  private SystemOutput output(int model) throws IOException {
    List<Translated> translated = new ArrayList<>();
    for (Piece piece : pieces(model)) {
      translated.add(files().read(piece));
    }
    return SystemOutput.of(models.get(model).place().name(), chunks, translated);
  }

  private void settle() throws IOException {
    lease.step("settle", 0);
    Evaluation found = Objects.requireNonNull(evaluation);
    lease.succeed(Findings.of(found, attempt), () -> {});
    folders.removeAllBut(lease.job(), attempt);
  }
}

package bessemer.cli;

import bessemer.contracts.EvalSpec;
import bessemer.foundry.BadRequestException;
import bessemer.foundry.evaluate.LearnedMetric;
import bessemer.foundry.evaluate.Scoring;
import bessemer.foundry.score.Resampling;
import bessemer.foundry.score.Significance;
import bessemer.tensor.nn.KvType;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
    name = "translate",
    mixinStandardHelpOptions = true,
    description = {
      "Translates a corpus with a model and scores it, or compares two models, the baseline first.",
      "The work is a job of the services, which goes on without this command; with --local, or",
      "where models are directories, it is done here."
    })
final class EvalTranslate implements Callable<Integer> {
  private final Console console;
  private final Connection connection;

  @Parameters(
      arity = "1..2",
      paramLabel = "MODEL",
      description = "A directory or a model's name; of two, the first is the baseline.")
  private List<String> models = List.of();

  @Mixin private final CorpusOptions corpus = new CorpusOptions();
  @Mixin private final SearchChoices search = new SearchChoices();
  @Mixin private final ScoreOptions scores = new ScoreOptions();

  @Option(
      names = "--significance",
      paramLabel = "TEST",
      defaultValue = "bootstrap",
      description = "Of two models: bootstrap or randomization. Default ${DEFAULT-VALUE}.")
  private Significance significance = Significance.BOOTSTRAP;

  @Option(
      names = "--samples",
      paramLabel = "N",
      description = "How often to resample; 0 leaves out intervals and p. Default 1000 or 10000.")
  private @Nullable Integer samples;

  @Option(
      names = "--seed",
      paramLabel = "S",
      defaultValue = "" + Resampling.SEED,
      description = "Of the resampling. Default ${DEFAULT-VALUE}, as sacrebleu's.")
  private long seed;

  @Option(
      names = "--learned",
      paramLabel = "MODEL.onnx",
      description = "A learned metric. Not installed in this build: the report says so.")
  private @Nullable Path learned;

  @Option(
      names = "--out",
      paramLabel = "DIR",
      description = "Write the report (JSON, HTML) and the translations there.")
  private @Nullable Path out;

  @Mixin private final Computing computing = new Computing();
  @Mixin private final Local local = new Local();

  @Option(names = "--detach", description = "Print the job's id and do not wait for its end.")
  private boolean detach;

  @Option(names = "--json", description = "Print the report (with --detach the job) as JSON.")
  private boolean json;

  EvalTranslate(Console console, Connection connection) {
    this.console = console;
    this.connection = connection;
  }

  @Override
  public Integer call() throws IOException, InterruptedException {
    Destination.requireDirectory(out);
    Scoring scoring = scoring();
    boolean here = models.stream().anyMatch(local::covers);
    computing.requireLocal(here);
    Exit exit = here ? here(scoring) : throughTheGateway();
    return exit.code();
  }

  private Scoring scoring() {
    if ((samples != null && (samples < 0 || samples == 1)) || seed < 0) {
      throw new BadRequestException("--samples must be 0 or at least 2, --seed not negative");
    }
    int count =
        samples != null
            ? samples
            : models.size() == 1 ? Significance.BOOTSTRAP.usualCount() : significance.usualCount();
    return new Scoring(scores.chosen(false), count, seed, significance, Scoring.SENTENCES);
  }

  private Exit here(Scoring scoring) throws IOException {
    if (detach) {
      throw new CommandException(Exit.USAGE, "--detach needs models of the services");
    }
    if (learned != null && !Files.exists(learned)) {
      throw new CommandException(Exit.NOT_FOUND, learned + " does not exist");
    }
    var metric = LearnedMetric.notInstalled(learned == null ? null : learned.toString());
    KvType kept = computing.cache(KvType.FP32); // as the services evaluate
    return new LocalEvaluation(console, connection.home(), computing.choice(), kept)
        .run(models, corpus.read(), search.chosen(), scoring, metric)
        .print(out, json);
  }

  private Exit throughTheGateway() throws IOException, InterruptedException {
    if (learned != null) {
      throw new CommandException(
          Exit.USAGE, "--learned: " + LearnedMetric.notInstalled(null).reason());
    }
    corpus.read(); // what is wrong in it is said before anything is sent
    var evaluation = new RemoteEvaluation(console, connection, corpus);
    return evaluation.run(this::spec, detach, out, json);
  }

  private EvalSpec spec(String id) {
    return new EvalSpec(
        models,
        corpus.spec(id),
        search.spec(),
        scores.spec(),
        samples,
        seed,
        significance.name().toLowerCase(java.util.Locale.ROOT));
  }
}

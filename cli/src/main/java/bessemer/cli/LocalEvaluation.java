package bessemer.cli;

import bessemer.foundry.evaluate.Chunk;
import bessemer.foundry.evaluate.Evaluation;
import bessemer.foundry.evaluate.Judgement;
import bessemer.foundry.evaluate.LearnedMetric;
import bessemer.foundry.evaluate.ParallelText;
import bessemer.foundry.evaluate.Scoring;
import bessemer.foundry.evaluate.Search;
import bessemer.foundry.evaluate.SystemOutput;
import bessemer.foundry.evaluate.Translated;
import bessemer.foundry.evaluate.TranslatingModel;
import bessemer.foundry.evaluate.TranslatingModel.Place;
import bessemer.tensor.backends.EngineChoice;
import bessemer.tensor.nn.KvType;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/// An evaluation in this process.
///
/// @param kept the elements of keys and values
record LocalEvaluation(Console console, Home home, EngineChoice engines, KvType kept) {

  EvaluationResult run(
      List<String> models, ParallelText text, Search search, Scoring scoring, LearnedMetric learned)
      throws IOException {
    List<Place> places = models.stream().map(model -> place(model, models)).toList();
    for (Place place : places) {
      TranslatingModel.checkLanguages(place, text); // before the first one's hours of work
    }
    List<SystemOutput> systems = new ArrayList<>();
    for (Place place : places) {
      systems.add(translated(place, text, search));
    }
    Evaluation evaluation = Judgement.of(text, systems, scoring, learned);
    return new EvaluationResult(console, evaluation, systems);
  }

  /// The last part of its name, unless another one is called so too.
  private Place place(String model, List<String> all) {
    Path directory = ModelArgument.resolve(model, home);
    String last = last(model);
    boolean alone = all.stream().filter(other -> last(other).equals(last)).count() == 1;
    return new Place(alone ? last : model, directory, home.cache());
  }

  private static String last(String model) {
    return String.valueOf(Path.of(model).toAbsolutePath().normalize().getFileName());
  }

  private SystemOutput translated(Place place, ParallelText text, Search search)
      throws IOException {
    List<Chunk> chunks = Chunk.of(text, Chunk.LINES);
    List<Translated> translated = new ArrayList<>();
    console.note("translating %d lines with %s".formatted(text.lines(), place.name()));
    try (var model =
            TranslatingModel.open(place, engines.engine(), kept, search, System::nanoTime);
        var progress = new LineProgress(console, text.lines())) {
      int before = 0;
      for (Chunk chunk : chunks) {
        int done = before;
        translated.add(model.translate(text, chunk, lines -> progress.done(done + lines)));
        before += chunk.lines().size();
      }
      return SystemOutput.of(place.name(), chunks, translated);
    }
  }
}

package bessemer.cli;

import bessemer.foundry.evaluate.Evaluation;
import bessemer.foundry.evaluate.EvaluationFile;
import bessemer.foundry.evaluate.EvaluationText;
import bessemer.foundry.evaluate.SystemOutput;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// An evaluation for people, scripts and files.
record EvaluationResult(Console console, Evaluation evaluation, List<SystemOutput> systems) {

  /// @param out a directory for the report and the translations
  Exit print(@Nullable Path out, boolean json) throws IOException {
    if (out != null) {
      EvaluationFile.write(evaluation, systems, out);
      console.note("report: " + out.resolve(EvaluationFile.HTML));
    }
    console.out().print(json ? EvaluationFile.json(evaluation) : EvaluationText.of(evaluation));
    console.out().flush();
    return Exit.OK;
  }
}

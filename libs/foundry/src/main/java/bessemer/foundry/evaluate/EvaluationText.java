package bessemer.foundry.evaluate;

import bessemer.foundry.evaluate.Evaluation.Kind;
import bessemer.foundry.evaluate.Evaluation.Part;
import bessemer.foundry.evaluate.Evaluation.Scores;
import bessemer.foundry.evaluate.Evaluation.Sentence;
import bessemer.foundry.evaluate.Evaluation.Subject;
import bessemer.foundry.evaluate.Evaluation.Value;
import bessemer.foundry.score.Confidence;
import bessemer.foundry.score.Numbers;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/// An evaluation for a terminal.
public final class EvaluationText {
  private static final int DECIMALS = 2;
  private static final int SENTENCES = 3;

  private final Evaluation evaluation;
  private final StringBuilder out = new StringBuilder();

  private EvaluationText(Evaluation evaluation) {
    this.evaluation = evaluation;
  }

  public static String of(Evaluation evaluation) {
    var text = new EvaluationText(evaluation);
    text.line("%s, %d lines", evaluation.corpus().name(), evaluation.corpus().lines());
    evaluation.systems().forEach(system -> text.line("%s", described(system)));
    text.parts("", Kind.ALL);
    text.parts("language pair", Kind.PAIR);
    text.parts(evaluation.corpus().lengthOf() + " characters", Kind.LENGTH);
    text.line("");
    for (Scores scores : evaluation.whole().metrics()) {
      text.line("%s|%s", scores.metric(), scores.signature());
    }
    text.sentences();
    text.line("%s", evaluation.learned().sentence());
    return text.out.toString();
  }

  static String described(Subject system) {
    String words = system.description().isEmpty() ? "" : ": " + system.description();
    Double seconds = system.seconds();
    Double rate = system.perSecond();
    return seconds == null || rate == null
        ? system.name() + words
        : String.format(
            Locale.ROOT, "%s%s; %.1f s, %.2f lines a second", system.name(), words, seconds, rate);
  }

  static String value(Value value) {
    String score = Numbers.fixed(value.score(), DECIMALS);
    Confidence confidence = value.confidence();
    return confidence == null
        ? score
        : score + " ± " + Numbers.fixed(confidence.halfWidth(), DECIMALS);
  }

  private void parts(String title, Kind kind) {
    List<Part> parts = evaluation.parts().stream().filter(part -> part.kind() == kind).toList();
    List<List<String>> rows = new ArrayList<>();
    List<String> head = new ArrayList<>(List.of(title, "lines"));
    for (Scores scores : evaluation.whole().metrics()) {
      for (Subject system : evaluation.systems()) {
        head.add(scores.metric() + " " + system.name());
      }
      if (evaluation.systems().size() == 2) {
        head.add("p");
      }
    }
    rows.add(head);
    for (Part part : parts) {
      List<String> row = new ArrayList<>(List.of(part.name(), Integer.toString(part.lines())));
      part.metrics().forEach(scores -> cells(scores, row));
      rows.add(row);
    }
    line("");
    table(rows);
  }

  /// A star where chance hardly explains the difference.
  private static void cells(Scores scores, List<String> row) {
    scores.values().forEach(value -> row.add(value(value)));
    if (scores.values().size() == 2) {
      Double p = scores.pValue();
      row.add(p == null ? "" : Numbers.fixed(p, 4) + (scores.isSignificant() ? "*" : ""));
    }
  }

  private void table(List<List<String>> rows) {
    int columns = rows.getFirst().size();
    int[] widths = new int[columns];
    for (List<String> row : rows) {
      for (int i = 0; i < columns; i++) {
        widths[i] = Math.max(widths[i], row.get(i).length());
      }
    }
    for (List<String> row : rows) {
      var text = new StringBuilder();
      for (int i = 0; i < columns; i++) {
        String space = " ".repeat(widths[i] - row.get(i).length());
        text.append(i == 0 ? row.get(i) + space : "  " + space + row.get(i));
      }
      line("%s", text.toString().stripTrailing());
    }
  }

  private void sentences() {
    List<Sentence> shown = evaluation.losses().isEmpty() ? evaluation.worst() : evaluation.losses();
    line("");
    line("%s", evaluation.losses().isEmpty() ? "lowest scores" : "greatest losses");
    for (Sentence sentence : shown.subList(0, Math.min(SENTENCES, shown.size()))) {
      line("  line %d, %s", sentence.line(), sentence.pair());
      if (!sentence.source().isEmpty()) {
        line("    source     %s", sentence.source());
      }
      sentence.references().forEach(reference -> line("    reference  %s", reference));
      for (int i = 0; i < sentence.hypotheses().size(); i++) {
        line(
            "    %-9s  %s",
            Numbers.fixed(sentence.scores().get(i), 1), sentence.hypotheses().get(i));
      }
    }
    line("");
  }

  private void line(String format, Object... values) {
    out.append(String.format(Locale.ROOT, format, values)).append('\n');
  }
}

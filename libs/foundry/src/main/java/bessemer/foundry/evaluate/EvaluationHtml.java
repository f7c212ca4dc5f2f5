package bessemer.foundry.evaluate;

import static bessemer.foundry.parity.HtmlReport.escaped;

import bessemer.foundry.evaluate.Evaluation.Kind;
import bessemer.foundry.evaluate.Evaluation.Part;
import bessemer.foundry.evaluate.Evaluation.Scores;
import bessemer.foundry.evaluate.Evaluation.Sentence;
import bessemer.foundry.evaluate.Evaluation.Subject;
import bessemer.foundry.evaluate.Evaluation.Value;
import bessemer.foundry.score.Confidence;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;

/// An evaluation as one page without anything to load. Every text is escaped.
public final class EvaluationHtml {
  private static final String STYLE =
      """
      :root{color-scheme:light dark;--line:#ccc;--bad:#b00020;--good:#1b7f3b;--a:#0a66c2;--b:#c2410c}
      @media(prefers-color-scheme:dark){:root{--line:#444;--bad:#ff6b7a;--good:#5fd38a;--a:#6cb6ff;--b:#ffa657}}
      body{font:15px/1.5 system-ui,sans-serif;max-width:84rem;margin:2rem auto;padding:0 1rem}
      h1{font-size:1.3rem}h2{font-size:1.1rem;margin-top:2rem}
      table{border-collapse:collapse;font-variant-numeric:tabular-nums}
      th,td{border-bottom:1px solid var(--line);padding:.2rem .6rem;text-align:left;vertical-align:top}
      td.n{text-align:right;white-space:nowrap}code{font-size:.8rem;word-break:break-all}
      .wide{overflow-x:auto;margin:.6rem 0}.wide table{font-size:.9rem}.better{color:var(--good)}.worse{color:var(--bad)}
      svg text{fill:currentColor;font-size:11px}svg .grid{stroke:var(--line);stroke-opacity:.6}
      svg .s0{fill:var(--a)}svg .s1{fill:var(--b)}svg .whisker{stroke:currentColor;stroke-width:1.5}
      """;

  private final Evaluation evaluation;
  private final StringBuilder out = new StringBuilder();

  private EvaluationHtml(Evaluation evaluation) {
    this.evaluation = evaluation;
  }

  public static String of(Evaluation evaluation) {
    var page = new EvaluationHtml(evaluation);
    page.head();
    page.section("Scores", Kind.ALL);
    page.signatures();
    page.section("By language pair", Kind.PAIR);
    page.section(
        "By length of the " + evaluation.corpus().lengthOf() + " in characters", Kind.LENGTH);
    page.distribution();
    page.sentences("Sentences that lost most", evaluation.losses());
    page.sentences("Sentences with the lowest scores", evaluation.worst());
    page.out.append("</body></html>\n");
    return page.out.toString();
  }

  private void head() {
    String corpus = evaluation.corpus().name();
    String title =
        String.join(" and ", evaluation.systems().stream().map(Subject::name).toList())
            + " on "
            + corpus;
    out.append("<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\n");
    out.append("<meta name=\"viewport\" content=\"width=device-width\">\n<title>");
    out.append(escaped(title)).append("</title>\n<style>\n");
    out.append(STYLE).append("</style></head><body>\n<h1>").append(escaped(title));
    out.append("</h1>\n");
    List<String> pairs = evaluation.corpus().pairs();
    paragraph(
        "%d lines, %s"
            .formatted(
                evaluation.corpus().lines(),
                pairs.size() > 5 ? pairs.size() + " language pairs" : String.join(", ", pairs)));
    for (Subject system : evaluation.systems()) {
      paragraph(EvaluationText.described(system));
    }
    paragraph(evaluation.learned().sentence());
  }

  private void section(String title, Kind kind) {
    List<Part> parts = evaluation.parts().stream().filter(part -> part.kind() == kind).toList();
    out.append("<h2>").append(escaped(title)).append("</h2>\n");
    for (int metric = 0; metric < evaluation.whole().metrics().size(); metric++) {
      plot(title, parts, metric);
    }
    table(parts);
  }

  private void plot(String title, List<Part> parts, int metric) {
    String name = evaluation.whole().metrics().get(metric).metric();
    List<BarPlot.Series> series = new ArrayList<>();
    for (int system = 0; system < evaluation.systems().size(); system++) {
      int of = system;
      List<BarPlot.Bar> bars =
          parts.stream().map(part -> bar(part.metrics().get(metric).values().get(of))).toList();
      series.add(new BarPlot.Series(evaluation.systems().get(system).name(), bars));
    }
    List<String> groups =
        parts.stream().map(part -> part.kind() == Kind.ALL ? name : part.name()).toList();
    figure(name, BarPlot.svg(name + ", " + title, groups, series));
  }

  private static BarPlot.Bar bar(Value value) {
    Confidence confidence = value.confidence();
    return new BarPlot.Bar(value.score(), confidence == null ? 0 : confidence.halfWidth());
  }

  private void figure(String caption, String svg) {
    out.append("<div class=wide><div>").append(escaped(caption)).append("</div>\n");
    out.append(svg).append("</div>\n");
  }

  private void table(List<Part> parts) {
    out.append("<div class=wide><table><thead><tr><th><th>lines");
    for (Scores scores : evaluation.whole().metrics()) {
      for (Subject system : evaluation.systems()) {
        out.append("<th>").append(escaped(scores.metric() + ", " + system.name()));
      }
      if (evaluation.systems().size() == 2) {
        out.append("<th>change<th>p");
      }
    }
    out.append("</thead><tbody>\n");
    for (Part part : parts) {
      out.append("<tr><td>").append(escaped(part.name()));
      out.append("<td class=n>").append(part.lines());
      part.metrics().forEach(this::cells);
      out.append('\n');
    }
    out.append("</tbody></table></div>\n");
  }

  private void cells(Scores scores) {
    for (Value value : scores.values()) {
      out.append("<td class=n>").append(escaped(EvaluationText.value(value)));
    }
    if (scores.values().size() == 2) {
      double change = scores.values().getLast().score() - scores.values().getFirst().score();
      String colour = !scores.isSignificant() ? "" : change < 0 ? "worse" : "better";
      out.append("<td class=\"n %s\">".formatted(colour)).append(signed(change));
      Double p = scores.pValue();
      out.append("<td class=n>").append(p == null ? "" : String.format(Locale.ROOT, "%.4f", p));
    }
  }

  private static String signed(double change) {
    return String.format(Locale.ROOT, "%+.2f", change);
  }

  private void signatures() {
    out.append("<ul>");
    for (Scores scores : evaluation.whole().metrics()) {
      out.append("<li><code>").append(escaped(scores.metric() + "|" + scores.signature()));
      out.append("</code>");
      for (Value value : scores.values()) {
        if (!value.details().isEmpty()) {
          out.append("<br>").append(escaped(value.details()));
        }
      }
    }
    out.append("</ul>\n");
  }

  private void distribution() {
    String metric = evaluation.distribution().metric();
    out.append("<h2>").append(escaped("Sentences by their " + metric)).append("</h2>\n");
    List<BarPlot.Series> series = new ArrayList<>();
    List<List<Integer>> counts = evaluation.distribution().counts();
    for (int system = 0; system < counts.size(); system++) {
      List<BarPlot.Bar> bars =
          counts.get(system).stream().map(count -> new BarPlot.Bar(count, 0)).toList();
      series.add(new BarPlot.Series(evaluation.systems().get(system).name(), bars));
    }
    int width = 100 / Evaluation.Distribution.BINS;
    List<String> groups =
        IntStream.range(0, Evaluation.Distribution.BINS)
            .mapToObj(bin -> Integer.toString(bin * width))
            .toList();
    figure("sentences that score at least so much", BarPlot.svg(metric, groups, series));
  }

  private void sentences(String title, List<Sentence> sentences) {
    if (sentences.isEmpty()) {
      return;
    }
    String metric = evaluation.distribution().metric();
    out.append("<h2>").append(escaped(title)).append("</h2>\n<div class=wide><table><thead><tr>");
    out.append("<th>line<th>").append(escaped(metric)).append("<th>texts</thead><tbody>\n");
    for (Sentence sentence : sentences) {
      out.append("<tr><td class=n>").append(sentence.line()).append("<td class=n>");
      for (double score : sentence.scores()) {
        out.append(String.format(Locale.ROOT, "%.1f<br>", score));
      }
      out.append("<td>");
      text(sentence.pair(), sentence.source());
      sentence.references().forEach(reference -> text("reference", reference));
      for (int i = 0; i < sentence.hypotheses().size(); i++) {
        text(evaluation.systems().get(i).name(), sentence.hypotheses().get(i));
      }
      out.append('\n');
    }
    out.append("</tbody></table></div>\n");
  }

  private void text(String label, String text) {
    out.append("<div><b>").append(escaped(label)).append("</b> ");
    out.append(escaped(text)).append("</div>");
  }

  private void paragraph(String text) {
    out.append("<p>").append(escaped(text)).append("</p>\n");
  }
}

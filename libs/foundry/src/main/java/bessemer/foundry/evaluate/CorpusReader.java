package bessemer.foundry.evaluate;

import bessemer.foundry.BadRequestException;
import bessemer.foundry.score.Corpus;
import bessemer.foundry.score.TextLines;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Reads corpora: two or more files with a text a line, or one table.
public final class CorpusReader {
  private CorpusReader() {}

  /// Files of as many lines each.
  ///
  /// @throws BadRequestException naming file and line of what does not fit together
  public static ParallelText plain(Path source, List<Path> references, LanguagePair pair)
      throws IOException {
    List<String> sources = TextLines.read(source);
    List<List<String>> translations = new ArrayList<>();
    for (Path reference : references) {
      List<String> lines = TextLines.read(reference);
      requireAsMany(source, sources.size(), reference, lines.size());
      translations.add(lines);
    }
    List<Segment> segments = new ArrayList<>();
    for (int i = 0; i < sources.size(); i++) {
      int line = i;
      segments.add(
          new Segment(
              "%s, line %d".formatted(source.getFileName(), i + 1),
              pair,
              sources.get(i),
              translations.stream().map(lines -> lines.get(line)).toList()));
    }
    return new ParallelText(String.valueOf(source.getFileName()), segments);
  }

  /// @throws BadRequestException naming the first line that only one of the files has
  public static void requireAsMany(Path file, int lines, Path other, int otherLines) {
    if (lines != otherLines) {
      throw new BadRequestException(
          "%s has %d lines and %s %d: line %d of the longer one has no counterpart"
              .formatted(file, lines, other, otherLines, Math.min(lines, otherLines) + 1));
    }
  }

  /// What a table says of its lines' translations.
  ///
  /// @param hypotheses of each line
  public record Scored(ParallelText text, List<String> hypotheses) {
    private static final LanguagePair UNKNOWN = new LanguagePair("source", "target");

    /// From files, each with as many lines.
    ///
    /// @param file that holds the translations
    /// @param sources empty lines where they are not known
    /// @param references one translation of all lines each
    public static Scored of(
        Path file,
        List<String> hypotheses,
        List<String> sources,
        List<? extends List<String>> references) {
      List<Segment> segments = new ArrayList<>();
      for (int i = 0; i < hypotheses.size(); i++) {
        int line = i;
        String place = "%s, line %d".formatted(file.getFileName(), i + 1);
        List<String> all = references.stream().map(of -> of.get(line)).toList();
        segments.add(new Segment(place, UNKNOWN, sources.get(i), all));
      }
      var text = new ParallelText(String.valueOf(file.getFileName()), segments);
      return new Scored(text, hypotheses);
    }

    public Corpus corpus() {
      return text.with(hypotheses);
    }
  }

  /// One file with sources and references.
  ///
  /// @param from the language of lines that do not say theirs
  /// @throws BadRequestException naming the line that lacks something
  public static ParallelText table(
      Path file, Columns columns, @Nullable String from, @Nullable String to) throws IOException {
    List<Segment> segments = new ArrayList<>();
    for (TableRow row : rows(file, columns)) {
      var pair =
          new LanguagePair(
              language(row, columns.from(), from, "--from"),
              language(row, columns.to(), to, "--to"));
      segments.add(
          new Segment(
              row.place(), pair, row.required(columns.source()), row.all(columns.references())));
    }
    return new ParallelText(String.valueOf(file.getFileName()), segments);
  }

  /// One file with translations and references; sources and languages are for the report alone.
  ///
  /// @throws BadRequestException naming the line that lacks something
  public static Scored scored(Path file, Columns columns) throws IOException {
    List<Segment> segments = new ArrayList<>();
    List<String> hypotheses = new ArrayList<>();
    for (TableRow row : rows(file, columns)) {
      hypotheses.add(row.required(columns.hypothesis()));
      var pair =
          new LanguagePair(
              row.text(columns.from()).orElse(Scored.UNKNOWN.from()),
              row.text(columns.to()).orElse(Scored.UNKNOWN.to()));
      String source = row.text(columns.source()).orElse("");
      segments.add(new Segment(row.place(), pair, source, row.all(columns.references())));
    }
    var text = new ParallelText(String.valueOf(file.getFileName()), segments);
    return new Scored(text, hypotheses);
  }

  private static List<TableRow> rows(Path file, Columns columns) throws IOException {
    return TableReader.read(file, columns.references().getFirst().matches("\\d+"));
  }

  private static String language(TableRow row, String column, @Nullable String all, String option) {
    String own = row.text(column).orElse(all);
    if (own == null || own.isBlank()) {
      throw new BadRequestException(
          "%s: its language is not known: name it with %s or in a column \"%s\""
              .formatted(row.place(), option, column));
    }
    return own.strip();
  }
}

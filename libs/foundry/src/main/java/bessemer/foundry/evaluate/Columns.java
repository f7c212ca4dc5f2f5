package bessemer.foundry.evaluate;

import java.util.List;

/// What the columns of a TSV file or the fields of JSON lines are called. TSV without a header has
/// numbers for names, from 1.
///
/// @param references columns with a reference each; a field may hold a list of them
/// @param hypothesis translations that exist already
/// @param from the line's language, where lines differ; the column may be missing
/// @param to the language of its translation, the same way
public record Columns(
    String source, List<String> references, String hypothesis, String from, String to) {
  public static final Columns STANDARD =
      new Columns("source", List.of("reference"), "hypothesis", "from", "to");

  public Columns {
    references = List.copyOf(references);
    if (references.isEmpty()) {
      throw new IllegalArgumentException("a corpus needs a column of references");
    }
  }
}

package bessemer.db.backup;

import java.util.List;
import java.util.Map;

/// What was taken out of a database at one moment.
///
/// @param schemaVersion of the last migration: rows only fit into the same
/// @param tables in an order in which they can be filled: a row after those that it refers to
/// @param sequences the last value that each gave out
public record Snapshot(String schemaVersion, List<Rows> tables, Map<String, Long> sequences) {

  /// @param table with its schema, as in `public.job`
  /// @param sha256 of the rows in PostgreSQL's text format
  public record Rows(String table, List<String> columns, long rows, String sha256) {
    public Rows {
      columns = List.copyOf(columns);
    }

    /// The name of the file that holds them.
    public String file() {
      return "database/" + table + ".copy";
    }
  }

  public Snapshot {
    tables = List.copyOf(tables);
    sequences = Map.copyOf(sequences);
  }

  public long rows() {
    return tables.stream().mapToLong(Rows::rows).sum();
  }
}

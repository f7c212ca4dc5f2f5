package bessemer.cli;

import java.util.ArrayList;
import java.util.List;

/// Columns as wide as their widest cell, two spaces apart; columns of numbers to the right.
final class Table {
  private final List<String[]> rows = new ArrayList<>();

  Table row(Object... cells) {
    String[] row = new String[cells.length];
    for (int i = 0; i < cells.length; i++) {
      row[i] = String.valueOf(cells[i]);
    }
    rows.add(row);
    return this;
  }

  @Override
  public String toString() {
    int columns = rows.stream().mapToInt(row -> row.length).max().orElse(0);
    int[] widths = new int[columns];
    for (String[] row : rows) {
      for (int i = 0; i < row.length; i++) {
        widths[i] = Math.max(widths[i], row[i].length());
      }
    }
    boolean[] numbers = new boolean[columns];
    for (int i = 0; i < columns; i++) {
      numbers[i] = isOfNumbers(i);
    }
    var text = new StringBuilder();
    for (String[] row : rows) {
      var line = new StringBuilder();
      for (int i = 0; i < row.length; i++) {
        String space = " ".repeat(widths[i] - row[i].length());
        line.append(numbers[i] && isNumber(row[i]) ? space + row[i] : row[i] + space).append("  ");
      }
      text.append(line.toString().stripTrailing()).append('\n');
    }
    return text.toString();
  }

  /// All below the first row; a table without one has no columns of numbers.
  private boolean isOfNumbers(int column) {
    boolean some = false;
    for (String[] row : rows.subList(Math.min(1, rows.size()), rows.size())) {
      String cell = column < row.length ? row[column] : "";
      if (!cell.isEmpty() && !isNumber(cell)) {
        return false;
      }
      some |= !cell.isEmpty();
    }
    return some;
  }

  private static boolean isNumber(String cell) {
    return !cell.isEmpty() && cell.matches("[-+]?[\\d.,]+(e[-+]?\\d+)?( ?(B|KB|MB|GB|ms|s|%|x))?");
  }
}

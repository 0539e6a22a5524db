package headscope.page;

import headscope.failure.Section;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.IntStream;
import tech.tablesaw.api.ColumnType;
import tech.tablesaw.api.NumericColumn;
import tech.tablesaw.api.StringColumn;
import tech.tablesaw.api.Table;
import tech.tablesaw.columns.Column;
import tech.tablesaw.io.csv.CsvReadOptions;

/** Reads tables of results, and finds numbers in them. */
final class ResultTable {
  private static final long LARGEST = 20_000_000;

  private ResultTable() {}

  /**
   * A CSV file as a table of numbers and texts.
   *
   * @throws IllegalArgumentException if it is none; the message says why
   */
  static Table read(Path file) {
    try {
      if (Files.size(file) > LARGEST) {
        throw Section.FIGURES_AND_PAGES.wrong("it has more than " + LARGEST / 1_000_000 + " MB");
      }
      if (Files.readString(file).isBlank()) {
        throw Section.FIGURES_AND_PAGES.wrong("it is empty");
      }
      Table table =
          Table.read()
              .usingOptions(
                  CsvReadOptions.builder(file.toFile())
                      .columnTypesToDetect(List.of(ColumnType.DOUBLE, ColumnType.STRING))
                      .missingValueIndicator("", "NaN")
                      .allowDuplicateColumnNames(true)
                      .maxCharsPerColumn(1_000_000)
                      .locale(Locale.ROOT)
                      .separator(',')
                      .tableName(ResultFolder.stem(file)));
      if (table.columnCount() == 0) {
        throw Section.FIGURES_AND_PAGES.wrong("it has no columns");
      }
      return table;
    } catch (IOException | RuntimeException e) {
      String why = e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
      throw Section.FIGURES_AND_PAGES.wrong(why.lines().findFirst().orElse(why), e);
    }
  }

  /**
   * One number: where a row whose first cell is one of the given texts meets a column of one of the
   * given names; the first row where no text is given. Names are separated by {@code |}.
   */
  static Optional<Double> number(Table table, String rows, String columns) {
    for (String column : columns.split("\\|")) {
      Column<?> c =
          table.columns().stream()
              .filter(x -> x.name().equalsIgnoreCase(column))
              .findFirst()
              .orElse(null);
      if (c instanceof NumericColumn<?> numbers) {
        for (int i = 0; i < table.rowCount(); i++) {
          if (!numbers.isMissing(i) && isRow(table.column(0), i, rows)) {
            return Optional.of(numbers.getDouble(i));
          }
        }
      }
    }
    return Optional.empty();
  }

  /** Whether there is such a row and such a column, though the number may be missing. */
  static boolean has(Table table, String rows, String columns) {
    boolean column =
        table.columnNames().stream()
            .anyMatch(n -> Arrays.stream(columns.split("\\|")).anyMatch(n::equalsIgnoreCase));
    return column
        && IntStream.range(0, table.rowCount()).anyMatch(i -> isRow(table.column(0), i, rows));
  }

  private static boolean isRow(Column<?> first, int row, String names) {
    if (names.isEmpty()) {
      return true;
    }
    for (String name : names.split("\\|")) {
      if (first instanceof StringColumn texts
          ? texts.get(row).equalsIgnoreCase(name)
          : first instanceof NumericColumn<?> numbers
              && name.matches("\\d{1,9}")
              && numbers.getDouble(row) == Integer.parseInt(name)) {
        return true;
      }
    }
    return false;
  }
}

package headscope.figure;

import headscope.failure.Section;
import java.util.stream.IntStream;
import tech.tablesaw.api.BooleanColumn;
import tech.tablesaw.api.NumericColumn;
import tech.tablesaw.api.Table;
import tech.tablesaw.columns.Column;

/** Reads columns of a table by name, with an error that names what there is. */
final class Columns {
  private Columns() {}

  static boolean has(Table table, String name) {
    return table.columnNames().stream().anyMatch(name::equalsIgnoreCase);
  }

  /** The numbers of a column, NaN where one is missing; true and false are 1 and 0. */
  static double[] numbers(Table table, String name) {
    Column<?> column = column(table, name);
    if (column instanceof BooleanColumn) {
      BooleanColumn flags = (BooleanColumn) column;
      return IntStream.range(0, flags.size())
          .mapToDouble(i -> flags.isMissing(i) ? Double.NaN : flags.getByte(i))
          .toArray();
    }
    if (!(column instanceof NumericColumn)) {
      throw Section.FIGURES_AND_PAGES.wrong(
          "column \"" + name + "\" must hold numbers, it is of type " + column.type().name());
    }
    NumericColumn<?> numbers = (NumericColumn<?>) column;
    return IntStream.range(0, numbers.size())
        .mapToDouble(i -> numbers.isMissing(i) ? Double.NaN : numbers.getDouble(i))
        .toArray();
  }

  static String[] texts(Table table, String name) {
    Column<?> column = column(table, name);
    return IntStream.range(0, column.size())
        .mapToObj(i -> column.isMissing(i) ? "" : String.valueOf(column.get(i)))
        .toArray(String[]::new);
  }

  private static Column<?> column(Table table, String name) {
    if (!has(table, name)) {
      throw Section.FIGURES_AND_PAGES.wrong(
          "the table has no column \""
              + name
              + "\"; its columns are "
              + String.join(", ", table.columnNames()));
    }
    return table.column(name);
  }
}

package headscope.page;

import headscope.claim.Claim;
import headscope.claim.Verdicts;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import tech.tablesaw.api.DoubleColumn;
import tech.tablesaw.api.IntColumn;
import tech.tablesaw.api.NumericColumn;
import tech.tablesaw.api.StringColumn;
import tech.tablesaw.api.Table;

/**
 * The verdicts of a folder: the rows of its tables whose names begin with {@code verdicts}, as
 * {@link Verdicts#toTable} makes them. What no figure says, the report says with these.
 */
final class VerdictRows {
  private static final List<String> KEYS = List.of("claim", "model", "setting", "verdict");

  private final List<Row> rows;
  private final List<Path> files;

  private record Row(
      String claim,
      String model,
      String setting,
      double value,
      double low,
      double high,
      double rival,
      double n,
      double p,
      String verdict) {}

  private VerdictRows(Collection<Row> rows, List<Path> files) {
    this.rows = List.copyOf(rows);
    this.files = List.copyOf(files);
  }

  /** Whether a table has verdicts, by its name. */
  static boolean holds(Path file) {
    return ResultFolder.stem(file).toLowerCase(Locale.ROOT).startsWith("verdicts");
  }

  /** Of tables; a verdict that two of them have is taken from the last. Others are left out. */
  static VerdictRows of(List<Path> files) {
    Map<List<String>, Row> found = new LinkedHashMap<>();
    List<Path> read = new ArrayList<>();
    for (Path file : files) {
      Table table;
      try {
        table = ResultTable.read(file);
      } catch (IllegalArgumentException e) {
        continue; // said where the table stands
      }
      if (!table.columnNames().containsAll(KEYS)) {
        continue;
      }
      read.add(file);
      for (int i = 0; i < table.rowCount(); i++) {
        Row row =
            new Row(
                text(table, "claim", i),
                text(table, "model", i),
                text(table, "setting", i),
                number(table, "value", i),
                number(table, "low", i),
                number(table, "high", i),
                number(table, "rival", i),
                number(table, "n", i),
                number(table, "Holm's p", i),
                text(table, "verdict", i));
        found.put(List.of(row.claim, row.model, row.setting), row);
      }
    }
    return new VerdictRows(found.values(), read);
  }

  /** The tables that had verdicts. */
  List<Path> files() {
    return files;
  }

  private static String text(Table table, String column, int row) {
    return table.column(column).getString(row);
  }

  private static double number(Table table, String column, int row) {
    return table.columnNames().contains(column)
            && table.column(column) instanceof NumericColumn<?> numbers
            && !numbers.isMissing(row)
        ? numbers.getDouble(row)
        : Double.NaN;
  }

  /** One row a claim, a column a model: what was found; empty where nothing was. */
  Optional<Table> summary() {
    if (rows.isEmpty()) {
      return Optional.empty();
    }
    List<String> models = rows.stream().map(Row::model).distinct().toList();
    Table table =
        Table.create(
            "verdicts",
            StringColumn.create("claim"),
            StringColumn.create("the paper's claim"),
            StringColumn.create("rival"));
    models.forEach(model -> table.addColumns(StringColumn.create(model)));
    for (Claim claim : Claim.all()) {
      if (rows.stream().noneMatch(r -> r.claim.equals(claim.id()))) {
        continue;
      }
      table.stringColumn(0).append(claim.id());
      table.stringColumn(1).append(claim.statement());
      table.stringColumn(2).append(claim.rival());
      for (String model : models) {
        table.stringColumn(model).append(word(claim, model));
      }
    }
    return Optional.of(table);
  }

  /** The verdict over all settings, with the number where there is one setting. */
  private String word(Claim claim, String model) {
    List<Row> some =
        rows.stream().filter(r -> r.claim.equals(claim.id()) && r.model.equals(model)).toList();
    if (some.isEmpty()) {
      return "not tested";
    }
    Row last = some.get(some.size() - 1);
    return Double.isNaN(last.value)
        ? last.verdict
        : String.format(Locale.ROOT, "%s (%.3f, %s)", last.verdict, last.value, interval(last));
  }

  private static String interval(Row row) {
    return Double.isNaN(row.low)
        ? "no interval"
        : String.format(Locale.ROOT, "%.3f to %.3f", row.low, row.high);
  }

  /** The rows of some claims, all settings; empty where there are none. */
  Optional<Table> of(Collection<String> claims) {
    List<Row> some = new ArrayList<>(rows);
    some.removeIf(r -> !claims.contains(r.claim));
    if (some.isEmpty()) {
      return Optional.empty();
    }
    Table table =
        Table.create(
            "verdicts",
            StringColumn.create("claim", some.stream().map(Row::claim).toList()),
            StringColumn.create("model", some.stream().map(Row::model).toList()),
            StringColumn.create("setting", some.stream().map(Row::setting).toList()),
            DoubleColumn.create("value", some.stream().mapToDouble(Row::value).toArray()),
            StringColumn.create("95 % interval", some.stream().map(VerdictRows::interval).toList()),
            DoubleColumn.create("rival", some.stream().mapToDouble(Row::rival).toArray()));
    IntColumn n = IntColumn.create("samples");
    some.forEach(r -> n.append(r.n > 0 ? (Integer) (int) r.n : null));
    return Optional.of(
        table.addColumns(
            n,
            DoubleColumn.create("p (Holm)", some.stream().mapToDouble(Row::p).toArray()),
            StringColumn.create("verdict", some.stream().map(Row::verdict).toList())));
  }
}

package headscope.page;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.IntStream;
import tech.tablesaw.api.NumericColumn;
import tech.tablesaw.api.Table;
import tech.tablesaw.columns.Column;

/** A table as HTML and as text, with the same numbers and the same cap on rows in both. */
public final class TableText {
  private static final int ALL_UP_TO = 30;
  private static final int ELSE_FIRST = 20;
  private static final int LONGEST = 120;
  private static final String MISSING = "–";

  private final List<String> names;
  private final List<Boolean> numeric;
  private final List<List<String>> columns;
  private final int shown;
  private final int rows;

  private TableText(Table table) {
    rows = table.rowCount();
    shown = rows <= ALL_UP_TO ? rows : ELSE_FIRST;
    names = table.columnNames();
    numeric = table.columns().stream().map(c -> c instanceof NumericColumn).toList();
    columns = table.columns().stream().map(c -> cells(c, shown)).toList();
  }

  /** The first 20 rows of a table, all where they are 30 at most. */
  public static TableText of(Table table) {
    return new TableText(table);
  }

  /** An HTML element. It has no colours of its own: it follows the theme, light or dark. */
  public String html() {
    List<Map<String, Object>> heads =
        IntStream.range(0, names.size())
            .mapToObj(
                c ->
                    Map.<String, Object>of("name", oneLine(names.get(c)), "number", numeric.get(c)))
            .toList();
    List<List<String>> cells =
        IntStream.range(0, shown)
            .mapToObj(r -> columns.stream().map(column -> column.get(r)).toList())
            .toList();
    return Page.render("table.html", Map.of("columns", heads, "rows", cells, "rest", rest()));
  }

  /** Columns of text, as wide as their longest cell. */
  public String plain() {
    List<StringBuilder> lines = new ArrayList<>();
    IntStream.range(0, shown + 1).forEach(i -> lines.add(new StringBuilder()));
    for (int c = 0; c < names.size(); c++) {
      List<String> cells = new ArrayList<>();
      cells.add(oneLine(names.get(c)));
      cells.addAll(columns.get(c));
      int width = cells.stream().mapToInt(TableText::length).max().orElse(0);
      for (int i = 0; i < cells.size(); i++) {
        String gap = " ".repeat(width - length(cells.get(i)));
        String cell = numeric.get(c) ? gap + cells.get(i) : cells.get(i) + gap;
        lines.get(i).append(c == 0 ? "" : "  ").append(cell);
      }
    }
    List<String> text =
        new ArrayList<>(lines.stream().map(l -> l.toString().stripTrailing()).toList());
    text.addAll(rest());
    return String.join("\n", text);
  }

  private List<String> rest() {
    if (rows == 0) {
      return List.of("no rows");
    }
    int more = rows - shown;
    return more == 0 ? List.of() : List.of("… " + more + " more rows");
  }

  private static List<String> cells(Column<?> column, int rows) {
    if (column instanceof NumericColumn) {
      NumericColumn<?> numbers = (NumericColumn<?>) column;
      double[] values =
          IntStream.range(0, rows)
              .mapToDouble(i -> numbers.isMissing(i) ? Double.NaN : numbers.getDouble(i))
              .toArray();
      String format = format(values);
      return IntStream.range(0, rows).mapToObj(i -> number(values[i], format)).toList();
    }
    return IntStream.range(0, rows)
        .mapToObj(i -> column.isMissing(i) ? "" : cut(oneLine(column.getString(i))))
        .toList();
  }

  /** One format a column, so that its points stand below each other. */
  private static String format(double[] values) {
    double size = 0;
    boolean whole = true;
    for (double v : values) {
      if (Double.isFinite(v)) {
        size = Math.max(size, Math.abs(v));
        whole &= v == Math.rint(v);
      }
    }
    if (whole && size < 1e15) {
      return "%.0f";
    }
    if (size < 1e-3 || size >= 1e9) {
      return "%.3e";
    }
    return size < 10 ? "%.4f" : size < 1000 ? "%.2f" : "%.1f";
  }

  private static String number(double value, String format) {
    if (Double.isNaN(value)) {
      return MISSING;
    }
    if (Double.isInfinite(value)) {
      return value > 0 ? "∞" : "-∞";
    }
    String text = String.format(Locale.ROOT, format, value == 0 ? 0.0 : value);
    boolean vanished = value != 0 && text.matches("-?[0.]+"); // a p-value is never quite 0
    return vanished ? String.format(Locale.ROOT, "%.1e", value) : text;
  }

  private static String oneLine(String text) {
    return text.replace("\r\n", "⏎").replace('\n', '⏎').replace('\r', '⏎').replace('\t', '⇥');
  }

  private static String cut(String text) {
    return length(text) <= LONGEST
        ? text
        : text.substring(0, text.offsetByCodePoints(0, LONGEST - 1)) + "…";
  }

  private static int length(String text) {
    return text.codePointCount(0, text.length());
  }
}

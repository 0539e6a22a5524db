package headscope.page;

import headscope.html.Visible;
import headscope.template.Markup;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.IntStream;
import tech.tablesaw.api.BooleanColumn;
import tech.tablesaw.api.NumericColumn;
import tech.tablesaw.api.Table;
import tech.tablesaw.columns.Column;

/**
 * A table as HTML and as text, with the same numbers in both. Booleans are marks, and the space
 * that a token begins with is shown.
 */
public final class TableText {
  private static final int ALL_UP_TO = 30;
  private static final int ELSE_FIRST = 20;

  /** Rows of a table that scrolls, if it has few columns: an output must not become too large. */
  private static final int MOST_ROWS = 500;

  private static final int MOST_CELLS = 4000;

  /** Rows above which a table is worth sorting. */
  private static final int ALL_SEEN = 12;

  private static final int LONGEST = 120;
  private static final String MISSING = "–";
  private static final String YES = "✓";
  private static final String NO = "✗";

  private final List<String> names;
  private final List<String> aligned;
  private final List<List<String>> columns;
  private final int most;
  private final int rows;

  private TableText(Table table) {
    rows = table.rowCount();
    most =
        Math.max(
            few(), Math.min(rows, Math.min(MOST_ROWS, MOST_CELLS / (table.columnCount() + 1))));
    names = table.columnNames();
    aligned = table.columns().stream().map(TableText::alignment).toList();
    columns = table.columns().stream().map(c -> cells(c, most)).toList();
  }

  private static String alignment(Column<?> column) {
    return column instanceof NumericColumn
        ? "right"
        : column instanceof BooleanColumn ? "center" : "left";
  }

  private int few() {
    return rows <= ALL_UP_TO ? rows : ELSE_FIRST;
  }

  /** A table as text and HTML. */
  public static TableText of(Table table) {
    return new TableText(table);
  }

  /**
   * An HTML element: the first 20 rows, all where they are 30 at most. It has no colours of its
   * own: it follows the theme, light or dark.
   */
  public String html() {
    return element(few(), false);
  }

  /**
   * An HTML element that scrolls and holds up to 500 rows; above 12 a script of its own sorts and
   * filters them in place. Where scripts do not run it is a table that scrolls.
   */
  public String interactive() {
    return element(most, most > ALL_SEEN);
  }

  private String element(int shown, boolean script) {
    List<Map<String, Object>> heads =
        IntStream.range(0, names.size())
            .mapToObj(
                c -> Map.<String, Object>of("name", oneLine(names.get(c)), "align", aligned.get(c)))
            .toList();
    List<List<String>> cells =
        IntStream.range(0, shown)
            .mapToObj(r -> columns.stream().map(column -> column.get(r)).toList())
            .toList();
    return Page.render(
        "table.html",
        Map.of(
            "columns",
            heads,
            "rows",
            cells,
            "rest",
            rest(shown),
            "scrolls",
            shown > ALL_UP_TO,
            "script",
            new Markup(script ? Page.resource("table.js") : "")));
  }

  /** Columns of text, as wide as their longest cell. */
  public String plain() {
    int shown = few();
    List<StringBuilder> lines = new ArrayList<>();
    IntStream.range(0, shown + 1).forEach(i -> lines.add(new StringBuilder()));
    for (int c = 0; c < names.size(); c++) {
      List<String> cells = new ArrayList<>();
      cells.add(oneLine(names.get(c)));
      cells.addAll(columns.get(c).subList(0, shown));
      int width = cells.stream().mapToInt(TableText::length).max().orElse(0);
      for (int i = 0; i < cells.size(); i++) {
        String gap = " ".repeat(width - length(cells.get(i)));
        String cell = aligned.get(c).equals("right") ? gap + cells.get(i) : cells.get(i) + gap;
        lines.get(i).append(c == 0 ? "" : "  ").append(cell);
      }
    }
    List<String> text =
        new ArrayList<>(lines.stream().map(l -> l.toString().stripTrailing()).toList());
    text.addAll(rest(shown));
    return String.join("\n", text);
  }

  private List<String> rest(int shown) {
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
    if (column instanceof BooleanColumn marks) {
      return IntStream.range(0, rows)
          .mapToObj(i -> marks.isMissing(i) ? MISSING : marks.get(i) ? YES : NO)
          .toList();
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

  /** A text in a line; the space that most tokens begin with would not be seen. */
  private static String oneLine(String text) {
    String shown = text.startsWith(" ") ? "␣" + text.substring(1) : text;
    return shown.replace("\r\n", "⏎").replace('\n', '⏎').replace('\r', '⏎').replace('\t', '⇥');
  }

  private static String cut(String text) {
    return Visible.cut(text, LONGEST);
  }

  private static int length(String text) {
    return text.codePointCount(0, text.length());
  }

  @Override
  public String toString() {
    return plain();
  }
}

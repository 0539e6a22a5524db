package headscope.figure;

import java.util.List;
import tech.tablesaw.api.Table;

/**
 * The kinds of figures of the study, each from a table. All are 840 px wide, which fits a notebook;
 * title, names of axes and size are changed by the {@code with…} methods of {@link Figure}.
 */
public final class Figures {
  private Figures() {}

  /**
   * Heads over generated tokens (Figs. 1 and 5): one row per head in the order in which they appear
   * in the table, the first on top; one column per step, labelled with its token. Scores of 0 and 1
   * only get two colours, others a colour bar from 0 to 1.
   *
   * <pre>
   * Figures.headHeatmap(table)      // step, token, head, score: 0, " eat", L2-H5, 1.0 …
   * </pre>
   *
   * @param table columns {@code step} (from 0), {@code token}, {@code head} and {@code score}; a
   *     missing row or score leaves a blank cell
   * @throws IllegalArgumentException if a column is missing, a step has two tokens or a cell two
   *     scores
   */
  public static Figure headHeatmap(Table table) {
    HeadHeatmap drawing = HeadHeatmap.of(table);
    return new Figure(drawing, HeadHeatmap.STYLE, Figure.DEFAULT_WIDTH, drawing.height());
  }

  /**
   * The same with the steps of the answer marked.
   *
   * @param answer how many of the first steps are the answer's
   */
  public static Figure headHeatmap(Table table, int answer) {
    HeadHeatmap drawing = HeadHeatmap.of(table).withAnswer(answer);
    return new Figure(drawing, HeadHeatmap.STYLE, Figure.DEFAULT_WIDTH, drawing.height() + 20);
  }

  /**
   * The map of one score per head: heads to the right, layers upwards, layer 0 at the bottom.
   * Colours run from 0 to the highest score.
   *
   * @param table columns {@code head} with names such as {@code L3-H7} (or {@code layer} and {@code
   *     head} with numbers) and {@code score}; heads without a row are blank; a column {@code
   *     window} says how many positions a layer's heads see, where they do not see all
   * @throws IllegalArgumentException if a column is missing or a head has two scores
   */
  public static Figure layerHeadMap(Table table) {
    LayerHeadMap drawing = LayerHeadMap.of(table);
    return new Figure(drawing, LayerHeadMap.STYLE, Figure.DEFAULT_WIDTH, drawing.height());
  }

  /**
   * Lines over a number (Figs. 3, 4, 7 and 8), told apart by colour, marker and, on the second
   * axis, by dashes. {@link Figure#withLogAxis} makes the horizontal axis logarithmic.
   *
   * <pre>
   * Figures.lines("masked heads k", "overlap (heads)",
   *     Series.of("overlap", t, "k", "overlap").withBand(t, "low", "high"),
   *     Series.of("accuracy", t, "k", "accuracy").onSecondAxis())
   * </pre>
   *
   * @param x name of the horizontal axis, with its unit
   * @param y name of the left vertical axis, with its unit
   * @throws IllegalArgumentException if two series have one name or all are on the second axis
   */
  public static Figure lines(String x, String y, Series... series) {
    return lines(x, y, List.of(series));
  }

  /**
   * As {@link #lines(String, String, Series...)}, for a list.
   *
   * @throws IllegalArgumentException if two series have one name or all are on the second axis
   */
  public static Figure lines(String x, String y, List<Series> series) {
    LinePlot drawing = LinePlot.of(series);
    Style style = Style.of("", x, y, drawing.secondName());
    return new Figure(drawing, style, Figure.DEFAULT_WIDTH, 380);
  }

  /**
   * Values with their intervals, a row each.
   *
   * <pre>
   *   Figures.intervals(result.byCondition(), "condition", "accuracy")
   * </pre>
   *
   * @param table columns of those names; the ends of an interval in {@code low} and {@code high},
   *     or in the value's name with these behind it; what has to be passed in {@code rival}, where
   *     there is one
   * @param row what a row is: the column of its name
   * @param value the column of the values
   * @throws IllegalArgumentException if a column is missing
   */
  public static Figure intervals(Table table, String row, String value) {
    return intervals(table, row, value, "", "");
  }

  /**
   * The same with groups by colour within a row, and panels side by side.
   *
   * @param group the column of the groups; empty for none
   * @param panel the column of the panels; empty for none
   */
  public static Figure intervals(
      Table table, String row, String value, String group, String panel) {
    IntervalPlot drawing = IntervalPlot.of(table, row, value, group, panel);
    Style style = Style.of("", value, row, "");
    return new Figure(drawing, style, Figure.DEFAULT_WIDTH, drawing.height());
  }

  /**
   * Whole attention rows as bars on a square-root axis, a panel a head; the needle is marked, the
   * strongest tokens are named.
   *
   * <pre>
   *   Figures.attentionRow(AttentionRow.of(trace, 4, head).toTable())
   * </pre>
   *
   * @param table columns {@code head}, {@code position}, {@code token}, {@code span} and {@code
   *     weight} (0 to 1)
   * @throws IllegalArgumentException if a column is missing
   */
  public static Figure attentionRow(Table table) {
    AttentionBars drawing = AttentionBars.of(table);
    Style style = Style.of("", "position (tokens)", "attention weight", "");
    return new Figure(drawing, style, Figure.DEFAULT_WIDTH, drawing.height());
  }

  /**
   * A point a head, with four numbers: two are its place, one its size, one its colour; the heads
   * that stand out are named.
   *
   * <pre>
   *   Figures.headScatter(result.toTable(), "look", "write", "need", "carry")
   * </pre>
   *
   * @param table a column {@code head} and those named; a number in every row
   * @param x to the right
   * @param y upwards
   * @param size of the point
   * @param colour of the point
   * @throws IllegalArgumentException if a column or a number is missing
   */
  public static Figure headScatter(Table table, String x, String y, String size, String colour) {
    List<String> names = List.of(x, y, size, colour);
    HeadScatter drawing =
        HeadScatter.of(
            Columns.texts(table, "head"),
            names,
            names.stream().map(n -> Columns.numbers(table, n)).toArray(double[][]::new));
    return new Figure(drawing, Style.of("", x, y, colour), Figure.DEFAULT_WIDTH, 460);
  }

  /**
   * A value over context length and needle depth (Figs. 2 and 6), one panel beside the other under
   * one colour bar.
   *
   * @param table columns {@code length} (tokens), {@code depth} (per cent, 0 on top), the value's
   *     and, if there are any, {@code panel} (its name) and {@code samples}: the fewer valid
   *     samples a cell has, the paler it is; without one it is blank. {@link Figure#withCounts}
   *     writes their numbers. A panel of one value throughout is said below the others
   * @param value the column of the values; it names the colour bar
   * @throws IllegalArgumentException if a column is missing or a cell has two values
   */
  public static Figure lengthDepthGrid(Table table, String value) {
    LengthDepthGrid drawing = LengthDepthGrid.of(table, value);
    return new Figure(
        drawing, LengthDepthGrid.style(value), Figure.DEFAULT_WIDTH, drawing.height());
  }
}

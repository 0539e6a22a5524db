package headscope.html;

import headscope.failure.Section;
import headscope.template.Markup;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.DoubleFunction;
import java.util.stream.IntStream;

/**
 * A small heat map without script or picture: a cell is a tint, its number is told when it is
 * pointed at. Immutable.
 *
 * @param rows names of the rows, from the top
 * @param columns names of the columns, as hints
 * @param ticks what stands under the columns: a text per column, most of them empty
 * @param values [rows, columns]: from 0, no tint, to 1; NaN where there is none
 * @param hints what a cell tells: [rows, columns]
 */
public record HeatGrid(
    List<String> rows,
    List<String> columns,
    List<String> ticks,
    double[][] values,
    List<List<String>> hints) {

  /** Columns from one written tick to the next. */
  private static final int TICK = 5;

  /** As many columns fit beside a file browser with cells of this size; more get narrower ones. */
  private static final int WIDE = 40;

  public HeatGrid {
    rows = List.copyOf(rows);
    columns = List.copyOf(columns);
    ticks = List.copyOf(ticks);
    hints = hints.stream().map(List::copyOf).toList();
    boolean agree =
        values.length == rows.size()
            && hints.size() == rows.size()
            && ticks.size() == columns.size();
    for (int r = 0; agree && r < values.length; r++) {
      agree = values[r].length == columns.size() && hints.get(r).size() == columns.size();
    }
    if (!agree) {
      throw Section.FIGURES_AND_PAGES.wrong(
          "a heat map has a value and a hint for each of its "
              + rows.size()
              + " rows and "
              + columns.size()
              + " columns");
    }
  }

  /**
   * A map of heads, layer 0 at the bottom as in the figures.
   *
   * @param layers the model's layers
   * @param headsPerLayer its query heads a layer
   * @param scores [layers * heads], layer by layer, from 0 to 1; NaN where there is none
   * @param text how a score is written
   */
  public static HeatGrid ofHeads(
      int layers, int headsPerLayer, double[] scores, DoubleFunction<String> text) {
    if (scores.length != layers * headsPerLayer) {
      throw Section.FIGURES_AND_PAGES.wrong(
          "a map of "
              + layers
              + " layers of "
              + headsPerLayer
              + " heads has "
              + layers * headsPerLayer
              + " scores, got "
              + scores.length);
    }
    double[][] values = new double[layers][headsPerLayer];
    List<List<String>> hints = new ArrayList<>();
    List<String> rows = new ArrayList<>();
    for (int row = 0; row < layers; row++) {
      int layer = layers - 1 - row;
      rows.add("L" + layer);
      List<String> line = new ArrayList<>();
      for (int head = 0; head < headsPerLayer; head++) {
        values[row][head] = scores[layer * headsPerLayer + head];
        line.add("L" + layer + "-H" + head + "  " + text.apply(values[row][head]));
      }
      hints.add(line);
    }
    List<String> heads = IntStream.range(0, headsPerLayer).mapToObj(h -> "H" + h).toList();
    return new HeatGrid(rows, heads, ticks(headsPerLayer), values, hints);
  }

  /**
   * Rows over tokens; under the columns stand the places of the tokens.
   *
   * @param rows names of the rows, from the top
   * @param tokens a text per column
   * @param values [rows, tokens], from 0 to 1
   * @param text how a value is written
   */
  public static HeatGrid ofTokens(
      List<String> rows, List<String> tokens, double[][] values, DoubleFunction<String> text) {
    List<List<String>> hints = new ArrayList<>();
    for (int r = 0; r < values.length; r++) {
      List<String> line = new ArrayList<>();
      for (int c = 0; c < values[r].length; c++) {
        line.add(
            rows.get(r)
                + " at step "
                + c
                + ", "
                + Visible.token(tokens.get(c))
                + "  "
                + text.apply(values[r][c]));
      }
      hints.add(line);
    }
    return new HeatGrid(rows, tokens, ticks(tokens.size()), values, hints);
  }

  private static List<String> ticks(int n) {
    return IntStream.range(0, n).mapToObj(i -> i % TICK == 0 ? "" + i : "").toList();
  }

  /** The map as an element. */
  public Markup html() {
    List<Map<String, Object>> lines = new ArrayList<>();
    for (int r = 0; r < rows.size(); r++) {
      List<Map<String, Object>> cells = new ArrayList<>();
      for (int c = 0; c < columns.size(); c++) {
        boolean none = Double.isNaN(values[r][c]);
        cells.add(
            Map.of("hint", hints.get(r).get(c), "tint", none ? "" : Tint.SCORE.full(values[r][c])));
      }
      lines.add(Map.of("name", rows.get(r), "cells", cells));
    }
    Map<String, Object> variables = new HashMap<>();
    variables.put("lines", lines);
    variables.put("ticks", ticks.stream().allMatch(String::isEmpty) ? List.of() : spread());
    variables.put("width", columns.size() <= WIDE ? 14 : 8);
    return new Markup(Templates.render(HeatGrid.class, "grid.html", variables));
  }

  /** Ticks with the columns that each spans, for a tick is wider than a cell. */
  private List<Map<String, Object>> spread() {
    List<Map<String, Object>> spread = new ArrayList<>();
    int at = 0;
    while (at < ticks.size()) {
      int to = at + 1;
      while (to < ticks.size() && ticks.get(to).isEmpty()) {
        to++;
      }
      spread.add(Map.of("text", ticks.get(at), "columns", to - at));
      at = to;
    }
    return Collections.unmodifiableList(spread);
  }
}

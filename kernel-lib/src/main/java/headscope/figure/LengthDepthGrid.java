package headscope.figure;

import headscope.failure.Section;
import headscope.html.Visible;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.DoubleStream;
import org.jfree.chart.JFreeChart;
import org.jfree.chart.axis.AxisLocation;
import org.jfree.chart.axis.NumberAxis;
import org.jfree.chart.axis.SymbolAxis;
import org.jfree.chart.plot.CombinedRangeXYPlot;
import org.jfree.chart.plot.XYPlot;
import org.jfree.chart.ui.RectangleInsets;
import tech.tablesaw.api.Table;

/** A value over context length and needle depth, panels side by side, as in Figs. 2 and 6. */
final class LengthDepthGrid implements Drawing {
  private static final double GAP = 14;
  private static final double FAINTEST = 0.2;

  private final List<String> panels;
  private final List<Cells> grids;
  private final double fewest;
  private final double most;
  private final List<String> constant; // "dynamic: 0", of panels that are one value throughout

  private LengthDepthGrid(
      List<String> panels, List<Cells> grids, double fewest, double most, List<String> constant) {
    this.panels = panels;
    this.grids = grids;
    this.fewest = fewest;
    this.most = most;
    this.constant = constant;
  }

  static Style style(String value) {
    return Style.of(
        Words.sentence(value) + " over context length and needle depth",
        "context length (tokens)",
        "needle depth (%)",
        value);
  }

  static LengthDepthGrid of(Table table, String valueColumn) {
    double[] length = Columns.numbers(table, "length");
    double[] depth = Columns.numbers(table, "depth");
    double[] value = Columns.numbers(table, valueColumn);
    String[] panel = new String[value.length];
    Arrays.fill(panel, "");
    if (Columns.has(table, "panel")) {
      panel = Columns.texts(table, "panel");
    }
    double[] samples = new double[value.length];
    Arrays.fill(samples, 1);
    if (Columns.has(table, "samples")) {
      samples = Columns.numbers(table, "samples");
    }

    Map<Double, Integer> columnOf = places("length", length);
    Map<Double, Integer> rowOf = places("depth", depth);
    List<String> columns = columnOf.keySet().stream().map(Numbers::text).toList();
    List<String> rows = rowOf.keySet().stream().map(Numbers::text).toList();
    List<String> panels = new ArrayList<>(new LinkedHashSet<>(Arrays.asList(panel)));
    List<Cells> grids = new ArrayList<>();
    panels.forEach(p -> grids.add(Cells.empty(rows, columns)));
    double most = 0;
    double fewest = Double.POSITIVE_INFINITY;
    for (double n : samples) {
      if (n < 0) {
        throw Section.FIGURES_AND_PAGES.wrong("column \"samples\" counts from 0, got " + n);
      }
      most = Math.max(most, n);
      fewest = n > 0 ? Math.min(fewest, n) : fewest;
    }
    for (int i = 0; i < value.length; i++) {
      // Without a valid sample there is no value, whatever the table says.
      if (samples[i] > 0) {
        Cells grid = grids.get(panels.indexOf(panel[i]));
        int row = rowOf.get(depth[i]);
        int column = columnOf.get(length[i]);
        grid.put(row, column, value[i]);
        grid.opacity()[row][column] = FAINTEST + (1 - FAINTEST) * samples[i] / most;
        grid.samples()[row][column] = (int) samples[i];
      }
    }
    return withoutConstants(
        panels.stream().map(Visible::line).toList(), List.copyOf(grids), fewest, most);
  }

  /**
   * A panel of one value tells no more than the value: it is said below the others, as long as
   * another one is left to be drawn.
   */
  private static LengthDepthGrid withoutConstants(
      List<String> panels, List<Cells> grids, double fewest, double most) {
    List<String> kept = new ArrayList<>();
    List<Cells> drawn = new ArrayList<>();
    List<String> constant = new ArrayList<>();
    for (int i = 0; i < grids.size(); i++) {
      Cells grid = grids.get(i);
      if (grids.size() > 1 && grid.count() > 1 && grid.min() == grid.max()) {
        constant.add(panels.get(i) + ": " + Numbers.text(grid.min()));
      } else {
        kept.add(panels.get(i));
        drawn.add(grid);
      }
    }
    return drawn.isEmpty()
        ? new LengthDepthGrid(panels, grids, fewest, most, List.of())
        : new LengthDepthGrid(kept, drawn, fewest, most, constant);
  }

  private static Map<Double, Integer> places(String column, double[] values) {
    TreeMap<Double, Integer> places = new TreeMap<>();
    for (double v : values) {
      if (!Double.isFinite(v)) {
        throw Section.FIGURES_AND_PAGES.wrong(
            "column \"" + column + "\" has a row without a number");
      }
      places.put(v, 0);
    }
    int i = 0;
    for (Map.Entry<Double, Integer> place : places.entrySet()) {
      place.setValue(i++);
    }
    return places;
  }

  int height() {
    int rows = grids.isEmpty() ? 3 : Math.max(3, grids.get(0).rows().size());
    return Math.min(900, 180 + rows * (rows > 16 ? 16 : 24));
  }

  @Override
  public JFreeChart chart(Style style, int width, int height) {
    Viridis scale =
        Double.isNaN(style.low())
            ? Viridis.of(min(), max())
            : Viridis.between(style.low(), style.high());
    List<String> rows = grids.isEmpty() ? List.of() : grids.get(0).rows();
    List<String> columns = grids.isEmpty() ? List.of() : grids.get(0).columns();
    double line = Look.TICKS + 2;
    double longest = Look.width(columns);
    double room = (width - 160.0) / Math.max(1, grids.size()) - GAP;
    boolean upright = (longest + 8) * columns.size() > room;
    double above = panels.stream().allMatch(String::isEmpty) ? 0 : Look.NAME;
    double below = (upright ? longest : line + 6) + Look.NAME;

    SymbolAxis y = Look.names(style.y(), rows, Math.max(line, height - below - 100), line);
    y.setInverted(true);
    CombinedRangeXYPlot all = new CombinedRangeXYPlot(y);
    all.setGap(GAP);
    all.setInsets(RectangleInsets.ZERO_INSETS);
    all.setOutlinePaint(null);
    for (int i = 0; i < grids.size(); i++) {
      boolean named = grids.size() <= 3 || i == grids.size() / 2;
      SymbolAxis x =
          Look.names(named ? style.x() : "", columns, room, upright ? line : longest + 8);
      x.setVerticalTickLabels(upright);
      boolean counts = style.counts() && fewest < most;
      XYPlot panel = panel(grids.get(i), panels.get(i), scale, x, counts);
      Look.fixRoom(panel, above, below);
      all.add(panel);
    }
    JFreeChart chart = Look.card(style, all);
    if (!constant.isEmpty()) {
      chart.addSubtitle(Look.note("The same in every cell, " + String.join("; ", constant)));
    }
    if (style.counts() && fewest == most) {
      chart.addSubtitle(Look.note("n = " + Numbers.text(most) + " in every cell"));
    }
    if (fewest < most) {
      chart.addSubtitle(
          Look.note(
              "The paler a cell, the fewer its samples ("
                  + Numbers.text(fewest)
                  + " to "
                  + Numbers.text(most)
                  + "); blank: none"));
    }
    if (count() > 0) {
      chart.addSubtitle(Look.bar(scale, style.value(), above, below));
    }
    return chart;
  }

  private static XYPlot panel(
      Cells grid, String name, Viridis scale, SymbolAxis x, boolean counts) {
    XYPlot plot = new XYPlot();
    Look.frame(plot);
    plot.setDataset(CellRenderer.dataset(grid));
    plot.setRenderer(new CellRenderer(grid, scale, counts));
    plot.setDomainAxis(0, x);
    if (!name.isEmpty()) {
      NumberAxis top = Look.numbers(name);
      top.setTickLabelsVisible(false);
      top.setTickMarksVisible(false);
      plot.setDomainAxis(1, top);
      plot.setDomainAxisLocation(1, AxisLocation.TOP_OR_LEFT);
    }
    return plot;
  }

  @Override
  public String describe(Style style) {
    StringBuilder out = new StringBuilder("Grid of ").append(style.value()).append(": ");
    out.append(style.x()).append(" to the right, ").append(style.y()).append(" downwards");
    if (count() == 0) {
      return out.append("; ").append(Look.NOTHING).append('.').toString();
    }
    Cells first = grids.get(0);
    out.append(". Columns ").append(Words.some(first.columns()));
    out.append("; rows ").append(Words.some(first.rows())).append('.');
    for (int i = 0; i < grids.size(); i++) {
      Cells grid = grids.get(i);
      out.append(' ').append(panels.get(i).isEmpty() ? "" : panels.get(i) + ": ");
      if (grid.count() == 0) {
        out.append(Look.NOTHING).append('.');
        continue;
      }
      int[] low = grid.find(grid.min());
      int[] high = grid.find(grid.max());
      out.append("mean ").append(Numbers.text(grid.present().average().orElse(Double.NaN)));
      out.append(", lowest ").append(Numbers.text(grid.min())).append(place(grid, low));
      out.append(", highest ").append(Numbers.text(grid.max())).append(place(grid, high));
      long blank = (long) grid.rows().size() * grid.columns().size() - grid.count();
      out.append(blank > 0 ? ", " + Words.cells(blank) + " blank." : ".");
    }
    if (!constant.isEmpty()) {
      out.append(" The same in every cell, ").append(String.join("; ", constant)).append('.');
    }
    if (fewest < most) {
      out.append(" Paler cells have fewer samples (").append(Numbers.text(fewest));
      out.append(" to ").append(Numbers.text(most)).append(").");
    }
    return out.toString();
  }

  private static String place(Cells grid, int[] cell) {
    return " at " + grid.columns().get(cell[1]) + " / " + grid.rows().get(cell[0]);
  }

  private long count() {
    return grids.stream().mapToLong(Cells::count).sum();
  }

  private double min() {
    return present().min().orElse(Double.NaN);
  }

  private double max() {
    return present().max().orElse(Double.NaN);
  }

  private DoubleStream present() {
    return grids.stream().flatMapToDouble(Cells::present);
  }
}

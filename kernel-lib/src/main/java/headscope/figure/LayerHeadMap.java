package headscope.figure;

import headscope.failure.Section;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.jfree.chart.JFreeChart;
import org.jfree.chart.plot.XYPlot;
import tech.tablesaw.api.Table;

/** One value a head: heads to the right, layers upwards as the residual stream runs. */
final class LayerHeadMap implements Drawing {
  static final Style STYLE = Style.of("Score of each head", "head", "layer", "mean score");

  private static final Pattern NAME = Pattern.compile("\\s*L(\\d{1,6})-H(\\d{1,6})\\s*");

  private final Cells cells;

  /** What the layers that have a window are called with it. */
  private final List<String> windowed;

  private LayerHeadMap(Cells cells) {
    this.cells = cells;
    this.windowed = cells.rows().stream().filter(r -> r.contains(":")).toList();
  }

  static LayerHeadMap of(Table table) {
    double[] score = Columns.numbers(table, "score");
    int[] layer;
    int[] head;
    if (Columns.has(table, "layer")) {
      layer = counts("layer", Columns.numbers(table, "layer"));
      head = counts("head", Columns.numbers(table, "head"));
    } else {
      String[] names = Columns.texts(table, "head");
      layer = new int[names.length];
      head = new int[names.length];
      for (int i = 0; i < names.length; i++) {
        Matcher m = NAME.matcher(names[i]);
        if (!m.matches()) {
          throw Section.FIGURES_AND_PAGES.wrong(
              "column \"head\" holds names such as L3-H7 (or numbers, beside a column \"layer\"),"
                  + " got \""
                  + names[i]
                  + "\"");
        }
        layer[i] = Integer.parseInt(m.group(1));
        head[i] = Integer.parseInt(m.group(2));
      }
    }
    int layers = IntStream.of(layer).max().orElse(-1) + 1;
    int heads = IntStream.of(head).max().orElse(-1) + 1;
    double[] window = new double[layers];
    if (Columns.has(table, "window")) {
      double[] windows = Columns.numbers(table, "window");
      IntStream.range(0, layer.length).forEach(i -> window[layer[i]] = windows[i]);
    }
    Cells cells =
        Cells.empty(
            IntStream.range(0, layers).mapToObj(l -> named(l, window[l])).toList(),
            IntStream.range(0, heads).mapToObj(Integer::toString).toList());
    for (int i = 0; i < score.length; i++) {
      cells.put(layer[i], head[i], score[i]);
    }
    return new LayerHeadMap(cells);
  }

  /** A layer, and the window that its heads see, where they do not see everything. */
  private static String named(int layer, double window) {
    return window > 0 ? String.format(Locale.ROOT, "%d: %,.0f", layer, window) : "" + layer;
  }

  private static int[] counts(String column, double[] values) {
    return IntStream.range(0, values.length)
        .map(
            i -> {
              if (!(values[i] >= 0 && values[i] < 1_000_000 && values[i] == (int) values[i])) {
                throw Section.FIGURES_AND_PAGES.wrong(
                    "column \"" + column + "\" counts from 0, got " + values[i] + " in row " + i);
              }
              return (int) values[i];
            })
        .toArray();
  }

  int height() {
    int rows = Math.max(3, cells.rows().size());
    double row = rows > 24 ? 14 : rows > 12 ? 20 : 30;
    return (int) Math.min(900, 120 + rows * row);
  }

  @Override
  public JFreeChart chart(Style style, int width, int height) {
    Viridis scale = scale(style);
    XYPlot plot = new XYPlot();
    Look.frame(plot);
    plot.setDataset(CellRenderer.dataset(cells));
    plot.setRenderer(new CellRenderer(cells, scale));
    double below = Look.TICKS + 8 + Look.NAME;
    double line = Look.TICKS + 2;
    double column = Look.width(cells.columns()) + 6;
    plot.setDomainAxis(Look.names(style.x(), cells.columns(), width - 160, column));
    plot.setRangeAxis(
        Look.names(
            windowed.isEmpty() ? style.y() : style.y() + ": window",
            cells.rows(),
            Math.max(line, height - 110),
            line));
    Look.fixRoom(plot, 0, below);
    JFreeChart chart = Look.card(style, plot);
    if (cells.count() > 0) {
      chart.addSubtitle(Look.bar(scale, style.value(), 0, below));
    }
    return chart;
  }

  @Override
  public String describe(Style style) {
    StringBuilder out = new StringBuilder("Map of heads: ");
    out.append(cells.rows().size()).append(" layers (").append(style.y()).append(", upwards) by ");
    out.append(cells.columns().size()).append(" heads (").append(style.x());
    out.append(", to the right), colour is ").append(style.value());
    if (cells.count() == 0) {
      return out.append("; ").append(Look.NOTHING).append('.').toString();
    }
    int[] top = cells.find(cells.max());
    out.append(". Values from ").append(Numbers.text(cells.min())).append(" to ");
    out.append(Numbers.text(cells.max())).append(", the highest at L").append(top[0]);
    out.append("-H").append(top[1]);
    if (!windowed.isEmpty()) {
      out.append("; layers with a window, and its size: ").append(String.join("; ", windowed));
    }
    long blank = (long) cells.rows().size() * cells.columns().size() - cells.count();
    if (blank > 0) {
      out.append("; ").append(Words.cells(blank)).append(" blank");
    }
    return out.append('.').toString();
  }

  private Viridis scale(Style style) {
    if (!Double.isNaN(style.low())) {
      return Viridis.between(style.low(), style.high());
    }
    double min = cells.min();
    double max = cells.max();
    // Static scores are small: from 0 to the highest shows more than 0 to 1.
    return min >= 0 && max > 0 ? Viridis.between(0, max) : Viridis.of(min, max);
  }
}

package headscope.figure;

import headscope.failure.Section;
import headscope.html.Visible;
import java.awt.BasicStroke;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.TreeMap;
import org.jfree.chart.JFreeChart;
import org.jfree.chart.axis.AxisLocation;
import org.jfree.chart.axis.SymbolAxis;
import org.jfree.chart.plot.ValueMarker;
import org.jfree.chart.plot.XYPlot;
import tech.tablesaw.api.Table;

/** Heads over steps, as in Figs. 1 and 5. */
final class HeadHeatmap implements Drawing {
  static final Style STYLE =
      Style.of("Score of each head at each generated token", "generated token", "head", "score");

  private static final int LONGEST_TOKEN = 12;
  private static final double LETTER = 7.2;

  private final Cells cells;
  private final List<Integer> steps;
  private final List<String> tokens;
  private final OptionalInt answer; // steps of the answer, where it is marked

  private HeadHeatmap(Cells cells, List<Integer> steps, List<String> tokens, OptionalInt answer) {
    this.cells = cells;
    this.steps = steps;
    this.tokens = tokens;
    this.answer = answer;
  }

  /** The same with its first steps marked as the answer. */
  HeadHeatmap withAnswer(int first) {
    if (first < 0) {
      throw Section.FIGURES_AND_PAGES.wrong("an answer has 0 steps or more, got " + first);
    }
    return new HeadHeatmap(cells, steps, tokens, OptionalInt.of(first));
  }

  static HeadHeatmap of(Table table) {
    double[] step = Columns.numbers(table, "step");
    String[] token = Columns.texts(table, "token");
    String[] head = Columns.texts(table, "head");
    double[] score = Columns.numbers(table, "score");

    TreeMap<Integer, String> tokenOf = new TreeMap<>();
    Map<String, Integer> rowOf = new LinkedHashMap<>();
    for (int i = 0; i < step.length; i++) {
      int s = (int) step[i];
      if (s != step[i] || s < 0) {
        throw Section.FIGURES_AND_PAGES.wrong(
            "column \"step\" counts generated tokens from 0, got " + step[i] + " in row " + i);
      }
      String before = tokenOf.putIfAbsent(s, token[i]);
      if (before != null && !before.equals(token[i])) {
        throw Section.FIGURES_AND_PAGES.wrong(
            "step " + s + " has two tokens, \"" + before + "\" and \"" + token[i] + "\"");
      }
      rowOf.putIfAbsent(head[i], rowOf.size());
    }
    List<Integer> steps = List.copyOf(tokenOf.keySet());
    List<String> tokens = List.copyOf(tokenOf.values());
    Map<Integer, Integer> columnOf = new LinkedHashMap<>();
    steps.forEach(s -> columnOf.put(s, columnOf.size()));
    List<String> rows = rowOf.keySet().stream().map(Visible::line).toList();
    List<String> labels =
        tokens.stream().map(t -> Visible.cut(Visible.token(t), LONGEST_TOKEN)).toList();
    Cells cells = Cells.empty(rows, labels);
    for (int i = 0; i < step.length; i++) {
      cells.put(rowOf.get(head[i]), columnOf.get((int) step[i]), score[i]);
    }
    return new HeadHeatmap(cells, steps, tokens, OptionalInt.empty());
  }

  int height() {
    int rows = Math.max(3, cells.rows().size());
    double row = rows > 40 ? 12 : rows > 16 ? 18 : 24;
    return (int) Math.min(900, 100 + rows * row + labelLength());
  }

  @Override
  public JFreeChart chart(Style style, int width, int height) {
    Viridis scale = scale(style);
    XYPlot plot = new XYPlot();
    Look.frame(plot);
    plot.setDataset(CellRenderer.dataset(cells));
    plot.setRenderer(new CellRenderer(cells, scale));
    double below = Look.width(cells.columns()) + Look.NAME;
    double line = Look.TICKS + 2;
    SymbolAxis x = Look.names(style.x(), cells.columns(), width - 170, line);
    x.setVerticalTickLabels(true);
    SymbolAxis y = Look.names(style.y(), cells.rows(), Math.max(line, height - below - 60), line);
    y.setInverted(true);
    plot.setDomainAxis(x);
    plot.setRangeAxis(y);
    double above = answer.isPresent() ? Look.TICKS + 8 : 0;
    Look.fixRoom(plot, above, below);
    answer.ifPresent(n -> mark(plot, n));
    JFreeChart chart = Look.card(style, plot);
    int every = (int) x.getTickUnit().getSize();
    if (every > 1) {
      chart.addSubtitle(
          Look.note(
              "One token in " + every + " is named, from the first; the others are unnamed."));
    }
    if (cells.count() > 0) {
      chart.addSubtitle(Look.bar(scale, style.value(), above, below));
    }
    return chart;
  }

  /** A line behind the answer, and above its steps what they are. */
  private void mark(XYPlot plot, int n) {
    int columns = (int) steps.stream().filter(s -> s < n).count();
    if (columns == 0) {
      return;
    }
    plot.setDomainAxis(1, new SpanAxis("answer", columns, steps.size()));
    plot.setDomainAxisLocation(1, AxisLocation.TOP_OR_LEFT);
    if (columns < steps.size()) {
      plot.addDomainMarker(new ValueMarker(columns - .5, SpanAxis.COLOUR, new BasicStroke(2f)));
    }
  }

  @Override
  public String describe(Style style) {
    StringBuilder out = new StringBuilder();
    out.append("Heatmap: ").append(cells.rows().size()).append(" rows (").append(style.y());
    out.append(", from the top) by ").append(steps.size()).append(" columns (").append(style.x());
    out.append("), colour is ").append(style.value());
    if (cells.count() == 0) {
      return out.append("; ").append(Look.NOTHING).append('.').toString();
    }
    out.append(". Rows ").append(Words.some(cells.rows())).append("; columns are steps ");
    out.append(steps.get(0)).append(" to ").append(steps.get(steps.size() - 1)).append(". ");
    int[] top = cells.find(cells.max());
    out.append("Values from ").append(Numbers.text(cells.min())).append(" to ");
    out.append(Numbers.text(cells.max())).append("; the highest first at ");
    out.append(cells.rows().get(top[0])).append(", step ").append(steps.get(top[1]));
    out.append(" (").append(Visible.cut(Visible.token(tokens.get(top[1])), 40)).append(")");
    if (isBinary()) {
      long ones = cells.present().filter(v -> v == 1).count();
      out.append("; ").append(ones).append(" of ").append(cells.count()).append(" cells are 1");
    }
    long blank = (long) cells.rows().size() * steps.size() - cells.count();
    if (blank > 0) {
      out.append("; ").append(Words.cells(blank)).append(" blank");
    }
    answer.ifPresent(n -> out.append("; the answer is the first ").append(n).append(" steps"));
    return out.append('.').toString();
  }

  private Viridis scale(Style style) {
    if (!Double.isNaN(style.low())) {
      return Viridis.between(style.low(), style.high());
    }
    if (isBinary()) {
      return Viridis.binary();
    }
    return Viridis.of(cells.min(), cells.max());
  }

  private boolean isBinary() {
    return cells.count() > 0 && cells.present().allMatch(v -> v == 0 || v == 1);
  }

  /** Px that the longest token needs when it stands upright. */
  private double labelLength() {
    return LETTER * cells.columns().stream().mapToInt(String::length).max().orElse(1);
  }
}

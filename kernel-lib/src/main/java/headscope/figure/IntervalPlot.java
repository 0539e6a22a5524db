package headscope.figure;

import headscope.failure.Section;
import headscope.html.Visible;
import java.awt.BasicStroke;
import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.Shape;
import java.awt.geom.Line2D;
import java.awt.geom.Rectangle2D;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.stream.DoubleStream;
import org.jfree.chart.JFreeChart;
import org.jfree.chart.LegendItem;
import org.jfree.chart.LegendItemCollection;
import org.jfree.chart.axis.AxisLocation;
import org.jfree.chart.axis.NumberAxis;
import org.jfree.chart.axis.SymbolAxis;
import org.jfree.chart.axis.ValueAxis;
import org.jfree.chart.plot.CombinedRangeXYPlot;
import org.jfree.chart.plot.CrosshairState;
import org.jfree.chart.plot.PlotRenderingInfo;
import org.jfree.chart.plot.XYPlot;
import org.jfree.chart.renderer.xy.AbstractXYItemRenderer;
import org.jfree.chart.renderer.xy.XYItemRendererState;
import org.jfree.chart.title.LegendTitle;
import org.jfree.chart.ui.RectangleEdge;
import org.jfree.chart.ui.RectangleInsets;
import org.jfree.data.xy.DefaultXYDataset;
import org.jfree.data.xy.XYDataset;
import tech.tablesaw.api.Table;

/**
 * Values with their intervals, a row each; groups by colour within a row, a panel a statistic. What
 * a value has to pass, its rival, is an upright stroke.
 */
final class IntervalPlot implements Drawing {
  private static final double GAP = 18;
  private static final double MARGIN = .06;
  private static final Color RIVAL = new Color(0x555555);
  private static final Shape STROKE = new Rectangle2D.Double(-1, -6, 2, 12);

  private final List<String> rows;
  private final List<String> groups;
  private final List<String> panels;
  private final List<Item> items;

  /**
   * A value.
   *
   * @param row its place downwards
   * @param group its colour
   * @param panel its place to the right
   */
  private record Item(
      int row, int group, int panel, double value, double low, double high, double rival) {}

  private IntervalPlot(
      List<String> rows, List<String> groups, List<String> panels, List<Item> items) {
    this.rows = rows;
    this.groups = groups;
    this.panels = panels;
    this.items = items;
  }

  static IntervalPlot of(Table table, String row, String value, String group, String panel) {
    String[] rowOf = Columns.texts(table, row);
    String[] groupOf = texts(table, group);
    String[] panelOf = texts(table, panel);
    double[] values = Columns.numbers(table, value);
    String own = value + " low";
    boolean named = Columns.has(table, own);
    double[] low = Columns.numbers(table, named ? own : "low");
    double[] high = Columns.numbers(table, named ? value + " high" : "high");
    double[] rival = new double[values.length];
    Arrays.fill(rival, Double.NaN);
    if (Columns.has(table, "rival")) {
      rival = Columns.numbers(table, "rival");
    }
    List<String> rows = distinct(rowOf);
    List<String> groups = distinct(groupOf);
    List<String> panels = distinct(panelOf);
    List<Item> items = new ArrayList<>();
    for (int i = 0; i < values.length; i++) {
      if (!Double.isNaN(values[i])) {
        items.add(
            new Item(
                rows.indexOf(rowOf[i]),
                groups.indexOf(groupOf[i]),
                panels.indexOf(panelOf[i]),
                values[i],
                low[i],
                high[i],
                rival[i]));
      }
    }
    if (items.stream().anyMatch(i -> i.low() > i.high())) {
      throw Section.FIGURES_AND_PAGES.wrong("an interval has its low end first");
    }
    return new IntervalPlot(
        rows.stream().map(Visible::line).toList(),
        groups.stream().map(Visible::line).toList(),
        panels.stream().map(Visible::line).toList(),
        items);
  }

  private static String[] texts(Table table, String column) {
    if (!column.isEmpty()) {
      return Columns.texts(table, column);
    }
    String[] none = new String[table.rowCount()];
    Arrays.fill(none, "");
    return none;
  }

  private static List<String> distinct(String[] names) {
    return List.copyOf(new LinkedHashSet<>(Arrays.asList(names)));
  }

  int height() {
    double row = 16 + 12 * Math.max(1, groups.size());
    return (int) Math.min(1200, 110 + Math.max(2, rows.size()) * row + (hasLegend() ? 26 : 0));
  }

  private boolean hasLegend() {
    return groups.size() > 1 || items.stream().anyMatch(i -> !Double.isNaN(i.rival()));
  }

  @Override
  public JFreeChart chart(Style style, int width, int height) {
    SymbolAxis y = Look.names(style.y(), rows, Math.max(1, height - 100), Look.TICKS + 2);
    y.setInverted(true);
    CombinedRangeXYPlot all = new CombinedRangeXYPlot(y);
    all.setGap(GAP);
    all.setInsets(RectangleInsets.ZERO_INSETS);
    all.setOutlinePaint(null);
    for (int p = 0; p < panels.size(); p++) {
      all.add(panel(p, style));
    }
    JFreeChart chart = Look.card(style, all);
    if (hasLegend()) {
      chart.addLegend(legend());
    }
    return chart;
  }

  private XYPlot panel(int p, Style style) {
    List<Item> own = items.stream().filter(i -> i.panel() == p).toList();
    XYPlot plot = new XYPlot();
    Look.frame(plot);
    plot.setDomainGridlinesVisible(true);
    plot.setDomainGridlinePaint(Look.GRID);
    plot.setDomainGridlineStroke(Look.HAIR);
    double[][] points = new double[2][own.size()];
    for (int i = 0; i < own.size(); i++) {
      points[0][i] = own.get(i).value();
      points[1][i] = own.get(i).row();
    }
    DefaultXYDataset dataset = new DefaultXYDataset();
    dataset.addSeries("values", points);
    plot.setDataset(dataset);
    plot.setRenderer(new Intervals(own));
    plot.setDomainAxis(0, xAxis(own, panels.get(p).isEmpty() ? style.x() : "", style));
    if (!panels.get(p).isEmpty()) {
      NumberAxis top = Look.numbers(panels.get(p));
      top.setTickLabelsVisible(false);
      top.setTickMarksVisible(false);
      plot.setDomainAxis(1, top);
      plot.setDomainAxisLocation(1, AxisLocation.TOP_OR_LEFT);
    }
    return plot;
  }

  private static NumberAxis xAxis(List<Item> own, String label, Style style) {
    NumberAxis axis = Look.numbers(label);
    axis.setTickMarksVisible(true);
    if (!Double.isNaN(style.low())) {
      axis.setRange(style.low(), style.high());
      return axis;
    }
    double min = ends(own).min().orElse(0);
    double max = ends(own).max().orElse(1);
    // shares are read against 0 and 1, differences against 0
    if (min >= 0 && max <= 1) {
      min = 0;
      max = max > .5 ? 1 : max;
    }
    double pad = max > min ? (max - min) * MARGIN : .5;
    axis.setRange(min - pad, max + pad);
    return axis;
  }

  private static DoubleStream ends(List<Item> own) {
    return own.stream()
        .flatMapToDouble(i -> DoubleStream.of(i.value(), i.low(), i.high(), i.rival()))
        .filter(v -> !Double.isNaN(v));
  }

  private LegendTitle legend() {
    LegendItemCollection entries = new LegendItemCollection();
    for (int g = 0; g < groups.size() && groups.size() > 1; g++) {
      entries.add(
          new LegendItem(
              groups.get(g), null, null, null, LinePlot.marker(g), (java.awt.Paint) Look.line(g)));
    }
    if (items.stream().anyMatch(i -> !Double.isNaN(i.rival()))) {
      entries.add(new LegendItem("rival", null, null, null, STROKE, (java.awt.Paint) RIVAL));
    }
    LegendTitle legend = new LegendTitle(() -> entries);
    legend.setPosition(RectangleEdge.BOTTOM);
    legend.setItemFont(Look.ticks());
    legend.setItemPaint(Look.INK);
    legend.setItemLabelPadding(new RectangleInsets(2, 4, 2, 14));
    legend.setBackgroundPaint(Color.WHITE);
    return legend;
  }

  /** Draws a panel's values. */
  private final class Intervals extends AbstractXYItemRenderer {
    private final transient List<Item> own;

    Intervals(List<Item> own) {
      this.own = own;
    }

    @Override
    public void drawItem(
        Graphics2D g,
        XYItemRendererState state,
        Rectangle2D area,
        PlotRenderingInfo info,
        XYPlot plot,
        ValueAxis xAxis,
        ValueAxis yAxis,
        XYDataset dataset,
        int series,
        int index,
        CrosshairState crosshair,
        int pass) {
      Item item = own.get(index);
      double share = (item.group() + 1.0) / (groups.size() + 1) - .5;
      double y = yAxis.valueToJava2D(item.row() + share, area, plot.getRangeAxisEdge());
      if (!Double.isNaN(item.rival())) {
        double x = place(item.rival(), xAxis, area, plot);
        g.setPaint(RIVAL);
        g.setStroke(new BasicStroke(2f));
        g.draw(new Line2D.Double(x, y - 6, x, y + 6));
      }
      g.setPaint(Look.line(item.group()));
      if (!Double.isNaN(item.low()) && !Double.isNaN(item.high())) {
        g.setStroke(new BasicStroke(2f));
        g.draw(
            new Line2D.Double(
                place(item.low(), xAxis, area, plot), y, place(item.high(), xAxis, area, plot), y));
      }
      Shape marker = LinePlot.marker(item.group());
      g.translate(place(item.value(), xAxis, area, plot), y);
      g.fill(marker);
      g.translate(-place(item.value(), xAxis, area, plot), -y);
    }

    private static double place(double x, ValueAxis axis, Rectangle2D area, XYPlot plot) {
      return axis.valueToJava2D(x, area, plot.getDomainAxisEdge());
    }
  }

  @Override
  public String describe(Style style) {
    StringBuilder out = new StringBuilder("Values with intervals, ").append(style.x());
    out.append(" to the right, a row a ").append(style.y()).append('.');
    if (items.isEmpty()) {
      return out.append(" No values.").toString();
    }
    for (int p = 0; p < panels.size(); p++) {
      int panel = p;
      out.append(panels.get(p).isEmpty() ? "" : " " + panels.get(p) + ":");
      List<String> said = new ArrayList<>();
      items.stream()
          .filter(i -> i.panel() == panel)
          .forEach(
              i ->
                  said.add(
                      (rows.get(i.row()) + " " + groups.get(i.group())).strip()
                          + " "
                          + Numbers.text(i.value())
                          + (Double.isNaN(i.low())
                              ? ""
                              : " ("
                                  + Numbers.text(i.low())
                                  + " to "
                                  + Numbers.text(i.high())
                                  + ")")
                          + (Double.isNaN(i.rival()) ? "" : ", rival " + Numbers.text(i.rival()))));
      int most = Math.min(said.size(), 24);
      out.append(' ').append(String.join("; ", said.subList(0, most)));
      out.append(said.size() > most ? "; and " + (said.size() - most) + " more." : ".");
    }
    return out.toString();
  }
}

package headscope.figure;

import headscope.failure.Section;
import headscope.html.Visible;
import java.awt.BasicStroke;
import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.geom.Line2D;
import java.awt.geom.Rectangle2D;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.stream.IntStream;
import org.jfree.chart.JFreeChart;
import org.jfree.chart.annotations.XYTextAnnotation;
import org.jfree.chart.axis.NumberAxis;
import org.jfree.chart.axis.ValueAxis;
import org.jfree.chart.plot.CombinedDomainXYPlot;
import org.jfree.chart.plot.CrosshairState;
import org.jfree.chart.plot.IntervalMarker;
import org.jfree.chart.plot.PlotRenderingInfo;
import org.jfree.chart.plot.XYPlot;
import org.jfree.chart.renderer.xy.AbstractXYItemRenderer;
import org.jfree.chart.renderer.xy.XYItemRendererState;
import org.jfree.chart.ui.Layer;
import org.jfree.chart.ui.RectangleInsets;
import org.jfree.chart.ui.TextAnchor;
import org.jfree.data.xy.DefaultXYDataset;
import org.jfree.data.xy.XYDataset;
import tech.tablesaw.api.Table;

/**
 * Attention rows: a bar a position, a panel a head. Bars are as high as the square root of the
 * weight, or all but the greatest would vanish; the axis is labelled with the weights.
 */
final class AttentionBars implements Drawing {
  private static final int NAMED = 3;
  private static final double LEAST_NAMED = .05;
  private static final int LONGEST = 14;
  private static final Color NEEDLE = new Color(0x009E73);
  private static final Color BAR = new Color(0x0072B2);

  private final List<String> heads;
  private final List<double[]> positions;
  private final List<double[]> weights;
  private final List<String[]> tokens;
  private final double[] needle; // first and last position, NaN where there is none

  private AttentionBars(
      List<String> heads,
      List<double[]> positions,
      List<double[]> weights,
      List<String[]> tokens,
      double[] needle) {
    this.heads = heads;
    this.positions = positions;
    this.weights = weights;
    this.tokens = tokens;
    this.needle = needle;
  }

  static AttentionBars of(Table table) {
    String[] head = Columns.texts(table, "head");
    double[] position = Columns.numbers(table, "position");
    double[] weight = Columns.numbers(table, "weight");
    String[] token = Columns.texts(table, "token");
    String[] span = Columns.texts(table, "span");
    for (double w : weight) {
      if (!(w >= 0 && w <= 1.0001)) {
        throw Section.FIGURES_AND_PAGES.wrong("attention weights are from 0 to 1, got " + w);
      }
    }
    double[] needle = {
      IntStream.range(0, span.length)
          .filter(i -> span[i].equals("needle"))
          .mapToDouble(i -> position[i])
          .min()
          .orElse(Double.NaN),
      IntStream.range(0, span.length)
          .filter(i -> span[i].equals("needle"))
          .mapToDouble(i -> position[i])
          .max()
          .orElse(Double.NaN)
    };
    List<String> heads = List.copyOf(new LinkedHashSet<>(Arrays.asList(head)));
    List<double[]> positions = new ArrayList<>();
    List<double[]> weights = new ArrayList<>();
    List<String[]> tokens = new ArrayList<>();
    for (String h : heads) {
      int[] own = IntStream.range(0, head.length).filter(i -> head[i].equals(h)).toArray();
      positions.add(IntStream.of(own).mapToDouble(i -> position[i]).toArray());
      weights.add(IntStream.of(own).mapToDouble(i -> weight[i]).toArray());
      tokens.add(IntStream.of(own).mapToObj(i -> token[i]).toArray(String[]::new));
    }
    return new AttentionBars(
        heads.stream().map(Visible::line).toList(), positions, weights, tokens, needle);
  }

  int height() {
    return Math.min(1200, 110 + (heads.size() == 1 ? 200 : 150 * heads.size()));
  }

  @Override
  public JFreeChart chart(Style style, int width, int height) {
    double last = positions.stream().flatMapToDouble(Arrays::stream).max().orElse(1);
    NumberAxis x = Look.integers(style.x());
    x.setRange(-1, last + 1);
    x.setTickMarksVisible(true);
    CombinedDomainXYPlot all = new CombinedDomainXYPlot(x);
    all.setGap(14);
    all.setInsets(RectangleInsets.ZERO_INSETS);
    all.setOutlinePaint(null);
    for (int h = 0; h < heads.size(); h++) {
      all.add(panel(h, style, last));
    }
    return Look.card(style, all);
  }

  private XYPlot panel(int h, Style style, double last) {
    XYPlot plot = new XYPlot();
    Look.frame(plot);
    plot.setRangeGridlinesVisible(true);
    plot.setRangeGridlinePaint(Look.GRID);
    plot.setRangeGridlineStroke(Look.HAIR);
    double[] p = positions.get(h);
    double[] w = weights.get(h);
    DefaultXYDataset dataset = new DefaultXYDataset();
    dataset.addSeries("weights", new double[][] {p, Arrays.stream(w).map(Math::sqrt).toArray()});
    plot.setDataset(dataset);
    plot.setRenderer(new Bars());
    plot.setRangeAxis(
        Look.looking(
            GivenTicks.squareRoots(),
            heads.size() == 1 ? heads.get(h) + ": " + style.y() : heads.get(h)));
    if (!Double.isNaN(needle[0])) {
      IntervalMarker place = new IntervalMarker(needle[0] - .5, needle[1] + .5);
      place.setPaint(new Color(NEEDLE.getRed(), NEEDLE.getGreen(), NEEDLE.getBlue(), 40));
      place.setAlpha(1);
      plot.addDomainMarker(place, Layer.BACKGROUND);
    }
    IntStream.range(0, w.length)
        .boxed()
        .sorted(Comparator.comparing(i -> -w[i]))
        .limit(NAMED)
        .filter(i -> w[i] >= LEAST_NAMED)
        .forEach(i -> plot.addAnnotation(name(h, i, last)));
    return plot;
  }

  private XYTextAnnotation name(int h, int i, double last) {
    boolean right = positions.get(h)[i] < last * .8;
    String text = Visible.cut(Visible.token(tokens.get(h)[i]), LONGEST);
    XYTextAnnotation name =
        new XYTextAnnotation(
            right ? " " + text : text + " ", positions.get(h)[i], Math.sqrt(weights.get(h)[i]));
    name.setFont(Look.ticks());
    name.setPaint(Look.INK);
    name.setTextAnchor(right ? TextAnchor.TOP_LEFT : TextAnchor.TOP_RIGHT);
    return name;
  }

  /** A stroke from 0 up, a pixel wide at least. */
  private final class Bars extends AbstractXYItemRenderer {
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
        int item,
        CrosshairState crosshair,
        int pass) {
      double position = dataset.getXValue(series, item);
      double x = xAxis.valueToJava2D(position, area, plot.getDomainAxisEdge());
      double next = xAxis.valueToJava2D(position + 1, area, plot.getDomainAxisEdge());
      double y =
          yAxis.valueToJava2D(dataset.getYValue(series, item), area, plot.getRangeAxisEdge());
      double zero = yAxis.valueToJava2D(0, area, plot.getRangeAxisEdge());
      boolean inNeedle = position >= needle[0] && position <= needle[1];
      g.setPaint(inNeedle ? NEEDLE : BAR);
      g.setStroke(
          new BasicStroke(
              (float) Math.max(1, Math.min(8, .8 * (next - x))),
              BasicStroke.CAP_BUTT,
              BasicStroke.JOIN_MITER));
      g.draw(new Line2D.Double(x, zero, x, y));
    }
  }

  @Override
  public String describe(Style style) {
    StringBuilder out = new StringBuilder("Bars on a square-root axis: ").append(style.y());
    out.append(" over ").append(style.x()).append('.');
    for (int h = 0; h < heads.size(); h++) {
      double[] w = weights.get(h);
      int top = IntStream.range(0, w.length).reduce(0, (a, b) -> w[b] > w[a] ? b : a);
      out.append(' ').append(heads.get(h)).append(": ");
      if (w.length == 0) {
        out.append(Look.NOTHING).append('.');
        continue;
      }
      out.append("greatest ").append(Numbers.text(w[top])).append(" at ");
      out.append(Numbers.text(positions.get(h)[top])).append(" (");
      out.append(Visible.cut(Visible.token(tokens.get(h)[top]), 40)).append(')');
      int own = h;
      if (!Double.isNaN(needle[0])) {
        double mass =
            IntStream.range(0, w.length)
                .filter(
                    i -> positions.get(own)[i] >= needle[0] && positions.get(own)[i] <= needle[1])
                .mapToDouble(i -> w[i])
                .sum();
        out.append(", ").append(Numbers.text(mass)).append(" on the needle");
      }
      out.append('.');
    }
    return out.toString();
  }
}

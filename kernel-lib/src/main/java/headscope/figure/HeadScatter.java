package headscope.figure;

import headscope.failure.Section;
import headscope.html.Visible;
import java.awt.Paint;
import java.awt.Shape;
import java.awt.geom.Ellipse2D;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;
import org.jfree.chart.JFreeChart;
import org.jfree.chart.annotations.XYTextAnnotation;
import org.jfree.chart.axis.NumberAxis;
import org.jfree.chart.plot.XYPlot;
import org.jfree.chart.renderer.xy.XYLineAndShapeRenderer;
import org.jfree.chart.ui.TextAnchor;
import org.jfree.data.xy.DefaultXYDataset;

/** A point a head: two numbers by its place, one by its size, one by its colour. */
final class HeadScatter implements Drawing {
  /** Heads farthest from the middle of the others are named. */
  private static final int NAMED = 8;

  private static final double LEAST = 4;
  private static final double MOST = 22;
  private static final double MARGIN = .06;

  /** Column names: x, y, size, colour. */
  private final List<String> names;

  private final String[] heads;
  private final double[][] values; // [columns][heads], by rising size

  private HeadScatter(List<String> names, String[] heads, double[][] values) {
    this.names = names;
    this.heads = heads;
    this.values = values;
  }

  static HeadScatter of(String[] heads, List<String> names, double[][] values) {
    for (int i = 0; i < heads.length; i++) {
      for (int c = 0; c < values.length; c++) {
        if (!Double.isFinite(values[c][i])) {
          throw Section.FIGURES_AND_PAGES.wrong(
              "every head has a finite number in each column; "
                  + heads[i]
                  + " has "
                  + values[c][i]
                  + " in "
                  + names.get(c));
        }
      }
    }
    // small points are drawn last, so that none hides behind a large one
    int[] order =
        IntStream.range(0, heads.length)
            .boxed()
            .sorted(Comparator.comparingDouble(i -> -values[2][i]))
            .mapToInt(i -> i)
            .toArray();
    return new HeadScatter(
        List.copyOf(names),
        IntStream.of(order).mapToObj(i -> heads[i]).toArray(String[]::new),
        Arrays.stream(values)
            .map(v -> IntStream.of(order).mapToDouble(i -> v[i]).toArray())
            .toArray(double[][]::new));
  }

  @Override
  public JFreeChart chart(Style style, int width, int height) {
    XYPlot plot = new XYPlot();
    Look.frame(plot);
    plot.setDomainGridlinesVisible(true);
    plot.setRangeGridlinesVisible(true);
    plot.setDomainGridlinePaint(Look.GRID);
    plot.setRangeGridlinePaint(Look.GRID);
    plot.setDomainAxis(axis(style.x(), values[0]));
    plot.setRangeAxis(axis(style.y(), values[1]));
    DefaultXYDataset points = new DefaultXYDataset();
    points.addSeries("heads", new double[][] {values[0], values[1]});
    plot.setDataset(points);
    Viridis scale = Viridis.between(low(values[3]), high(values[3]));
    plot.setRenderer(new Points(scale));
    for (int i : farthest()) {
      boolean right = values[0][i] > (low(values[0]) + high(values[0])) / 2;
      String text = Visible.line(heads[i]);
      XYTextAnnotation name = // blanks keep it clear of its point
          new XYTextAnnotation(right ? text + "   " : "   " + text, values[0][i], values[1][i]);
      name.setFont(Look.ticks());
      name.setPaint(Look.INK);
      name.setTextAnchor(right ? TextAnchor.BOTTOM_RIGHT : TextAnchor.BOTTOM_LEFT);
      plot.addAnnotation(name);
    }
    JFreeChart chart = Look.card(style, plot);
    double below = Look.TICKS + 8 + Look.NAME;
    Look.fixRoom(plot, 0, below);
    chart.addSubtitle(Look.bar(scale, names.get(3), 0, below));
    chart.addSubtitle(Look.note("size: " + names.get(2)));
    return chart;
  }

  /** A point a head. */
  private final class Points extends XYLineAndShapeRenderer {
    private final transient Viridis scale;

    Points(Viridis scale) {
      super(false, true);
      this.scale = scale;
      setUseOutlinePaint(true);
      setSeriesOutlinePaint(0, Look.FRAME);
      setSeriesOutlineStroke(0, Look.HAIR);
    }

    @Override
    public Shape getItemShape(int series, int item) {
      double share = share(values[2], item);
      double d = Math.sqrt(LEAST * LEAST + share * (MOST * MOST - LEAST * LEAST));
      return new Ellipse2D.Double(-d / 2, -d / 2, d, d);
    }

    @Override
    public Paint getItemPaint(int series, int item) {
      return scale.getPaint(values[3][item]);
    }
  }

  private static NumberAxis axis(String label, double[] values) {
    NumberAxis axis = Look.numbers(label);
    double pad = MARGIN * (high(values) - low(values));
    axis.setRange(low(values) - pad, high(values) + pad);
    axis.setTickMarksVisible(true);
    return axis;
  }

  private static double low(double[] values) {
    return Arrays.stream(values).min().orElse(0);
  }

  private static double high(double[] values) {
    double high = Arrays.stream(values).max().orElse(1);
    return high > low(values) ? high : low(values) + 1;
  }

  /** Where a value lies between the lowest and the highest, 0 to 1. */
  private static double share(double[] values, int item) {
    return (values[item] - low(values)) / (high(values) - low(values));
  }

  /** The heads with the largest share of any of the four. */
  private int[] farthest() {
    return IntStream.range(0, heads.length)
        .boxed()
        .sorted(Comparator.comparingDouble((Integer i) -> -farness(i)).thenComparing(i -> heads[i]))
        .limit(NAMED)
        .mapToInt(i -> i)
        .toArray();
  }

  private double farness(int item) {
    return Arrays.stream(values).mapToDouble(v -> share(v, item)).max().orElse(0);
  }

  @Override
  public String describe(Style style) {
    StringBuilder out = new StringBuilder("Scatter of ").append(heads.length);
    out.append(" heads: ").append(style.x()).append(" to the right, ").append(style.y());
    out.append(" upwards, size is ").append(names.get(2));
    out.append(", colour is ").append(names.get(3)).append('.');
    for (int i : farthest()) {
      out.append(' ').append(Visible.line(heads[i])).append(':');
      for (int c = 0; c < names.size(); c++) {
        out.append(c == 0 ? " " : ", ").append(names.get(c)).append(' ');
        out.append(Numbers.text(values[c][i]));
      }
      out.append('.');
    }
    return out.toString();
  }
}

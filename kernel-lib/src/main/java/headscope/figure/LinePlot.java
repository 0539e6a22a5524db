package headscope.figure;

import headscope.failure.Section;
import headscope.html.Visible;
import java.awt.BasicStroke;
import java.awt.Color;
import java.awt.Shape;
import java.awt.geom.AffineTransform;
import java.awt.geom.Ellipse2D;
import java.awt.geom.Line2D;
import java.awt.geom.Path2D;
import java.awt.geom.Rectangle2D;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;
import org.jfree.chart.JFreeChart;
import org.jfree.chart.annotations.XYPolygonAnnotation;
import org.jfree.chart.axis.AxisLocation;
import org.jfree.chart.axis.NumberAxis;
import org.jfree.chart.plot.DatasetRenderingOrder;
import org.jfree.chart.plot.XYPlot;
import org.jfree.chart.renderer.xy.XYLineAndShapeRenderer;
import org.jfree.chart.title.LegendTitle;
import org.jfree.chart.ui.Layer;
import org.jfree.chart.ui.RectangleEdge;
import org.jfree.chart.ui.RectangleInsets;
import org.jfree.data.xy.DefaultXYDataset;

/** Lines with bands over a number, as in Figs. 3, 4, 7 and 8. */
final class LinePlot implements Drawing {
  private static final double BAND = 0.2;
  private static final double MARGIN = 0.04;

  private final List<Series> series;

  private LinePlot(List<Series> series) {
    this.series = series;
  }

  static LinePlot of(List<Series> series) {
    List<String> names = series.stream().map(Series::name).toList();
    if (names.stream().distinct().count() < names.size()) {
      throw Section.FIGURES_AND_PAGES.wrong("each series needs a name of its own, got " + names);
    }
    if (!series.isEmpty() && series.stream().allMatch(Series::second)) {
      throw Section.FIGURES_AND_PAGES.wrong(
          "every series is on the second axis; leave one of them on the first");
    }
    return new LinePlot(series.stream().map(Series::sorted).toList());
  }

  /** What the second axis is called unless somebody says so: the series that are on it. */
  String secondName() {
    return String.join(", ", series.stream().filter(Series::second).map(Series::name).toList());
  }

  @Override
  public JFreeChart chart(Style style, int width, int height) {
    XYPlot plot = new XYPlot();
    Look.frame(plot);
    plot.setOutlinePaint(null);
    plot.setRangeGridlinesVisible(true);
    plot.setRangeGridlinePaint(Look.GRID);
    plot.setRangeGridlineStroke(Look.HAIR);
    plot.setDatasetRenderingOrder(DatasetRenderingOrder.FORWARD);
    plot.setDomainAxis(style.logX() ? logarithmic(style.x()) : xAxis(style.x()));
    plot.setRangeAxis(0, yAxis(style.y(), false, style));
    if (hasSecond()) {
      plot.setRangeAxis(1, yAxis(style.value(), true, style));
      plot.setRangeAxisLocation(1, AxisLocation.BOTTOM_OR_RIGHT);
    }
    // One dataset a series keeps its colour, marker and axis together.
    for (int i = 0; i < series.size(); i++) {
      Series s = series.get(i);
      Series drawn = style.logX() ? s.logarithmic() : s;
      plot.setDataset(i, points(drawn));
      plot.setRenderer(i, renderer(drawn, i));
      plot.mapDatasetToRangeAxis(i, s.second() ? 1 : 0);
    }
    JFreeChart chart = Look.card(style, plot);
    if (series.size() > 1) {
      LegendTitle legend = new LegendTitle(plot);
      legend.setPosition(RectangleEdge.BOTTOM);
      legend.setItemFont(Look.ticks());
      legend.setItemPaint(Look.INK);
      legend.setItemLabelPadding(new RectangleInsets(2, 4, 2, 14));
      legend.setBackgroundPaint(Color.WHITE);
      chart.addLegend(legend);
    }
    return chart;
  }

  private static DefaultXYDataset points(Series s) {
    double[][] points = new double[2][s.size()];
    for (int i = 0; i < s.size(); i++) {
      points[0][i] = s.x(i);
      points[1][i] = s.y(i);
    }
    DefaultXYDataset dataset = new DefaultXYDataset();
    dataset.addSeries(Visible.line(s.name()) + (s.second() ? " (right axis)" : ""), points);
    return dataset;
  }

  private static XYLineAndShapeRenderer renderer(Series s, int i) {
    XYLineAndShapeRenderer renderer = new XYLineAndShapeRenderer(true, true);
    Color color = Look.line(i);
    BasicStroke stroke =
        s.second()
            ? new BasicStroke(
                2f, BasicStroke.CAP_BUTT, BasicStroke.JOIN_ROUND, 1f, new float[] {7, 4}, 0f)
            : new BasicStroke(2f, BasicStroke.CAP_ROUND, BasicStroke.JOIN_ROUND);
    renderer.setSeriesPaint(0, color);
    renderer.setSeriesStroke(0, stroke);
    renderer.setSeriesShape(0, marker(i));
    renderer.setLegendLine(new Line2D.Double(-14, 0, 14, 0));
    Color pale = new Color(color.getRed(), color.getGreen(), color.getBlue(), (int) (255 * BAND));
    for (double[] polygon : bands(s)) {
      renderer.addAnnotation(new XYPolygonAnnotation(polygon, null, null, pale), Layer.BACKGROUND);
    }
    return renderer;
  }

  /** The band as polygons x, y, x, y …, one for each stretch without a gap. */
  private static List<double[]> bands(Series s) {
    List<double[]> polygons = new ArrayList<>();
    int from = 0;
    for (int i = 0; i <= s.size(); i++) {
      boolean gap = i == s.size() || Double.isNaN(s.low(i)) || Double.isNaN(s.high(i));
      if (gap) {
        if (i - from >= 2) {
          polygons.add(band(s, from, i));
        }
        from = i + 1;
      }
    }
    return polygons;
  }

  private static double[] band(Series s, int from, int to) {
    int n = to - from;
    double[] polygon = new double[4 * n];
    for (int i = 0; i < n; i++) {
      polygon[2 * i] = s.x(from + i);
      polygon[2 * i + 1] = s.low(from + i);
      polygon[4 * n - 2 * i - 2] = s.x(from + i);
      polygon[4 * n - 2 * i - 1] = s.high(from + i);
    }
    return polygon;
  }

  private NumberAxis logarithmic(String label) {
    double min = xs().min().orElse(1);
    if (!(min > 0)) {
      throw Section.FIGURES_AND_PAGES.wrong(
          "a logarithmic axis has numbers above 0, got " + min + "; leave such points out");
    }
    GivenTicks axis = Look.looking(GivenTicks.logarithmic(min, xs().max().orElse(1)), label);
    axis.setTickMarksVisible(true);
    return axis;
  }

  private NumberAxis xAxis(String label) {
    double min = xs().min().orElse(0);
    double max = xs().max().orElse(1);
    NumberAxis axis =
        xs().allMatch(v -> v == Math.rint(v)) ? Look.integers(label) : Look.numbers(label);
    double pad = max > min ? (max - min) * MARGIN : 0.5;
    axis.setRange(min - pad, max + pad);
    axis.setTickMarksVisible(true);
    return axis;
  }

  private NumberAxis yAxis(String label, boolean second, Style style) {
    NumberAxis axis = Look.numbers(label);
    if (!second && !Double.isNaN(style.low())) {
      axis.setRange(style.low(), style.high());
      return axis;
    }
    double min = ys(second).min().orElse(0);
    double max = ys(second).max().orElse(1);
    // A share is read against 0 and 1, a count against 0.
    if (min >= 0 && (min <= max / 2 || max <= 1)) {
      min = 0;
    }
    if (min >= 0 && max <= 1 && max > 0.5) {
      max = 1;
    }
    double pad = max > min ? (max - min) * MARGIN : 0.5;
    axis.setRange(min - pad, max + pad);
    return axis;
  }

  @Override
  public String describe(Style style) {
    StringBuilder out = new StringBuilder("Lines over ").append(style.x());
    out.append(style.logX() ? " (logarithmic)" : "").append("; left axis ");
    out.append(style.y()).append(hasSecond() ? ", right axis " + style.value() : "").append('.');
    if (series.isEmpty()) {
      return out.append(" No values.").toString();
    }
    for (Series s : series) {
      out.append(' ').append(Visible.line(s.name())).append(s.second() ? " (right axis): " : ": ");
      int[] there = IntStream.range(0, s.size()).filter(i -> !Double.isNaN(s.y(i))).toArray();
      if (there.length == 0) {
        out.append(Look.NOTHING).append('.');
        continue;
      }
      int low = there[0];
      int high = there[0];
      for (int i : there) {
        low = s.y(i) < s.y(low) ? i : low;
        high = s.y(i) > s.y(high) ? i : high;
      }
      int first = there[0];
      int last = there[there.length - 1];
      out.append(Numbers.text(s.y(first))).append(" at ").append(Numbers.text(s.x(first)));
      if (last != first) {
        out.append(" to ").append(Numbers.text(s.y(last))).append(" at ");
        out.append(Numbers.text(s.x(last))).append(", lowest ").append(Numbers.text(s.y(low)));
        out.append(" at ").append(Numbers.text(s.x(low))).append(", highest ");
        out.append(Numbers.text(s.y(high))).append(" at ").append(Numbers.text(s.x(high)));
      }
      out.append(s.banded() ? ", with a band." : ".");
    }
    return out.toString();
  }

  private boolean hasSecond() {
    return series.stream().anyMatch(Series::second);
  }

  private DoubleStream xs() {
    return series.stream().flatMapToDouble(s -> IntStream.range(0, s.size()).mapToDouble(s::x));
  }

  private DoubleStream ys(boolean second) {
    return series.stream()
        .filter(s -> s.second() == second)
        .flatMapToDouble(
            s ->
                IntStream.range(0, s.size())
                    .boxed()
                    .flatMapToDouble(i -> DoubleStream.of(s.y(i), s.low(i), s.high(i))))
        .filter(v -> !Double.isNaN(v));
  }

  /** Shapes, so that lines can be told apart without colour. */
  static Shape marker(int i) {
    switch (i % 4) {
      case 0:
        return new Ellipse2D.Double(-3.5, -3.5, 7, 7);
      case 1:
        return new Rectangle2D.Double(-3.2, -3.2, 6.4, 6.4);
      case 2:
        return triangle();
      default:
        return AffineTransform.getRotateInstance(Math.PI / 4)
            .createTransformedShape(new Rectangle2D.Double(-3.2, -3.2, 6.4, 6.4));
    }
  }

  private static Shape triangle() {
    Path2D path = new Path2D.Double();
    path.moveTo(0, -4.2);
    path.lineTo(4, 3);
    path.lineTo(-4, 3);
    path.closePath();
    return path;
  }
}

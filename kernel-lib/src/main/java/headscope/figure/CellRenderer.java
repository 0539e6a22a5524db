package headscope.figure;

import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.geom.Rectangle2D;
import org.jfree.chart.axis.ValueAxis;
import org.jfree.chart.plot.CrosshairState;
import org.jfree.chart.plot.PlotRenderingInfo;
import org.jfree.chart.plot.XYPlot;
import org.jfree.chart.renderer.xy.AbstractXYItemRenderer;
import org.jfree.chart.renderer.xy.XYItemRendererState;
import org.jfree.chart.text.TextUtils;
import org.jfree.chart.ui.TextAnchor;
import org.jfree.data.xy.DefaultXYZDataset;
import org.jfree.data.xy.XYDataset;

/**
 * Paints one cell an item, its edges on whole pixels so that neighbours neither overlap nor leave a
 * seam, and writes the value into it where there is room.
 */
final class CellRenderer extends AbstractXYItemRenderer {
  private static final double GAP = 0.5;
  private static final double GAP_FROM = 5;
  private static final double TEXT_WIDTH = 38;
  private static final double TEXT_HEIGHT = 16;

  private final Cells cells;
  private final Viridis scale;
  private final boolean counts;

  CellRenderer(Cells cells, Viridis scale) {
    this(cells, scale, false);
  }

  /**
   * With the number of samples in place of the value.
   *
   * @param counts whether
   */
  CellRenderer(Cells cells, Viridis scale, boolean counts) {
    this.cells = cells;
    this.scale = scale;
    this.counts = counts;
  }

  /** The cells that hold a value: x = column, y = row. */
  static XYDataset dataset(Cells cells) {
    int n = Math.toIntExact(cells.count());
    double[][] items = new double[3][n];
    int i = 0;
    for (int r = 0; r < cells.rows().size(); r++) {
      for (int c = 0; c < cells.columns().size(); c++) {
        double value = cells.values()[r][c];
        if (!Double.isNaN(value)) {
          items[0][i] = c;
          items[1][i] = r;
          items[2][i++] = value;
        }
      }
    }
    DefaultXYZDataset dataset = new DefaultXYZDataset();
    dataset.addSeries("cells", items);
    return dataset;
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
      int item,
      CrosshairState crosshair,
      int pass) {
    int column = (int) dataset.getXValue(series, item);
    int row = (int) dataset.getYValue(series, item);
    double x0 = xAxis.valueToJava2D(column - 0.5, area, plot.getDomainAxisEdge());
    double x1 = xAxis.valueToJava2D(column + 0.5, area, plot.getDomainAxisEdge());
    double y0 = yAxis.valueToJava2D(row - 0.5, area, plot.getRangeAxisEdge());
    double y1 = yAxis.valueToJava2D(row + 0.5, area, plot.getRangeAxisEdge());
    Rectangle2D cell =
        onPixels(Math.min(x0, x1), Math.min(y0, y1), Math.max(x0, x1), Math.max(y0, y1));

    double value = cells.values()[row][column];
    Color color = Viridis.over(scale.color(value), cells.opacity()[row][column]);
    g.setPaint(color);
    g.fill(cell);
    if (cell.getWidth() >= TEXT_WIDTH && cell.getHeight() >= TEXT_HEIGHT && !scale.isBinary()) {
      g.setFont(Look.ticks(11));
      g.setPaint(light(color) ? Look.INK : Color.WHITE);
      TextUtils.drawAlignedString(
          counts ? "n = " + cells.samples()[row][column] : Numbers.twoDigits(value),
          g,
          (float) cell.getCenterX(),
          (float) cell.getCenterY(),
          TextAnchor.CENTER);
    }
  }

  private static Rectangle2D onPixels(double left, double top, double right, double bottom) {
    double gap = Math.min(right - left, bottom - top) >= GAP_FROM ? GAP : 0;
    double x = half(left) + gap;
    double y = half(top) + gap;
    return new Rectangle2D.Double(x, y, half(right) - gap - x, half(bottom) - gap - y);
  }

  /** To half a pixel: a whole one of the image. */
  private static double half(double place) {
    return Math.round(place * Figure.SCALE) / (double) Figure.SCALE;
  }

  /** Whether dark ink stands out more than white, by relative luminance. */
  private static boolean light(Color c) {
    double luminance =
        0.2126 * linear(c.getRed()) + 0.7152 * linear(c.getGreen()) + 0.0722 * linear(c.getBlue());
    return luminance > 0.2;
  }

  private static double linear(int channel) {
    return Math.pow(channel / 255.0, 2.2);
  }
}

package headscope.figure;

import java.awt.BasicStroke;
import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.geom.Line2D;
import java.awt.geom.Rectangle2D;
import org.jfree.chart.axis.AxisState;
import org.jfree.chart.axis.NumberAxis;
import org.jfree.chart.plot.PlotRenderingInfo;
import org.jfree.chart.text.TextUtils;
import org.jfree.chart.ui.RectangleEdge;
import org.jfree.chart.ui.TextAnchor;

/** Above columns: a bracket over the first of them, and what they are. */
final class SpanAxis extends NumberAxis {
  static final Color COLOUR = new Color(0xD55E00);

  private static final double ABOVE = 4;
  private static final double FOOT = 3;

  private final String name;
  private final int columns;

  /**
   * A bracket.
   *
   * @param name what the columns are
   * @param columns how many, from the first
   * @param all columns of the plot
   */
  SpanAxis(String name, int columns, int all) {
    this.name = name;
    this.columns = columns;
    setRange(-0.5, Math.max(1, all) - 0.5);
  }

  @Override
  public AxisState draw(
      Graphics2D g,
      double cursor,
      Rectangle2D plotArea,
      Rectangle2D dataArea,
      RectangleEdge edge,
      PlotRenderingInfo info) {
    double from = valueToJava2D(-0.5, dataArea, edge) + 1;
    double to = valueToJava2D(columns - 0.5, dataArea, edge) - 1;
    double y = dataArea.getMinY() - ABOVE;
    g.setPaint(COLOUR);
    g.setStroke(new BasicStroke(2f, BasicStroke.CAP_BUTT, BasicStroke.JOIN_MITER));
    g.draw(new Line2D.Double(from, y, to, y));
    g.draw(new Line2D.Double(from, y, from, y + FOOT));
    g.draw(new Line2D.Double(to, y, to, y + FOOT));
    g.setFont(Look.ticks());
    TextUtils.drawAlignedString(
        name, g, (float) ((from + to) / 2), (float) (y - 2), TextAnchor.BOTTOM_CENTER);
    return new AxisState(cursor);
  }
}

package headscope.figure;

import java.awt.Graphics2D;
import java.awt.geom.Rectangle2D;
import java.util.ArrayList;
import java.util.List;
import java.util.function.DoubleUnaryOperator;
import org.jfree.chart.axis.AxisState;
import org.jfree.chart.axis.NumberAxis;
import org.jfree.chart.axis.NumberTick;
import org.jfree.chart.ui.RectangleEdge;
import org.jfree.chart.ui.TextAnchor;

/**
 * An axis of transformed numbers with ticks at given numbers: logarithms, square roots. What is
 * drawn against it is transformed beforehand.
 */
final class GivenTicks extends NumberAxis {
  private final transient List<Double> at;
  private final transient DoubleUnaryOperator transform;

  private GivenTicks(List<Double> at, DoubleUnaryOperator transform) {
    this.at = List.copyOf(at);
    this.transform = transform;
  }

  /**
   * The base-10 logarithms of numbers from low to high, ticks at 1, 2 and 5 times powers of ten.
   */
  static GivenTicks logarithmic(double low, double high) {
    List<Double> at = new ArrayList<>();
    for (double power = Math.pow(10, Math.floor(Math.log10(low))); power <= high; power *= 10) {
      for (double step : new double[] {1, 2, 5}) {
        if (step * power >= low * (1 - 1e-9) && step * power <= high * (1 + 1e-9)) {
          at.add(step * power);
        }
      }
    }
    GivenTicks axis = new GivenTicks(at, Math::log10);
    double pad = Math.max(.02, (Math.log10(high) - Math.log10(low)) * .04);
    axis.setRange(Math.log10(low) - pad, Math.log10(high) + pad);
    return axis;
  }

  /** The square roots of shares from 0 to 1. */
  static GivenTicks squareRoots() {
    GivenTicks axis = new GivenTicks(List.of(0.0, .01, .05, .1, .2, .4, .6, .8, 1.0), Math::sqrt);
    axis.setRange(0, 1.04);
    return axis;
  }

  @Override
  public List<NumberTick> refreshTicks(
      Graphics2D g, AxisState state, Rectangle2D area, RectangleEdge edge) {
    boolean upright = RectangleEdge.isLeftOrRight(edge);
    TextAnchor anchor = upright ? TextAnchor.CENTER_RIGHT : TextAnchor.TOP_CENTER;
    List<NumberTick> ticks = new ArrayList<>();
    for (double x : at) {
      double place = transform.applyAsDouble(x);
      if (getRange().contains(place)) {
        ticks.add(new NumberTick(place, Numbers.text(x), anchor, TextAnchor.CENTER, 0));
      }
    }
    return ticks;
  }
}

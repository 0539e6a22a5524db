package headscope.figure;

import java.awt.Color;
import java.awt.Paint;
import org.jfree.chart.renderer.PaintScale;

/**
 * A sequential scale from dark violet over green to yellow. Its lightness rises evenly, so it reads
 * the same for every kind of colour vision and in grey.
 */
final class Viridis implements PaintScale {
  private static final int[] POINTS = {
    0x440154, 0x472D7B, 0x3B528B, 0x2C728E, 0x21918C, 0x28AE80, 0x5EC962, 0xADDC30, 0xFDE725
  };

  private final double low;
  private final double high;
  private final boolean binary;

  private Viridis(double low, double high, boolean binary) {
    this.low = low;
    this.high = high;
    this.binary = binary;
  }

  static Viridis between(double low, double high) {
    return new Viridis(low, high, false);
  }

  /** From 0 to 1 where all values lie there, else from the lowest to the highest. */
  static Viridis of(double min, double max) {
    if (Double.isNaN(min) || (min >= 0 && max <= 1)) {
      return between(0, 1);
    }
    return min < max ? between(min, max) : between(min - 0.5, max + 0.5);
  }

  /** Two colours only, for 0 and 1; the bounds leave each the same room in the colour bar. */
  static Viridis binary() {
    return new Viridis(-0.5, 1.5, true);
  }

  boolean isBinary() {
    return binary;
  }

  @Override
  public double getLowerBound() {
    return low;
  }

  @Override
  public double getUpperBound() {
    return high;
  }

  @Override
  public Paint getPaint(double value) {
    return color(value);
  }

  Color color(double value) {
    if (binary) {
      return at(value < 0.5 ? 0 : 1);
    }
    return at((value - low) / (high - low));
  }

  /** The colour seen where it covers a white card by a share. */
  static Color over(Color color, double opacity) {
    return new Color(
        mix(255, color.getRed(), opacity),
        mix(255, color.getGreen(), opacity),
        mix(255, color.getBlue(), opacity));
  }

  private static Color at(double share) {
    double place = Math.max(0, Math.min(1, share)) * (POINTS.length - 1);
    int i = Math.min((int) place, POINTS.length - 2);
    Color from = new Color(POINTS[i]);
    Color to = new Color(POINTS[i + 1]);
    double rest = place - i;
    return new Color(
        mix(from.getRed(), to.getRed(), rest),
        mix(from.getGreen(), to.getGreen(), rest),
        mix(from.getBlue(), to.getBlue(), rest));
  }

  private static int mix(int from, int to, double share) {
    return (int) Math.round(from + (to - from) * share);
  }
}

package headscope.figure;

import headscope.failure.Section;
import java.util.Arrays;
import java.util.Objects;
import java.util.stream.IntStream;
import tech.tablesaw.api.Table;

/**
 * One line of a line plot, with or without a band round it. It does not change.
 *
 * <pre>
 * Series.of("accuracy", table, "k", "accuracy").withBand(table, "low", "high").onSecondAxis()
 * </pre>
 */
public final class Series {
  private final String name;
  private final double[] x;
  private final double[] y;
  private final double[] low;
  private final double[] high;
  private final boolean second;

  private Series(String name, double[] x, double[] y, double[] low, double[] high, boolean second) {
    this.name = name;
    this.x = x;
    this.y = y;
    this.low = low;
    this.high = high;
    this.second = second;
  }

  /**
   * A line through points, both [points], in any order of x; a NaN in y leaves a gap.
   *
   * @throws IllegalArgumentException if the lengths differ or an x is no number
   */
  public static Series of(String name, double[] x, double[] y) {
    Objects.requireNonNull(name, "name");
    if (x.length != y.length) {
      throw Section.FIGURES_AND_PAGES.wrong(
          "series " + name + " has " + x.length + " x but " + y.length + " y");
    }
    for (double v : x) {
      if (!Double.isFinite(v)) {
        throw Section.FIGURES_AND_PAGES.wrong("series " + name + " has an x that is " + v);
      }
    }
    for (double v : y) {
      if (Double.isInfinite(v)) {
        throw Section.FIGURES_AND_PAGES.wrong("series " + name + " has a y that is " + v);
      }
    }
    return new Series(name, x.clone(), y.clone(), null, null, false);
  }

  /**
   * A line through the rows of a table.
   *
   * @throws IllegalArgumentException if there is no such column of numbers
   */
  public static Series of(String name, Table table, String xColumn, String yColumn) {
    return of(name, Columns.numbers(table, xColumn), Columns.numbers(table, yColumn));
  }

  /**
   * The same line with a band, such as a confidence interval; NaN leaves a gap in it.
   *
   * @param low lower ends, [points], in the order of the points
   * @param high upper ends, [points]
   * @throws IllegalArgumentException if the lengths differ or an end is infinite
   */
  public Series withBand(double[] low, double[] high) {
    if (low.length != x.length || high.length != x.length) {
      throw Section.FIGURES_AND_PAGES.wrong(
          String.format(
              "series %s has %d points, its band %d low and %d high ends",
              name, x.length, low.length, high.length));
    }
    if (Arrays.stream(low).anyMatch(Double::isInfinite)
        || Arrays.stream(high).anyMatch(Double::isInfinite)) {
      throw Section.FIGURES_AND_PAGES.wrong("the band of series " + name + " has an infinite end");
    }
    return new Series(name, x, y, low.clone(), high.clone(), second);
  }

  /** The same line with a band from two columns of the table it came from. */
  public Series withBand(Table table, String lowColumn, String highColumn) {
    return withBand(Columns.numbers(table, lowColumn), Columns.numbers(table, highColumn));
  }

  /** The same line, measured on the second vertical axis, on the right. */
  public Series onSecondAxis() {
    return new Series(name, x, y, low, high, true);
  }

  /** Its name in the legend. */
  public String name() {
    return name;
  }

  boolean second() {
    return second;
  }

  boolean banded() {
    return low != null;
  }

  int size() {
    return x.length;
  }

  double x(int i) {
    return x[i];
  }

  double y(int i) {
    return y[i];
  }

  double low(int i) {
    return low == null ? Double.NaN : low[i];
  }

  double high(int i) {
    return high == null ? Double.NaN : high[i];
  }

  /** The same points over the base-10 logarithm of x. */
  Series logarithmic() {
    return new Series(name, Arrays.stream(x).map(Math::log10).toArray(), y, low, high, second);
  }

  /** The same points by ascending x. */
  Series sorted() {
    int[] order =
        IntStream.range(0, x.length)
            .boxed()
            .sorted((a, b) -> Double.compare(x[a], x[b]))
            .mapToInt(Integer::intValue)
            .toArray();
    return new Series(
        name, take(x, order), take(y, order), take(low, order), take(high, order), second);
  }

  private static double[] take(double[] values, int[] order) {
    return values == null ? null : Arrays.stream(order).mapToDouble(i -> values[i]).toArray();
  }

  @Override
  public String toString() {
    return "Series["
        + name
        + ", "
        + x.length
        + " points"
        + (banded() ? ", with a band" : "")
        + (second ? ", on the second axis]" : "]");
  }
}

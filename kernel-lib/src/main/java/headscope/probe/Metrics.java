package headscope.probe;

import headscope.failure.Section;
import java.util.Arrays;
import java.util.Locale;

/** What the metrics of predictions ask of their arrays. */
final class Metrics {
  private Metrics() {}

  /**
   * @throws IllegalArgumentException if the arrays are empty, ragged or of different shapes, or
   *     hold a number that is not finite
   */
  static void checkShapes(double[][] predicted, double[][] targets) {
    if (predicted.length != targets.length || predicted.length == 0) {
      throw Section.CORRELATION.wrong(
          "predictions and targets have as many rows, at least one; got "
              + predicted.length
              + " and "
              + targets.length);
    }
    for (int r = 0; r < predicted.length; r++) {
      int heads = predicted[0].length;
      if (heads == 0 || predicted[r].length != heads || targets[r].length != heads) {
        throw Section.CORRELATION.wrong(
            String.format(
                Locale.ROOT,
                "predictions and targets have a number per head in each row: row 0 has %d, row %d"
                    + " has %d predictions and %d targets",
                heads,
                r,
                predicted[r].length,
                targets[r].length));
      }
      for (int h = 0; h < heads; h++) {
        if (!Double.isFinite(predicted[r][h]) || !Double.isFinite(targets[r][h])) {
          throw Section.CORRELATION.wrong(
              String.format(
                  Locale.ROOT,
                  "predictions and targets are finite, those of row %d, head %d are %s and %s",
                  r,
                  h,
                  predicted[r][h],
                  targets[r][h]));
        }
      }
    }
  }

  static double[] column(double[][] rows, int column) {
    return Arrays.stream(rows).mapToDouble(row -> row[column]).toArray();
  }

  static double[] flat(double[][] rows) {
    return Arrays.stream(rows).flatMapToDouble(Arrays::stream).toArray();
  }
}

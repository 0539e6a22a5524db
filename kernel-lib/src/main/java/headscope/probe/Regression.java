package headscope.probe;

/**
 * How well scores are predicted: Table 3.
 *
 * @param mse mean squared error over all head-steps
 * @param mae mean absolute error over all head-steps
 * @param r2 1 - squared error / squared deviation from the head's mean, the mean over heads whose
 *     targets vary; NaN where none does
 * @param flatR2 the same over all head-steps at once, with one mean; NaN where no target varies
 * @param weightedR2 that of the heads whose targets vary, weighted with their variance
 * @param varyingHeads heads whose targets vary
 */
public record Regression(
    double mse, double mae, double r2, double flatR2, double weightedR2, int varyingHeads) {

  /**
   * Judges predictions.
   *
   * @param predicted [rows, heads], finite
   * @param targets [rows, heads], finite
   * @throws IllegalArgumentException if the shapes do not agree or a number is not finite
   */
  public static Regression of(double[][] predicted, double[][] targets) {
    Metrics.checkShapes(predicted, targets);
    int heads = targets[0].length;
    double count = (double) heads * targets.length;
    double squared = 0;
    double absolute = 0;
    double shares = 0;
    int varying = 0;
    double squaredOfVarying = 0;
    double deviationOfVarying = 0;
    for (int h = 0; h < heads; h++) {
      double[] p = Metrics.column(predicted, h);
      double[] y = Metrics.column(targets, h);
      double error = squaredError(p, y);
      double deviation = deviation(y);
      squared += error;
      for (int i = 0; i < p.length; i++) {
        absolute += Math.abs(p[i] - y[i]);
      }
      if (deviation > 0) {
        varying++;
        shares += 1 - error / deviation;
        squaredOfVarying += error;
        deviationOfVarying += deviation;
      }
    }
    double flatDeviation = deviation(Metrics.flat(targets));
    return new Regression(
        squared / count,
        absolute / count,
        varying == 0 ? Double.NaN : shares / varying,
        flatDeviation == 0 ? Double.NaN : 1 - squared / flatDeviation,
        varying == 0 ? Double.NaN : 1 - squaredOfVarying / deviationOfVarying,
        varying);
  }

  private static double squaredError(double[] p, double[] y) {
    double sum = 0;
    for (int i = 0; i < p.length; i++) {
      sum += (p[i] - y[i]) * (p[i] - y[i]);
    }
    return sum;
  }

  /** The sum of squared deviations from the mean: 0 where all are equal, not nearly 0. */
  private static double deviation(double[] y) {
    double mean = 0;
    boolean varies = false;
    for (double v : y) {
      mean += v / y.length;
      varies |= v != y[0];
    }
    double sum = 0;
    for (double v : y) {
      sum += (v - mean) * (v - mean);
    }
    return varies ? sum : 0;
  }
}

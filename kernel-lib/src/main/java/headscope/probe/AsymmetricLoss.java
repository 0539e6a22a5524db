package headscope.probe;

import headscope.failure.Section;

/**
 * The Asymmetric Loss of Ridnik et al. (2021), with which Table 2's probe learns: cross entropy of
 * each head for itself, where easy negatives, almost all head-steps, hardly count.
 *
 * <p>With p = sigmoid(logit) and m = min(1 - p + clip, 1), for a target y: the sum over all entries
 * of {@code -w (y log p + (1 - y) log m)}, w = {@code (1 - y p - (1 - y) m) ^ (γ+ y + γ- (1 - y))};
 * logarithms are of numbers from 1e-8 on. The weight w is a constant to the gradient.
 *
 * <pre>
 *   AsymmetricLoss.standard().of(new double[][] {{2, -1}}, new double[][] {{1, 0}});   // 0.0156...
 * </pre>
 *
 * @param gammaNegative γ-, 0 or more
 * @param gammaPositive γ+, 0 or more
 * @param clip by how much the probability of a negative is moved, 0 to 1
 */
public record AsymmetricLoss(double gammaNegative, double gammaPositive, double clip) {
  private static final double LEAST = 1e-8;

  public AsymmetricLoss {
    if (!(gammaNegative >= 0 && gammaPositive >= 0 && clip >= 0 && clip <= 1)) {
      throw Section.CORRELATION.wrong(
          "γ- and γ+ are 0 or more and the clip is 0 to 1, got "
              + gammaNegative
              + ", "
              + gammaPositive
              + ", "
              + clip);
    }
  }

  /** γ- = 4, γ+ = 1, clip 0.05, as the paper has it. */
  public static AsymmetricLoss standard() {
    return new AsymmetricLoss(4, 1, .05);
  }

  /**
   * The loss, summed over rows and heads.
   *
   * @param logits [rows, heads], before the sigmoid
   * @param targets [rows, heads], 0 to 1
   */
  public double of(double[][] logits, double[][] targets) {
    Metrics.checkShapes(logits, targets);
    double sum = 0;
    for (int r = 0; r < logits.length; r++) {
      for (int h = 0; h < logits[r].length; h++) {
        sum += entry(logits[r][h], targets[r][h]);
      }
    }
    return sum;
  }

  /** What {@link #of} changes by a logit: [rows, heads]. */
  public double[][] gradient(double[][] logits, double[][] targets) {
    Metrics.checkShapes(logits, targets);
    double[][] gradient = new double[logits.length][];
    for (int r = 0; r < logits.length; r++) {
      gradient[r] = new double[logits[r].length];
      for (int h = 0; h < gradient[r].length; h++) {
        gradient[r][h] = slope(logits[r][h], targets[r][h]);
      }
    }
    return gradient;
  }

  double entry(double logit, double y) {
    double p = sigmoid(logit);
    double m = moved(p);
    return -weight(p, m, y)
        * (y * Math.log(Math.max(p, LEAST)) + (1 - y) * Math.log(Math.max(m, LEAST)));
  }

  double slope(double logit, double y) {
    double p = sigmoid(logit);
    double m = moved(p);
    double ofP = p >= LEAST ? y / p : 0;
    double ofM = 1 - p + clip <= 1 && m >= LEAST ? (1 - y) / m : 0; // clamped ones do not move
    return -weight(p, m, y) * (ofP - ofM) * p * (1 - p);
  }

  private double moved(double p) {
    return Math.min(1 - p + clip, 1);
  }

  private double weight(double p, double m, double y) {
    return Math.pow(1 - y * p - (1 - y) * m, gammaPositive * y + gammaNegative * (1 - y));
  }

  static double sigmoid(double logit) {
    return 1 / (1 + Math.exp(-logit));
  }
}

package headscope.probe;

import headscope.failure.Section;
import java.util.Arrays;
import java.util.Locale;
import tech.tablesaw.api.DoubleColumn;
import tech.tablesaw.api.Table;

/**
 * The precision-recall curve of a classifier: what a head-step counts as, predicted positive where
 * its probability is at least the threshold, for each probability that occurs.
 *
 * <pre>
 *   PrecisionRecall curve = PrecisionRecall.of(new double[] {.1, .4, .8}, new double[] {0, 1, 1});
 *   curve.averagePrecision();      // 1.0
 *   curve.bestThreshold();         // 0.4
 * </pre>
 *
 * <p>Without a positive label precision, average precision and F1 are 0 and recall is 1.
 */
public final class PrecisionRecall {
  private final double[] thresholds; // ascending
  private final long[] predicted; // positives at each threshold
  private final long[] found; // true ones among them
  private final long positives;

  private PrecisionRecall(double[] thresholds, long[] predicted, long[] found, long positives) {
    this.thresholds = thresholds;
    this.predicted = predicted;
    this.found = found;
    this.positives = positives;
  }

  /** The curve over all entries of two arrays, [rows, heads]: the micro curve. */
  public static PrecisionRecall of(double[][] probabilities, double[][] labels) {
    Metrics.checkShapes(probabilities, labels);
    return of(Metrics.flat(probabilities), Metrics.flat(labels));
  }

  /**
   * The curve.
   *
   * @param probabilities or any scores, the higher the likelier; finite: [entries]
   * @param labels as many, 1 or 0: [entries]
   * @throws IllegalArgumentException if they are none or not as many, one is not finite, or a label
   *     is neither 1 nor 0
   */
  public static PrecisionRecall of(double[] probabilities, double[] labels) {
    Metrics.checkShapes(new double[][] {probabilities}, new double[][] {labels});
    checkLabels(labels);
    double[] all = probabilities.clone();
    int at = 0;
    double[] ofPositives = new double[(int) Arrays.stream(labels).sum()];
    for (int i = 0; i < labels.length; i++) {
      if (labels[i] == 1) {
        ofPositives[at++] = probabilities[i];
      }
    }
    Arrays.sort(all);
    Arrays.sort(ofPositives);
    int distinct = 0;
    double[] thresholds = new double[all.length];
    long[] predicted = new long[all.length];
    long[] found = new long[all.length];
    int below = 0; // positives under the threshold
    for (int i = 0; i < all.length; i++) {
      if (i > 0 && all[i] == all[i - 1]) {
        continue;
      }
      while (below < ofPositives.length && ofPositives[below] < all[i]) {
        below++;
      }
      thresholds[distinct] = all[i];
      predicted[distinct] = all.length - i;
      found[distinct++] = ofPositives.length - below;
    }
    return new PrecisionRecall(
        Arrays.copyOf(thresholds, distinct),
        Arrays.copyOf(predicted, distinct),
        Arrays.copyOf(found, distinct),
        ofPositives.length);
  }

  static void checkLabels(double[] labels) {
    for (double label : labels) {
      if (label != 0 && label != 1) {
        throw Section.CORRELATION.wrong("a label is 0 or 1, got " + label);
      }
    }
  }

  /** The probabilities that occur, ascending: [thresholds]. */
  public double[] thresholds() {
    return thresholds.clone();
  }

  /** Precision at each threshold: [thresholds]. */
  public double[] precision() {
    double[] precision = new double[thresholds.length];
    for (int i = 0; i < precision.length; i++) {
      precision[i] = precision(i);
    }
    return precision;
  }

  /** Recall at each threshold: [thresholds]. */
  public double[] recall() {
    double[] recall = new double[thresholds.length];
    for (int i = 0; i < recall.length; i++) {
      recall[i] = recall(i);
    }
    return recall;
  }

  private double precision(int i) {
    return (double) found[i] / predicted[i];
  }

  private double recall(int i) {
    return positives == 0 ? 1 : (double) found[i] / positives;
  }

  private double f1(int i) {
    return 2.0 * found[i] / (predicted[i] + positives);
  }

  /** The area under the curve step-wise: precision times gain of recall, summed; AUPRC. */
  public double averagePrecision() {
    double sum = 0;
    double before = 0;
    for (int i = thresholds.length - 1; i >= 0 && positives > 0; i--) {
      sum += (recall(i) - before) * precision(i);
      before = recall(i);
    }
    return sum;
  }

  /** The threshold of the best F1, the lowest of equal ones. */
  public double bestThreshold() {
    return thresholds[best()];
  }

  /** The F1 at {@link #bestThreshold}. */
  public double bestF1() {
    return f1(best());
  }

  private int best() {
    int best = 0;
    for (int i = 1; i < thresholds.length; i++) {
      if (f1(i) > f1(best)) { // one division of whole numbers: equal ones are equal doubles
        best = i;
      }
    }
    return best;
  }

  /** One row a threshold, ascending: columns {@code threshold, precision, recall}. */
  public Table toTable() {
    return Table.create(
        "precision and recall",
        DoubleColumn.create("threshold", thresholds),
        DoubleColumn.create("precision", precision()),
        DoubleColumn.create("recall", recall()));
  }

  @Override
  public String toString() {
    return String.format(
        Locale.ROOT,
        "PrecisionRecall[%d thresholds, AUPRC %.4f, best F1 %.4f at %.4f]",
        thresholds.length,
        averagePrecision(),
        bestF1(),
        bestThreshold());
  }
}

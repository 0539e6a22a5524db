package headscope.probe;

import java.util.function.IntToDoubleFunction;
import java.util.stream.IntStream;

/**
 * How well probabilities tell which heads retrieve: Table 2. Micro counts every head-step once,
 * macro is the mean over heads. A precision, recall or F1 with nothing in its divisor is 0, and so
 * is the average precision of a head that never retrieves.
 *
 * @param threshold a probability of at least this counts as positive
 * @param positives head-steps that are positive
 * @param f1 micro
 * @param precision micro
 * @param recall micro
 * @param auprc average precision, step-wise, micro
 * @param macroF1 mean over heads
 * @param macroPrecision mean over heads
 * @param macroRecall mean over heads
 * @param macroAuprc mean over heads
 */
public record Classification(
    double threshold,
    long positives,
    double f1,
    double precision,
    double recall,
    double auprc,
    double macroF1,
    double macroPrecision,
    double macroRecall,
    double macroAuprc) {

  private record Counts(long found, long predicted, long positives) {
    static Counts of(double[] probabilities, double[] labels, double threshold) {
      long found = 0;
      long predicted = 0;
      long positives = 0;
      for (int i = 0; i < labels.length; i++) {
        boolean yes = probabilities[i] >= threshold;
        predicted += yes ? 1 : 0;
        positives += labels[i] == 1 ? 1 : 0;
        found += yes && labels[i] == 1 ? 1 : 0;
      }
      return new Counts(found, predicted, positives);
    }

    double precision() {
      return share(found, predicted);
    }

    double recall() {
      return share(found, positives);
    }

    double f1() {
      return share(2 * found, predicted + positives);
    }

    private static double share(long some, long all) {
      return all == 0 ? 0 : (double) some / all;
    }
  }

  /**
   * Judges probabilities.
   *
   * @param probabilities [rows, heads], finite
   * @param labels [rows, heads], 1 or 0
   * @param threshold a probability of at least this counts as positive
   * @throws IllegalArgumentException if the shapes do not agree, a number is not finite, or a label
   *     is neither 1 nor 0
   */
  public static Classification of(double[][] probabilities, double[][] labels, double threshold) {
    Metrics.checkShapes(probabilities, labels);
    double[] allProbabilities = Metrics.flat(probabilities);
    double[] allLabels = Metrics.flat(labels);
    PrecisionRecall.checkLabels(allLabels);
    Counts all = Counts.of(allProbabilities, allLabels, threshold);
    int heads = labels[0].length;
    Counts[] each =
        IntStream.range(0, heads)
            .mapToObj(
                h ->
                    Counts.of(
                        Metrics.column(probabilities, h), Metrics.column(labels, h), threshold))
            .toArray(Counts[]::new);
    return new Classification(
        threshold,
        all.positives(),
        all.f1(),
        all.precision(),
        all.recall(),
        PrecisionRecall.of(allProbabilities, allLabels).averagePrecision(),
        mean(heads, h -> each[h].f1()),
        mean(heads, h -> each[h].precision()),
        mean(heads, h -> each[h].recall()),
        mean(
            heads,
            h ->
                PrecisionRecall.of(Metrics.column(probabilities, h), Metrics.column(labels, h))
                    .averagePrecision()));
  }

  private static double mean(int heads, IntToDoubleFunction ofHead) {
    return IntStream.range(0, heads).mapToDouble(ofHead).average().orElseThrow();
  }
}

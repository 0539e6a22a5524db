package headscope.probe;

import headscope.draw.Draws;
import headscope.pairs.Pairs;
import headscope.probe.HeadProbe.Kind;
import headscope.score.Estimate;
import java.util.Arrays;
import tech.tablesaw.api.DoubleColumn;
import tech.tablesaw.api.IntColumn;
import tech.tablesaw.api.StringColumn;
import tech.tablesaw.api.Table;

/**
 * How much better a probe predicts than the best competing predictor, on the test pairs: micro F1,
 * or variance-weighted R² of scores; DEFINITIONS.md, 37, P1. The interval is a bootstrap over test
 * generations, both predictors judged on the same drawn ones.
 *
 * <pre>
 *   Advantage a = Advantage.of(probe, CompetingPredictors.of(split, probe.kind()));
 *   a.difference();                  // Estimate[value=0.07, low=0.03, high=0.11, n=...]
 * </pre>
 *
 * @param rival the name of the competing predictor
 * @param ofProbe what the probe comes to
 * @param ofRival what the rival comes to
 * @param difference the first less the second
 * @param generations that the interval is over
 */
public record Advantage(
    String rival, double ofProbe, double ofRival, Estimate difference, int generations) {
  /** Resamples where nothing else is said. */
  public static final int RESAMPLES = 10_000;

  /** The advantage of a probe, {@value #RESAMPLES} resamples, seed 0. */
  public static Advantage of(HeadProbe probe, CompetingPredictors rivals) {
    return of(
        Baseline.of("probe", probe::predict),
        rivals.rival(),
        rivals.kind(),
        rivals.split(),
        RESAMPLES,
        0);
  }

  /** The advantage of one predictor over another. */
  public static Advantage of(
      Baseline probe, Baseline rival, Kind kind, Split split, int resamples, long seed) {
    Sums[] first = sums(probe, kind, split);
    Sums[] second = sums(rival, kind, split);
    double ofProbe = quality(kind, first);
    double ofRival = quality(kind, second);
    double[] resampled = new double[resamples];
    Draws draws = new Draws(seed);
    for (int r = 0; r < resamples; r++) {
      Sums one = new Sums(split.test().heads());
      Sums other = new Sums(split.test().heads());
      for (int i = 0; i < first.length; i++) {
        int drawn = draws.below(first.length);
        one.add(first[drawn]);
        other.add(second[drawn]);
      }
      resampled[r] = one.quality(kind) - other.quality(kind);
    }
    return new Advantage(
        rival.name(),
        ofProbe,
        ofRival,
        Estimate.of(ofProbe - ofRival, resampled, Estimate.LEVEL, split.test().size()),
        first.length);
  }

  private static double quality(Kind kind, Sums[] each) {
    Sums all = new Sums(each[0].squared.length);
    Arrays.stream(each).forEach(all::add);
    return all.quality(kind);
  }

  /** What the qualities need to know of some generations: it adds up. */
  private static final class Sums {
    private long found;
    private long predicted;
    private long positives;
    private long rows;
    private final double[] squared; // errors: [heads]
    private final double[] targets; // sums of them, each less its first: [heads]
    private final double[] targetSquares; // [heads]

    Sums(int heads) {
      squared = new double[heads];
      targets = new double[heads];
      targetSquares = new double[heads];
    }

    void add(Sums other) {
      found += other.found;
      predicted += other.predicted;
      positives += other.positives;
      rows += other.rows;
      for (int h = 0; h < squared.length; h++) {
        squared[h] += other.squared[h];
        targets[h] += other.targets[h];
        targetSquares[h] += other.targetSquares[h];
      }
    }

    double quality(Kind kind) {
      if (kind == Kind.CLASSIFIER) {
        return predicted + positives == 0 ? 0 : 2.0 * found / (predicted + positives);
      }
      double error = 0;
      double deviation = 0;
      for (int h = 0; h < squared.length; h++) {
        double ofHead = targetSquares[h] - targets[h] * targets[h] / rows;
        if (ofHead > 1e-12 * targetSquares[h]) { // else its targets do not vary
          error += squared[h];
          deviation += ofHead;
        }
      }
      return deviation == 0 ? Double.NaN : 1 - error / deviation;
    }
  }

  /** The sums of each test generation that has pairs. */
  private static Sums[] sums(Baseline predictor, Kind kind, Split split) {
    Pairs test = split.test();
    double[][] predictions = predictor.predict(test);
    double[][] targets = ProbeTraining.targets(kind, test);
    double threshold =
        kind == Kind.CLASSIFIER ? predictor.threshold(split.validation()) : Double.NaN;
    Sums[] ofGeneration = new Sums[test.generations().size()];
    for (int i = 0; i < test.size(); i++) {
      int g = test.generation(i);
      Sums sums = ofGeneration[g] == null ? new Sums(test.heads()) : ofGeneration[g];
      ofGeneration[g] = sums;
      sums.rows++;
      for (int h = 0; h < targets[i].length; h++) {
        boolean yes = predictions[i][h] >= threshold;
        boolean positive = targets[i][h] == 1;
        sums.predicted += yes ? 1 : 0;
        sums.positives += positive ? 1 : 0;
        sums.found += yes && positive ? 1 : 0;
        double error = predictions[i][h] - targets[i][h];
        double less = targets[i][h] - targets[0][h]; // so that the squares lose nothing
        sums.squared[h] += error * error;
        sums.targets[h] += less;
        sums.targetSquares[h] += less * less;
      }
    }
    return Arrays.stream(ofGeneration).filter(s -> s != null).toArray(Sums[]::new);
  }

  /** One row: columns {@code rival}, {@code probe}, {@code of rival}, {@code difference}, … */
  public Table toTable() {
    return Table.create(
        "advantage of the probe",
        StringColumn.create("rival", rival),
        DoubleColumn.create("probe", new double[] {ofProbe}),
        DoubleColumn.create("of rival", new double[] {ofRival}),
        DoubleColumn.create("difference", new double[] {difference.value()}),
        DoubleColumn.create("low", new double[] {difference.low()}),
        DoubleColumn.create("high", new double[] {difference.high()}),
        IntColumn.create("generations", new int[] {generations}));
  }
}

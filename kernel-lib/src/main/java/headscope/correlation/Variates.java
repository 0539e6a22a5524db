package headscope.correlation;

import headscope.draw.Draws;
import headscope.matrix.Rows;
import headscope.matrix.Sums;
import headscope.score.Estimate;
import java.util.Arrays;
import java.util.DoubleSummaryStatistics;
import java.util.stream.IntStream;

/** Pairs of rows along some canonical directions, and how they correlate component by component. */
final class Variates {
  private static final int SUMS = 5; // of x, y, xx, yy, xy

  private final int pairs;
  private final int components;
  private final double[] correlations; // [components]
  private final int[] sizes; // pairs of each generation that has some
  private final Sums sums; // [generations with pairs, components * 5]

  /**
   * @param x [pairs, components]
   * @param y [pairs, components]
   * @param groups the generation of each pair
   */
  Variates(Rows x, Rows y, int[] groups) {
    pairs = groups.length;
    components = x.width();
    int[] distinct = Arrays.stream(groups).distinct().toArray();
    int[] place = new int[Arrays.stream(groups).max().orElse(0) + 1];
    IntStream.range(0, distinct.length).forEach(i -> place[distinct[i]] = i);
    sizes = new int[distinct.length];
    Arrays.stream(groups).forEach(g -> sizes[place[g]]++);
    sums = Sums.zeros(distinct.length, components * SUMS);
    correlations = new double[components];
    double[] all = new double[components * SUMS];
    double[] pair = new double[components * SUMS];
    double[] meansX = means(x);
    double[] meansY = means(y);
    double[] rowX = new double[components];
    double[] rowY = new double[components];
    for (int i = 0; i < pairs; i++) {
      x.read(i, rowX, 0);
      y.read(i, rowY, 0);
      for (int c = 0; c < components; c++) {
        double a = rowX[c] - meansX[c]; // so that the sums of products lose nothing
        double b = rowY[c] - meansY[c];
        int at = c * SUMS;
        pair[at] = a;
        pair[at + 1] = b;
        pair[at + 2] = a * a;
        pair[at + 3] = b * b;
        pair[at + 4] = a * b;
      }
      sums.add(place[groups[i]], pair);
      for (int j = 0; j < all.length; j++) {
        all[j] += pair[j];
      }
    }
    for (int c = 0; c < components; c++) {
      correlations[c] = correlation(all, c, pairs);
    }
  }

  /** Means whose sums are compensated, one a column. */
  private static double[] means(Rows rows) {
    DoubleSummaryStatistics[] columns = new DoubleSummaryStatistics[rows.width()];
    Arrays.setAll(columns, c -> new DoubleSummaryStatistics());
    double[] row = new double[columns.length];
    for (int i = 0; i < rows.count(); i++) {
      rows.read(i, row, 0);
      for (int c = 0; c < row.length; c++) {
        columns[c].accept(row[c]);
      }
    }
    return Arrays.stream(columns).mapToDouble(DoubleSummaryStatistics::getAverage).toArray();
  }

  /** Pearson's, 0 where one of the two does not vary. */
  private static double correlation(double[] sums, int c, double n) {
    int at = c * SUMS;
    double xx = sums[at + 2] - sums[at] * sums[at] / n;
    double yy = sums[at + 3] - sums[at + 1] * sums[at + 1] / n;
    double xy = sums[at + 4] - sums[at] * sums[at + 1] / n;
    boolean varies = xx > 1e-24 * n && yy > 1e-24 * n; // in units of fitted variances
    return varies ? Math.max(-1, Math.min(1, xy / Math.sqrt(xx * yy))) : 0;
  }

  int components() {
    return components;
  }

  /** How many generations the pairs are of. */
  int groups() {
    return sums.count();
  }

  /** The correlation of each component, in fitted order. */
  double[] correlations() {
    return correlations;
  }

  /**
   * The mean of the first n correlations with a bootstrap over generations: the directions stay,
   * the generations that the correlations are taken over are drawn.
   *
   * @return an estimate for each n; no interval where all pairs are of one generation
   */
  Estimate[] estimates(int[] firsts, int resamples, double level, long seed) {
    int groups = sums.count();
    double[][] resampled = new double[firsts.length][groups < 2 ? 0 : resamples];
    Draws draws = new Draws(seed);
    double[] drawn = new double[components * SUMS];
    double[] each = new double[components];
    for (int b = 0; b < resampled[0].length; b++) {
      Arrays.fill(drawn, 0);
      double n = 0;
      for (int i = 0; i < groups; i++) {
        int g = draws.below(groups);
        n += sizes[g];
        sums.addTo(drawn, g);
      }
      for (int c = 0; c < components; c++) {
        each[c] = correlation(drawn, c, n);
      }
      for (int f = 0; f < firsts.length; f++) {
        resampled[f][b] = Cca.mean(each, firsts[f]);
      }
    }
    return IntStream.range(0, firsts.length)
        .mapToObj(f -> Estimate.of(Cca.mean(correlations, firsts[f]), resampled[f], level, pairs))
        .toArray(Estimate[]::new);
  }
}

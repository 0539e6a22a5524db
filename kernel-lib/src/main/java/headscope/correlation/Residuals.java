package headscope.correlation;

import headscope.matrix.Rows;
import headscope.pairs.Pairs;
import java.util.Arrays;

/**
 * Rows of pairs less what their place tells: first the mean of their step index over the training
 * pairs (64 and more as one; of all where no training pair has the index), then the mean of their
 * generation. What is constant leaves exactly 0.
 */
final class Residuals implements Rows {
  private static final int LAST_STEP = 64;

  private final Pairs pairs;
  private final Rows raw;
  private final double[][] ofStep; // [65, width]
  private final int[] begins; // the first pair of each generation, [generations + 1]
  private int generation = -1; // whose mean is known
  private double[] ofGeneration = {}; // [width]

  /**
   * @param pairs all pairs of an offset, those of a generation behind each other
   * @param raw a row a pair
   * @param training whether a generation is fitted on: [generations]
   */
  Residuals(Pairs pairs, Rows raw, boolean[] training) {
    this.pairs = pairs;
    this.raw = raw;
    Means steps = new Means(LAST_STEP + 1, raw.width());
    Means all = new Means(1, raw.width());
    double[] row = new double[raw.width()];
    for (int i = 0; i < pairs.size(); i++) {
      if (training[pairs.generation(i)]) {
        raw.read(i, row, 0);
        steps.add(index(i), row);
        all.add(0, row);
      }
    }
    ofStep = steps.means();
    double[] overall = all.means()[0];
    for (int n = 0; n < ofStep.length; n++) {
      ofStep[n] = steps.has(n) ? ofStep[n] : overall;
    }
    begins = new int[pairs.generations().size() + 1];
    for (int i = 0; i < pairs.size(); i++) {
      begins[pairs.generation(i) + 1]++;
    }
    for (int g = 1; g < begins.length; g++) {
      begins[g] += begins[g - 1];
    }
  }

  /** Of one generation at a time, so that the number of generations takes no memory. */
  private double[] mean(int of) {
    if (of != generation) {
      Means mean = new Means(1, raw.width());
      double[] row = new double[raw.width()];
      for (int i = begins[of]; i < begins[of + 1]; i++) {
        raw.read(i, row, 0);
        double[] less = ofStep[index(i)];
        for (int c = 0; c < row.length; c++) {
          row[c] -= less[c];
        }
        mean.add(0, row);
      }
      ofGeneration = mean.means()[0];
      generation = of;
    }
    return ofGeneration;
  }

  private int index(int pair) {
    return Math.min(LAST_STEP, pairs.step(pair));
  }

  @Override
  public int count() {
    return raw.count();
  }

  @Override
  public int width() {
    return raw.width();
  }

  @Override
  public void read(int row, double[] into, int at) {
    raw.read(row, into, at);
    double[] step = ofStep[index(row)];
    double[] own = mean(pairs.generation(row));
    for (int c = 0; c < step.length; c++) {
      into[at + c] = into[at + c] - step[c] - own[c];
    }
  }

  /** Means of rows by group, exact where a column is constant. */
  private static final class Means {
    private final double[][] sums;
    private final double[][] first;
    private final boolean[][] varies;
    private final int[] counts;

    Means(int groups, int width) {
      sums = new double[groups][width];
      first = new double[groups][];
      varies = new boolean[groups][width];
      counts = new int[groups];
    }

    void add(int group, double[] row) {
      if (counts[group]++ == 0) {
        first[group] = row.clone();
      }
      for (int c = 0; c < row.length; c++) {
        sums[group][c] += row[c];
        varies[group][c] |= row[c] != first[group][c];
      }
    }

    boolean has(int group) {
      return counts[group] > 0;
    }

    double[][] means() {
      double[][] means = new double[counts.length][];
      for (int g = 0; g < means.length; g++) {
        means[g] = sums[g].clone();
        int group = g;
        if (has(g)) {
          Arrays.setAll(
              means[g], c -> varies[group][c] ? sums[group][c] / counts[group] : first[group][c]);
        }
      }
      return means;
    }
  }
}

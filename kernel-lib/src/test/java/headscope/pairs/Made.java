package headscope.pairs;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/** Numbers that {@code src/test/python/correlation_goldens.py} draws, too. */
public final class Made {
  private Made() {}

  /** From -1 to below 1, row by row. */
  public static double[][] uniform(long seed, int rows, int columns) {
    SplittableRandom random = new SplittableRandom(seed);
    double[][] values = new double[rows][columns];
    for (double[] row : values) {
      for (int c = 0; c < columns; c++) {
        row[c] = 2 * ((random.nextLong() >>> 11) * 0x1p-53) - 1;
      }
    }
    return values;
  }

  public static double[][] times(double[][] a, double[][] b) {
    double[][] product = new double[a.length][b[0].length];
    for (int r = 0; r < a.length; r++) {
      for (int i = 0; i < b.length; i++) {
        for (int c = 0; c < b[0].length; c++) {
          product[r][c] += a[r][i] * b[i][c];
        }
      }
    }
    return product;
  }

  public static double[][] sum(double[][] a, double[][] b) {
    double[][] sum = new double[a.length][a[0].length];
    for (int r = 0; r < a.length; r++) {
      for (int c = 0; c < a[0].length; c++) {
        sum[r][c] = a[r][c] + b[r][c];
      }
    }
    return sum;
  }

  /** Ten generations of 20, 19, ... steps, 20 hidden numbers, 12 heads; head 7 is always 0. */
  public static List<ScoredGeneration> generations() {
    double[][] mix = uniform(99, 20, 12);
    List<ScoredGeneration> generations = new ArrayList<>();
    for (int g = 0; g < 10; g++) {
      int steps = 20 - g;
      float[][] hidden = new float[steps][20];
      double[][] rounded = new double[steps][20];
      double[][] drawn = uniform(100 + g, steps, 20);
      for (int t = 0; t < steps; t++) {
        for (int i = 0; i < 20; i++) {
          hidden[t][i] = (float) drawn[t][i];
          rounded[t][i] = hidden[t][i];
        }
      }
      double[][] scores = sum(times(rounded, mix), uniform(200 + g, steps, 12));
      for (double[] row : scores) {
        for (int h = 0; h < 12; h++) {
          row[h] = h == 7 ? 0 : Math.max(0, row[h]);
        }
      }
      generations.add(ScoredGeneration.of(3, 4, .5, hidden, scores));
    }
    return generations;
  }

  /**
   * Twelve generations of 70, 66, ... steps, 8 hidden numbers, 6 heads, with tokens; scores know of
   * the step and of the generation, the last head is always 0.
   */
  public static List<ScoredGeneration> longGenerations() {
    double[][] mix = uniform(98, 8, 6);
    List<ScoredGeneration> generations = new ArrayList<>();
    for (int g = 0; g < 12; g++) {
      int steps = 70 - 4 * g;
      double[][] drawn = uniform(400 + g, steps, 8);
      float[][] hidden = new float[steps][8];
      double[][] rounded = new double[steps][8];
      int[] tokens = new int[steps];
      SplittableRandom random = new SplittableRandom(600 + g);
      for (int t = 0; t < steps; t++) {
        for (int i = 0; i < 8; i++) {
          hidden[t][i] = (float) (drawn[t][i] + t % 5 * .25 + g % 3 * .5);
          rounded[t][i] = hidden[t][i];
        }
        tokens[t] = Math.floorMod(random.nextLong(), 400);
      }
      double[][] scores = sum(times(rounded, mix), uniform(500 + g, steps, 6));
      for (int t = 0; t < steps; t++) {
        for (int h = 0; h < 6; h++) {
          scores[t][h] = h == 5 ? 0 : Math.max(0, scores[t][h] + (t + h) % 5 * .25);
        }
      }
      generations.add(ScoredGeneration.of(2, 3, .5, hidden, scores).withTokens(tokens));
    }
    return generations;
  }
}

package headscope.probe;

import headscope.matrix.Dense;
import headscope.matrix.Rows;
import java.util.Arrays;
import java.util.stream.IntStream;

/**
 * Linear regression with a ridge and a free intercept: (XᵀX + λI) W = XᵀY with centred sides, by
 * Cholesky. The sums are taken once for any number of λ. Smile's own ridge regression standardises
 * its columns, which changes what λ means.
 */
final class Ridge {
  private final double[] meansX;
  private final double[] meansY;
  private final Dense square;
  private final Dense product;

  private Ridge(double[] meansX, double[] meansY, Dense square, Dense product) {
    this.meansX = meansX;
    this.meansY = meansY;
    this.square = square;
    this.product = product;
  }

  /**
   * Takes the sums.
   *
   * @param x what it is predicted from
   * @param y what is predicted, as many rows
   */
  static Ridge of(Rows x, Rows y) {
    double[] meansX = x.means();
    double[] meansY = y.means();
    Dense square = Dense.zeros(x.width(), x.width());
    Dense product = Dense.zeros(x.width(), y.width());
    x.forEachBlock(
        meansX,
        (from, block) -> {
          square.addSquare(block);
          product.addProduct(block, y.centred(from, from + block.columns(), meansY).transposed());
        });
    return new Ridge(meansX, meansY, square, product);
  }

  /** The mean diagonal of XᵀX: 0 where nothing varies. */
  double unit() {
    return IntStream.range(0, square.rows()).mapToDouble(i -> square.get(i, i)).average().orElse(0);
  }

  /** The weights for a λ above 0: [columns of x, columns of y]. */
  Dense weights(double lambda) {
    return square.plusDiagonal(lambda).solve(product.copy());
  }

  /** Weights of 0. */
  Dense noWeights() {
    return Dense.zeros(meansX.length, meansY.length);
  }

  /** What some weights predict: [rows, columns of y]. */
  double[][] predict(Rows x, Dense weights) {
    double[][] predicted = x.times(meansX, weights).toArray();
    for (double[] row : predicted) {
      for (int h = 0; h < row.length; h++) {
        row[h] += meansY[h];
      }
    }
    return predicted;
  }

  /** Rounded so that what is equal but for the order of sums is equal: in place. */
  static double[][] rounded(double[][] predicted) {
    for (double[] row : predicted) {
      Arrays.setAll(row, h -> Math.rint(row[h] * 1e9) / 1e9);
    }
    return predicted;
  }
}

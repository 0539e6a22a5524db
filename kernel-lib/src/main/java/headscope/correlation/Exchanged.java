package headscope.correlation;

import headscope.matrix.Dense;
import headscope.matrix.Dense.Eigen;
import headscope.matrix.Dense.Svd;
import headscope.matrix.Rows;
import java.util.Arrays;

/**
 * A CCA that is fitted many times over, by the covariances of both sides: the principal components
 * that it is fitted on are far from collinear, so that squaring them loses nothing that counts.
 */
final class Exchanged {
  /** Variances below this share of the first are rounding, or of fewer rows than columns. */
  private static final double RANK = 1e-13;

  private final double[] meansX;
  private final double[] meansY;
  private final Dense directionsX;
  private final Dense directionsY;

  private Exchanged(double[] meansX, double[] meansY, Dense directionsX, Dense directionsY) {
    this.meansX = meansX;
    this.meansY = meansY;
    this.directionsX = directionsX;
    this.directionsY = directionsY;
  }

  /** Fits pairs of rows; at most so many components. */
  static Exchanged of(Rows x, Rows y, int components) {
    double[] meansX = x.means();
    double[] meansY = y.means();
    Dense whiteX = whitening(square(x, meansX));
    Dense whiteY = whitening(square(y, meansY));
    Dense cross = cross(x, meansX, y, meansY);
    Svd svd = whiteX.transposedTimes(cross.times(whiteY)).svd();
    int kept = Math.min(components, svd.s().length);
    return new Exchanged(
        meansX,
        meansY,
        whiteX.times(svd.u().firstColumns(kept)),
        whiteY.times(svd.v().firstColumns(kept)));
  }

  /** (x - means)ᵀ · (x - means): [columns, columns]; block by block where the rows are many. */
  private static Dense square(Rows x, double[] means) {
    Dense sum = Dense.zeros(x.width(), x.width());
    if (x.tall(x.width())) {
      x.forEachBlock(means, (from, block) -> sum.addSquare(block));
    } else {
      sum.addSquare(x.centred(0, x.count(), means));
    }
    return sum;
  }

  /** (x - means)ᵀ · (y - means): [columns of x, columns of y]. */
  private static Dense cross(Rows x, double[] meansX, Rows y, double[] meansY) {
    if (!x.tall(x.width() + y.width())) {
      return x.centred(0, x.count(), meansX).times(y.centred(0, y.count(), meansY).transposed());
    }
    Dense sum = Dense.zeros(x.width(), y.width());
    x.forEachBlock(
        meansX,
        (from, block) ->
            sum.addProduct(block, y.centred(from, from + block.columns(), meansY).transposed()));
    return sum;
  }

  /** What makes columns orthonormal of which the products are given; destroys these. */
  private static Dense whitening(Dense square) {
    Eigen eigen = square.eigen();
    double[] values = eigen.values();
    int rank = 0;
    while (rank < values.length && values[rank] > RANK * values[0]) {
      rank++;
    }
    double[] scale = Arrays.stream(values).limit(rank).map(v -> 1 / Math.sqrt(v)).toArray();
    return eigen.vectors().firstColumns(rank).scaleColumns(scale);
  }

  /** The correlation of other pairs of rows, component by component: [components]. */
  double[] correlations(Rows x, Rows y) {
    int[] one = new int[x.count()];
    return new Variates(x.product(meansX, directionsX), y.product(meansY, directionsY), one)
        .correlations();
  }
}

package headscope.correlation;

import headscope.failure.Section;
import headscope.matrix.Dense;
import headscope.matrix.Dense.Eigen;
import headscope.matrix.Dense.Svd;
import headscope.matrix.Rows;
import java.util.Arrays;

/**
 * Principal components: centred, not whitened, the fewest whose share of the variance is at least
 * the wanted one.
 *
 * <pre>
 *   Pca pca = Pca.of(hidden, .95);
 *   pca.components();            // 31
 *   pca.project(hidden);         // [rows, 31]
 * </pre>
 */
public final class Pca {
  /** Up to here a singular value decomposition costs less than a second. */
  private static final int SMALL = 384;

  /** Beyond this share components are wanted that squaring the data would lose. */
  private static final double SQUARED_SHARE = .9999;

  private final double[] means;
  private final double[] variances; // [components], descending
  private final double total;
  private final Dense directions; // [columns, components]
  private final int rows;

  private Pca(double[] means, double[] squares, double total, Dense directions, int rows) {
    this.means = means;
    this.variances = Arrays.stream(squares).map(s -> s / Math.max(1, rows - 1)).toArray();
    this.total = total / Math.max(1, rows - 1);
    this.directions = directions.scaleColumns(directions.signs());
    this.rows = rows;
  }

  /**
   * Principal components of some data.
   *
   * @param x [rows, columns], finite
   * @param share of the variance, above 0 and at most 1
   * @throws IllegalArgumentException if there is no row or column, a number is not finite, or the
   *     share is no share
   */
  public static Pca of(double[][] x, double share) {
    return of(Rows.of("the data of a PCA", x), share);
  }

  static Pca of(Rows x, double share) {
    checkShare(share);
    double[] means = x.means();
    int smaller = Math.min(x.count(), x.width());
    if (smaller <= SMALL || share > SQUARED_SHARE) {
      return bySvd(x, means, share);
    }
    return LeadingComponents.of(x, means, share).orElseGet(() -> byEigen(x, means, share));
  }

  static void checkShare(double share) {
    if (!(share > 0 && share <= 1)) {
      throw Section.CORRELATION.wrong(
          "a share of the variance is above 0 and at most 1, got " + share);
    }
  }

  private static Pca bySvd(Rows x, double[] means, double share) {
    // of the transposed: the directions are the left vectors
    Svd svd =
        (x.tall(x.width()) ? x.triangle(means).transposed() : x.centred(0, x.count(), means)).svd();
    double[] squares = Arrays.stream(svd.s()).map(s -> s * s).toArray();
    return of(x, means, squares, Arrays.stream(squares).sum(), share, svd.u());
  }

  /** By the covariance, or by the products of rows where there are fewer of them. */
  private static Pca byEigen(Rows x, double[] means, double share) {
    boolean byColumns = x.width() <= x.count();
    Eigen eigen = (byColumns ? covariance(x, means) : products(x, means)).eigen();
    double[] squares = Arrays.stream(eigen.values()).map(v -> Math.max(0, v)).toArray();
    double total = Arrays.stream(squares).sum();
    int wanted = components(squares, total, share);
    Dense vectors = eigen.vectors().firstColumns(wanted);
    if (!byColumns) {
      // u = X v / s: from the vectors of the rows' products to those of the columns'.
      Dense fromRows = vectors;
      Dense directions = Dense.zeros(x.width(), wanted);
      x.forEachBlock(
          means,
          (from, block) ->
              directions.addProduct(block, fromRows.someRows(from, from + block.columns())));
      vectors =
          directions.scaleColumns(
              Arrays.stream(squares).limit(wanted).map(v -> 1 / Math.sqrt(v)).toArray());
    }
    return of(x, means, squares, total, share, vectors);
  }

  private static Dense covariance(Rows x, double[] means) {
    Dense sum = Dense.zeros(x.width(), x.width());
    x.forEachBlock(means, (from, block) -> sum.addSquare(block));
    return sum;
  }

  private static Dense products(Rows x, double[] means) {
    Dense all = x.centred(0, x.count(), means);
    return all.transposedTimes(all);
  }

  /**
   * The leading components.
   *
   * @param squares sums of squares along the directions, descending
   * @param total the sum over all directions
   * @param directions at least as many columns as there are wanted components
   */
  static Pca of(
      Rows x, double[] means, double[] squares, double total, double share, Dense directions) {
    int wanted = components(squares, total, share);
    return new Pca(
        means, Arrays.copyOf(squares, wanted), total, directions.firstColumns(wanted), x.count());
  }

  /** The fewest whose cumulative share is at least the wanted one; none where nothing varies. */
  static int components(double[] squares, double total, double share) {
    if (total <= 0) {
      return 0;
    }
    double sum = 0;
    for (int i = 0; i < squares.length; i++) {
      sum += squares[i];
      if (squares[i] <= 0) {
        return i;
      }
      if (sum / total >= share) {
        return i + 1;
      }
    }
    return squares.length;
  }

  /** How many components there are; 0 where nothing varies. */
  public int components() {
    return variances.length;
  }

  /** The variance along each component, descending, divided by rows - 1: [components]. */
  public double[] variances() {
    return variances.clone();
  }

  /** The share of the variance that the components have together; 1 where nothing varies. */
  public double share() {
    return total == 0 ? 1 : Arrays.stream(variances).sum() / total;
  }

  /** Unit vectors as columns: [columns, components]; of each the greatest entry is positive. */
  public double[][] directions() {
    return directions.toArray();
  }

  /** The number of rows that it was fitted on. */
  public int rows() {
    return rows;
  }

  /**
   * The coordinates of some data along the components: [rows, components].
   *
   * @throws IllegalArgumentException if it has not as many columns as what was fitted
   */
  public double[][] project(double[][] x) {
    Rows rows = Rows.of("the data of a projection", x);
    checkWidth(rows);
    return rows.times(means, directions).toArray();
  }

  /** The same of many rows, which may lie in a file then. */
  Rows project(Rows x) {
    checkWidth(x);
    return x.product(means, directions);
  }

  private void checkWidth(Rows x) {
    if (x.width() != means.length) {
      throw Section.CORRELATION.wrong(
          "the components are of " + means.length + " columns, the data has " + x.width());
    }
  }

  @Override
  public String toString() {
    return "Pca[" + components() + " of " + means.length + " directions, " + rows + " rows]";
  }
}

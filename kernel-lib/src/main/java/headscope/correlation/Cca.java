package headscope.correlation;

import headscope.failure.Section;
import headscope.matrix.Dense;
import headscope.matrix.Dense.Svd;
import headscope.matrix.Rows;
import java.util.Arrays;
import java.util.Optional;

/**
 * Canonical correlations: of all directions in the columns of x and of y, the pair along which the
 * rows correlate most, then the pair that does so among those uncorrelated with the first, and so
 * on. Both sides are centred and decomposed by SVD, singular values below 1e-10 of the first are
 * dropped; the correlations are the singular values of U_xᵀ U_y.
 *
 * <pre>
 *   Cca cca = Cca.of(hidden, scores);
 *   cca.correlations();              // 0.98, 0.91, ...
 *   cca.first();                     // 0.98
 *   cca.mean(10);                    // of the first ten
 * </pre>
 *
 * <p>A side in which nothing varies has no direction: there are no correlations then, and their
 * mean is 0.
 */
public final class Cca {
  /** Singular values below this share of the first are rounding. */
  private static final double RANK = 1e-10;

  /** One side: what it takes to whiten its columns. */
  static final class Side {
    private final double[] means;
    private final Dense u; // [rows or basis, rank], orthonormal; shrunk towards 0 by a ridge
    private final Dense whitening; // [columns, rank]: (x - means) · whitening = √(rows - 1) · u

    private Side(double[] means, Dense u, Dense whitening) {
      this.means = means;
      this.u = u;
      this.whitening = whitening;
    }

    static Side of(Rows x, double ridge) {
      double[] means = x.means();
      return of(means, x.centred(0, x.count(), means), x.count(), ridge);
    }

    /**
     * A side of which the rows are given, or what they are in an orthonormal basis.
     *
     * @param transposed [columns, rows or basis]
     */
    static Side of(double[] means, Dense transposed, int rows, double ridge) {
      Svd svd = transposed.svd(); // V diag(s) Uᵀ
      double[] s = svd.s();
      int rank = 0;
      while (rank < s.length && s[rank] > RANK * s[0]) {
        rank++;
      }
      double freedom = Math.max(1, rows - 1);
      double[] shrink = new double[rank];
      double[] whiten = new double[rank];
      for (int i = 0; i < rank; i++) {
        double regularised = Math.sqrt(s[i] * s[i] + freedom * ridge);
        shrink[i] = s[i] / regularised;
        whiten[i] = Math.sqrt(freedom) / regularised;
      }
      return new Side(
          means,
          svd.v().firstColumns(rank).scaleColumns(shrink),
          svd.u().firstColumns(rank).scaleColumns(whiten));
    }
  }

  private final Side x;
  private final Side y;
  private final double[] correlations;
  private final Dense xDirections;
  private final Dense yDirections;
  private final Optional<Tall> tall;

  /** Pairs that are too many to be held in memory, read again where they are shuffled. */
  private record Tall(Rows x, Rows y, double ridge) {
    /** R of both sides beside each other: in the basis of its Q either is a few columns. */
    Cca fit() {
      double[] meansX = x.means();
      double[] meansY = y.means();
      double[] means = Arrays.copyOf(meansX, meansX.length + meansY.length);
      System.arraycopy(meansY, 0, means, meansX.length, meansY.length);
      Dense r = x.beside(y).triangle(means);
      Dense ofX = r.someColumns(0, meansX.length).transposed();
      Dense ofY = r.someColumns(meansX.length, means.length).transposed();
      return new Cca(
          Side.of(meansX, ofX, x.count(), ridge),
          Side.of(meansY, ofY, y.count(), ridge),
          Optional.of(this));
    }
  }

  private Cca(Side x, Side y, Optional<Tall> tall) {
    this.tall = tall;
    this.x = x;
    this.y = y;
    Svd svd = x.u.transposedTimes(y.u).svd();
    correlations = atMostOne(svd.s());
    xDirections = x.whitening.times(svd.u());
    double[] signs = xDirections.signs(); // else LAPACK's whim
    xDirections.scaleColumns(signs);
    yDirections = y.whitening.times(svd.v()).scaleColumns(signs);
  }

  /**
   * Canonical correlations of paired rows.
   *
   * @param x [rows, columns of x], finite
   * @param y [rows, columns of y], finite
   * @throws IllegalArgumentException if the rows are not as many, there is no row or column, or a
   *     number is not finite
   */
  public static Cca of(double[][] x, double[][] y) {
    return of(x, y, 0);
  }

  /**
   * Regularised: of the covariances C of both sides, divided by rows - 1, C + ridge · I is whitened
   * in place of C. The correlations are then those of the regularised problem, which shrink as the
   * ridge grows.
   *
   * @param x [rows, columns of x], finite
   * @param y [rows, columns of y], finite
   * @param ridge 0 or more, in the units of a variance
   */
  public static Cca of(double[][] x, double[][] y, double ridge) {
    if (x.length != y.length) {
      throw Section.CORRELATION.wrong(
          "both sides of a CCA have a row per pair, got "
              + x.length
              + " and "
              + y.length
              + " rows");
    }
    checkRidge(ridge);
    return of(Rows.of("x of a CCA", x), Rows.of("y of a CCA", y), ridge);
  }

  static Cca of(Rows x, Rows y, double ridge) {
    return x.tall(x.width() + y.width())
        ? ofTall(x, y, ridge)
        : of(Side.of(x, ridge), Side.of(y, ridge));
  }

  /** The same of rows that are read block by block; equal but for rounding. */
  static Cca ofTall(Rows x, Rows y, double ridge) {
    return new Tall(x, y, ridge).fit();
  }

  static Cca of(Side x, Side y) {
    return new Cca(x, y, Optional.empty());
  }

  static void checkRidge(double ridge) {
    if (!(ridge >= 0 && ridge < Double.POSITIVE_INFINITY)) {
      throw Section.CORRELATION.wrong("a ridge is 0 or more and finite, got " + ridge);
    }
  }

  /** The first correlations where row i of x is paired with row order[i] of y. */
  double[] shuffled(int[] order, int components) {
    double[] s =
        tall.map(t -> new Tall(t.x(), t.y().only(order), t.ridge()).fit().correlations)
            .orElseGet(() -> x.u.transposedTimes(y.u.rowsInOrder(order)).singularValues());
    return Arrays.copyOf(atMostOne(s), components);
  }

  private static double[] atMostOne(double[] s) {
    return Arrays.stream(s).map(v -> Math.min(1, v)).toArray();
  }

  /**
   * The correlations, descending: as many as the lower rank of the two sides, from 0 to 1:
   * [components].
   */
  public double[] correlations() {
    return correlations.clone();
  }

  /** The number of correlations. */
  public int components() {
    return correlations.length;
  }

  /** The greatest correlation; 0 where nothing varies. */
  public double first() {
    return mean(1);
  }

  /** The mean of the first n correlations, of those there are; 0 where nothing varies. */
  public double mean(int n) {
    return mean(correlations, n);
  }

  static double mean(double[] values, int n) {
    return Arrays.stream(values).limit(n).average().orElse(0);
  }

  /**
   * The directions in x as columns: [columns of x, components]. Along each the rows have variance 1
   * (divided by rows - 1; less with a ridge), its greatest entry is positive.
   */
  public double[][] xDirections() {
    return xDirections.toArray();
  }

  /** The directions in y as columns: [columns of y, components]. */
  public double[][] yDirections() {
    return yDirections.toArray();
  }

  /** Rows of x, old or new, along the directions: [rows, components]. */
  public double[][] projectX(double[][] rows) {
    return small(Rows.of("x", rows), x, xDirections);
  }

  /** Rows of y, old or new, along the directions: [rows, components]. */
  public double[][] projectY(double[][] rows) {
    return small(Rows.of("y", rows), y, yDirections);
  }

  private static double[][] small(Rows rows, Side side, Dense directions) {
    checkWidth(rows, side);
    return rows.times(side.means, directions).toArray();
  }

  /** Rows of x along the first directions, which may lie in a file then. */
  Rows projectX(Rows rows, int components) {
    return project(rows, x, xDirections.firstColumns(components));
  }

  /** Rows of y along the first directions. */
  Rows projectY(Rows rows, int components) {
    return project(rows, y, yDirections.firstColumns(components));
  }

  private static Rows project(Rows rows, Side side, Dense directions) {
    checkWidth(rows, side);
    return rows.product(side.means, directions);
  }

  private static void checkWidth(Rows rows, Side side) {
    if (rows.width() != side.means.length) {
      throw Section.CORRELATION.wrong(
          "the directions are of " + side.means.length + " columns, the data has " + rows.width());
    }
  }

  @Override
  public String toString() {
    return "Cca[" + correlations.length + " components, first " + first() + "]";
  }
}

package headscope.matrix;

import java.util.stream.IntStream;
import smile.math.blas.Transpose;
import smile.math.blas.UPLO;
import smile.math.matrix.Matrix;

/**
 * A matrix of doubles with the few operations that the analyses need. The only class that knows
 * Smile's linear algebra, whose names change from version to version.
 */
public final class Dense {
  /**
   * U · diag(s) · Vᵀ.
   *
   * @param u left vectors as columns
   * @param s singular values, descending: [values]
   * @param v right vectors as columns
   */
  public record Svd(Dense u, double[] s, Dense v) {}

  /**
   * What a symmetric matrix consists of.
   *
   * @param values eigenvalues, descending: [values]
   * @param vectors as columns
   */
  public record Eigen(double[] values, Dense vectors) {}

  private final int rows;
  private final int columns;
  private final Matrix m; // null without rows or columns, which Smile does not know

  private Dense(int rows, int columns, Matrix m) {
    this.rows = rows;
    this.columns = columns;
    this.m = m;
  }

  private Dense(Matrix m) {
    this(m.nrow(), m.ncol(), m);
  }

  /** Zeros only. */
  public static Dense zeros(int rows, int columns) {
    return rows == 0 || columns == 0
        ? new Dense(rows, columns, null)
        : new Dense(new Matrix(rows, columns));
  }

  /**
   * A matrix of the given columns, one after the other, from the beginning of an array, which is
   * kept: [rows * columns] numbers of it.
   */
  public static Dense ofColumns(int rows, int columns, double[] values) {
    return rows == 0 || columns == 0
        ? zeros(rows, columns)
        : new Dense(new Matrix(rows, columns, rows, values));
  }

  /** A matrix of the given rows: [rows, columns]. */
  public static Dense of(double[][] rows) {
    return new Dense(Matrix.of(rows));
  }

  /** The same rows, to be read one by one. */
  public Rows asRows() {
    return new Rows() {
      @Override
      public int count() {
        return rows();
      }

      @Override
      public int width() {
        return columns();
      }

      @Override
      public void read(int row, double[] into, int at) {
        for (int c = 0; c < columns(); c++) {
          into[at + c] = m.get(row, c);
        }
      }
    };
  }

  /** Number of rows. */
  public int rows() {
    return rows;
  }

  /** Number of columns. */
  public int columns() {
    return columns;
  }

  /** One number. */
  public double get(int row, int column) {
    return m.get(row, column);
  }

  /** A copy of a column: [rows]. */
  public double[] column(int column) {
    return m.col(column);
  }

  /** A copy: [rows, columns]. */
  public double[][] toArray() {
    return m == null ? new double[rows][columns] : m.toArray();
  }

  /** These columns and those of another matrix. */
  public Dense beside(Dense right) {
    Dense both = zeros(rows, columns + right.columns);
    for (int c = 0; c < both.columns; c++) {
      for (int r = 0; r < rows; r++) {
        both.m.set(r, c, c < columns ? m.get(r, c) : right.m.get(r, c - columns));
      }
    }
    return both;
  }

  /** The first n columns; the same matrix where these are all. */
  public Dense firstColumns(int n) {
    if (n == columns) {
      return this;
    }
    Dense first = zeros(rows, n);
    for (int c = 0; c < n; c++) {
      for (int r = 0; r < rows; r++) {
        first.m.set(r, c, m.get(r, c));
      }
    }
    return first;
  }

  /** Rows [from, to). */
  public Dense someRows(int from, int to) {
    return rowsInOrder(IntStream.range(from, to).toArray());
  }

  /** The rows of the given numbers, in that order: [rows]. */
  public Dense rowsInOrder(int[] order) {
    Dense ordered = zeros(order.length, columns);
    for (int c = 0; c < columns; c++) {
      for (int r = 0; r < order.length; r++) {
        ordered.m.set(r, c, m.get(order[r], c));
      }
    }
    return ordered;
  }

  /** Writes the rows of another matrix over this one's, from a row on. */
  void setRows(int from, Dense block) {
    for (int c = 0; c < columns; c++) {
      for (int r = 0; r < block.rows; r++) {
        m.set(from + r, c, block.m.get(r, c));
      }
    }
  }

  /** Multiplies each column by a factor, in place: [columns]. */
  public Dense scaleColumns(double[] factors) {
    for (int c = 0; c < columns; c++) {
      for (int r = 0; r < rows; r++) {
        m.mul(r, c, factors[c]);
      }
    }
    return this;
  }

  /**
   * A column's sign is that of its entry of greatest magnitude, the first of equal ones: [columns].
   */
  public double[] signs() {
    double[] signs = new double[columns];
    for (int c = 0; c < signs.length; c++) {
      double greatest = 0;
      for (int r = 0; r < rows; r++) {
        if (Math.abs(m.get(r, c)) > Math.abs(greatest)) {
          greatest = m.get(r, c);
        }
      }
      signs[c] = greatest < 0 ? -1 : 1;
    }
    return signs;
  }

  /** this · right. */
  public Dense times(Dense right) {
    return m == null || right.m == null ? zeros(rows, right.columns) : new Dense(m.mm(right.m));
  }

  /** thisᵀ · right. */
  public Dense transposedTimes(Dense right) {
    return m == null || right.m == null ? zeros(columns, right.columns) : new Dense(m.tm(right.m));
  }

  /** The transpose. */
  public Dense transposed() {
    return m == null ? zeros(columns, rows) : new Dense(m.transpose(false));
  }

  /** A copy. */
  public Dense copy() {
    return m == null ? zeros(rows, columns) : new Dense(m.clone());
  }

  /** A copy with a number added along the diagonal. */
  public Dense plusDiagonal(double number) {
    Dense sum = copy();
    sum.m.addDiag(number);
    return sum;
  }

  /** Adds left · right, in place. */
  public Dense addProduct(Dense left, Dense right) {
    if (m != null) {
      m.mm(Transpose.NO_TRANSPOSE, left.m, Transpose.NO_TRANSPOSE, right.m, 1, 1);
    }
    return this;
  }

  /** Adds part · partᵀ, in place. */
  public Dense addSquare(Dense part) {
    m.mm(Transpose.NO_TRANSPOSE, part.m, Transpose.TRANSPOSE, part.m, 1, 1);
    return this;
  }

  /** The thin decomposition; destroys this matrix. */
  public Svd svd() {
    if (m == null) {
      return new Svd(zeros(rows, 0), new double[0], zeros(columns, 0));
    }
    Matrix.SVD svd = m.svd(true, true);
    return new Svd(new Dense(svd.U), svd.s, new Dense(svd.V));
  }

  /** The singular values, descending, [values]; destroys this matrix. */
  public double[] singularValues() {
    return m == null ? new double[0] : m.svd(false, true).s;
  }

  /** The decomposition of a symmetric matrix; destroys it. */
  public Eigen eigen() {
    m.uplo(UPLO.LOWER);
    Matrix.EVD evd = m.eigen(false, true, true);
    int n = rows;
    double[] values = new double[n];
    for (int i = 0; i < n; i++) {
      values[i] = evd.wr[n - 1 - i];
    }
    // LAPACK's order is ascending: turn it in place, the matrix may be large.
    Matrix vectors = evd.Vr;
    for (int i = 0; i < n / 2; i++) {
      for (int r = 0; r < n; r++) {
        double swapped = vectors.get(r, i);
        vectors.set(r, i, vectors.get(r, n - 1 - i));
        vectors.set(r, n - 1 - i, swapped);
      }
    }
    return new Eigen(values, new Dense(vectors));
  }

  /**
   * R of this upper triangular matrix with more rows below it, which are the columns of a block:
   * [columns, rows].
   */
  Dense triangleWith(Dense block) {
    if (m == null) {
      return this;
    }
    Matrix both = new Matrix(rows + block.columns, columns);
    for (int c = 0; c < columns; c++) {
      for (int r = 0; r <= c; r++) {
        both.set(r, c, m.get(r, c));
      }
      for (int r = 0; r < block.columns; r++) {
        both.set(rows + r, c, block.m.get(c, r));
      }
    }
    return new Dense(both.qr(true).R());
  }

  /** Columns [from, to). */
  public Dense someColumns(int from, int to) {
    Dense some = zeros(rows, to - from);
    for (int c = from; c < to; c++) {
      for (int r = 0; r < rows; r++) {
        some.m.set(r, c - from, m.get(r, c));
      }
    }
    return some;
  }

  /** Orthonormal columns that span this matrix's; destroys it. */
  public Dense orthonormal() {
    return new Dense(m.qr(true).Q());
  }

  /** The X of this · X = right for a positive definite matrix; destroys both. */
  public Dense solve(Dense right) {
    m.uplo(UPLO.LOWER);
    m.cholesky(true).solve(right.m);
    return right;
  }
}

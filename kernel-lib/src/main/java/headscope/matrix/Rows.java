package headscope.matrix;

import headscope.failure.Section;
import java.util.Locale;

/**
 * A matrix that is read row by row from where it lies, so that no second copy of it exists.
 * Everything in it is finite.
 */
public interface Rows {
  /** Rows that are in memory as doubles at one time. */
  int BLOCK = 512;

  /** Numbers of a matrix that is made of rows and held in memory as a whole: 32 MB. */
  int IN_MEMORY = 1 << 22;

  /** Number of rows. */
  int count();

  /** Number of columns. */
  int width();

  /** Writes a row into an array, from an index on: [width] numbers of it. */
  void read(int row, double[] into, int at);

  /**
   * A whole array.
   *
   * @param what messages call it
   * @param values [rows, columns]
   * @throws IllegalArgumentException if it has no row, rows of different length, no column, or a
   *     number that is not finite
   */
  static Rows of(String what, double[][] values) {
    if (values.length == 0 || values[0].length == 0) {
      throw Section.CORRELATION.wrong(what + " has at least one row and one column, got none");
    }
    int width = values[0].length;
    for (int r = 0; r < values.length; r++) {
      if (values[r].length != width) {
        throw Section.CORRELATION.wrong(
            String.format(
                Locale.ROOT,
                "the rows of %s have one length: row 0 has %d numbers, row %d has %d",
                what,
                width,
                r,
                values[r].length));
      }
      for (int c = 0; c < width; c++) {
        if (!Double.isFinite(values[r][c])) {
          throw Section.CORRELATION.wrong(
              String.format(
                  Locale.ROOT,
                  "%s has finite numbers, that of row %d, column %d is %s",
                  what,
                  r,
                  c,
                  values[r][c]));
        }
      }
    }
    return new Rows() {
      @Override
      public int count() {
        return values.length;
      }

      @Override
      public int width() {
        return width;
      }

      @Override
      public void read(int row, double[] into, int at) {
        System.arraycopy(values[row], 0, into, at, width);
      }
    };
  }

  /** Some of the rows, in the given order: [rows], their numbers. */
  default Rows only(int[] some) {
    Rows all = this;
    return new Rows() {
      @Override
      public int count() {
        return some.length;
      }

      @Override
      public int width() {
        return all.width();
      }

      @Override
      public void read(int row, double[] into, int at) {
        all.read(some[row], into, at);
      }
    };
  }

  /**
   * The rows less a number a column, times a factor a column.
   *
   * @param less [width]
   * @param times [width]
   */
  default Rows scaled(double[] less, double[] times) {
    Rows all = this;
    return new Rows() {
      @Override
      public int count() {
        return all.count();
      }

      @Override
      public int width() {
        return all.width();
      }

      @Override
      public void read(int row, double[] into, int at) {
        all.read(row, into, at);
        for (int c = 0; c < less.length; c++) {
          into[at + c] = (into[at + c] - less[c]) * times[c];
        }
      }
    };
  }

  /** The mean of each column; exact where it is constant, so that nothing of it varies: [width]. */
  default double[] means() {
    double[] means = new double[width()];
    double[] first = new double[width()];
    boolean[] varies = new boolean[width()];
    double[] row = new double[width()];
    read(0, first, 0);
    for (int r = 0; r < count(); r++) {
      read(r, row, 0);
      for (int c = 0; c < row.length; c++) {
        means[c] += row[c];
        varies[c] |= row[c] != first[c];
      }
    }
    for (int c = 0; c < means.length; c++) {
      means[c] = varies[c] ? means[c] / count() : first[c];
    }
    return means;
  }

  /** Rows [from, to) less some means, one a column: [width, to - from]. */
  default Dense centred(int from, int to, double[] means) {
    return centred(from, to, means, new double[(to - from) * width()]);
  }

  private Dense centred(int from, int to, double[] means, double[] block) {
    for (int r = from; r < to; r++) {
      int at = (r - from) * width();
      read(r, block, at);
      for (int c = 0; c < means.length; c++) {
        block[at + c] -= means[c];
      }
    }
    return Dense.ofColumns(width(), to - from, block);
  }

  /** What is done with a block of rows. */
  interface BlockConsumer {
    /**
     * @param from the first row of the block
     * @param block rows less the means, one a column; overwritten by the next block
     */
    void accept(int from, Dense block);
  }

  /**
   * All rows less some means, [width], so many at a time that little of them is in memory as
   * doubles.
   */
  default void forEachBlock(double[] means, BlockConsumer consumer) {
    double[] block = new double[Math.min(count(), BLOCK) * width()];
    for (int from = 0; from < count(); from += BLOCK) {
      consumer.accept(from, centred(from, Math.min(count(), from + BLOCK), means, block));
    }
  }

  /** Whether a matrix of so many columns and a row for each of these is too large to be held. */
  default boolean tall(int columns) {
    return (long) count() * columns > IN_MEMORY;
  }

  /** These rows, each with that of another matrix beside it. */
  default Rows beside(Rows right) {
    Rows left = this;
    return new Rows() {
      @Override
      public int count() {
        return left.count();
      }

      @Override
      public int width() {
        return left.width() + right.width();
      }

      @Override
      public void read(int row, double[] into, int at) {
        left.read(row, into, at);
        right.read(row, into, at + left.width());
      }
    };
  }

  /**
   * R of rows - means = Q R, upper triangular, [width, width]: of each block of rows below the R of
   * those before it a new R is made. Nothing is squared, so that it is as exact as a decomposition
   * of all rows at once.
   *
   * @param means one a column: [width]
   */
  default Dense triangle(double[] means) {
    Dense[] r = {Dense.zeros(width(), width())};
    forEachBlock(means, (from, block) -> r[0] = r[0].triangleWith(block));
    return r[0];
  }

  /**
   * (rows - means) · right, [count, columns of right], as rows: in memory, or where they are too
   * many in a file.
   *
   * @param means one a column: [width]
   */
  default Rows product(double[] means, Dense right) {
    return right.columns() > 0 && tall(right.columns())
        ? FileRows.ofProduct(this, means, right)
        : times(means, right).asRows();
  }

  /** (rows - means)ᵀ · (rows - means) · right: [width, columns of right]. */
  default Dense squareTimes(double[] means, Dense right) {
    Dense sum = Dense.zeros(width(), right.columns());
    forEachBlock(means, (from, block) -> sum.addProduct(block, block.transposedTimes(right)));
    return sum;
  }

  /** The sum of the squares of rows - means, one a column: [width]. */
  default double squares(double[] means) {
    double sum = 0;
    double[] row = new double[width()];
    for (int r = 0; r < count(); r++) {
      read(r, row, 0);
      double ofRow = 0; // summed row by row: the rounding stays small
      for (int c = 0; c < row.length; c++) {
        ofRow += (row[c] - means[c]) * (row[c] - means[c]);
      }
      sum += ofRow;
    }
    return sum;
  }

  /** (rows - means) · right: [count, columns of right], one block of rows after the other. */
  default Dense times(double[] means, Dense right) {
    Dense product = Dense.zeros(count(), right.columns());
    forEachBlock(means, (from, block) -> product.setRows(from, block.transposedTimes(right)));
    return product;
  }
}

package headscope.figure;

import headscope.failure.Section;
import java.util.Arrays;
import java.util.List;
import java.util.stream.DoubleStream;

/**
 * A grid of values with a name for each row and column.
 *
 * @param rows names of the rows
 * @param columns names of the columns
 * @param values [rows][columns], NaN where there is none
 * @param opacity [rows][columns], from 0 to 1
 * @param samples [rows][columns], what a value is made of; 0 where that is not known
 */
record Cells(
    List<String> rows,
    List<String> columns,
    double[][] values,
    double[][] opacity,
    int[][] samples) {

  /** A grid without values; every opacity is 1. */
  static Cells empty(List<String> rows, List<String> columns) {
    double[][] values = new double[rows.size()][columns.size()];
    double[][] opacity = new double[rows.size()][columns.size()];
    for (double[] row : values) {
      Arrays.fill(row, Double.NaN);
    }
    for (double[] row : opacity) {
      Arrays.fill(row, 1);
    }
    int[][] samples = new int[rows.size()][columns.size()];
    return new Cells(List.copyOf(rows), List.copyOf(columns), values, opacity, samples);
  }

  /** Puts a value where there must be none yet. */
  void put(int row, int column, double value) {
    if (!Double.isNaN(values[row][column])) {
      throw Section.FIGURES_AND_PAGES.wrong(
          "two values for "
              + rows.get(row)
              + ", "
              + columns.get(column)
              + ": "
              + Numbers.text(values[row][column])
              + " and "
              + Numbers.text(value)
              + "; a cell takes one");
    }
    values[row][column] = value;
  }

  /** Every value that is there. */
  DoubleStream present() {
    return Arrays.stream(values).flatMapToDouble(Arrays::stream).filter(v -> !Double.isNaN(v));
  }

  long count() {
    return present().count();
  }

  double min() {
    return present().min().orElse(Double.NaN);
  }

  double max() {
    return present().max().orElse(Double.NaN);
  }

  /** Row and column of the first cell that holds a value. */
  int[] find(double value) {
    for (int r = 0; r < values.length; r++) {
      for (int c = 0; c < values[r].length; c++) {
        if (values[r][c] == value) {
          return new int[] {r, c};
        }
      }
    }
    throw Section.FIGURES_AND_PAGES.wrong("no cell holds " + value);
  }
}

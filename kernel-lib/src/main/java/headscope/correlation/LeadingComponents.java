package headscope.correlation;

import headscope.draw.Draws;
import headscope.matrix.Dense;
import headscope.matrix.Dense.Eigen;
import headscope.matrix.Rows;
import java.util.Optional;
import java.util.concurrent.CancellationException;

/**
 * The leading principal components of large data whose variance lies in few directions, by subspace
 * iteration. It stops when the components solve the eigenvalue problem as exactly as a dense
 * decomposition would, so that it is a matter of time and memory, not of accuracy: no matrix of
 * columns by columns is made. Data that does not lie in few directions is left to that
 * decomposition.
 */
final class LeadingComponents {
  private static final int FIRST_WIDTH = 64;

  /** More passes than this cost as much as the dense decomposition. */
  private static final int PASSES = 24;

  /** What remains of C v - λ v, in units of the greatest λ. */
  private static final double EXACT = 1e-13;

  /** A pass that shrinks the error by less calls for a wider subspace. */
  private static final double SLOW = .3;

  private LeadingComponents() {}

  static Optional<Pca> of(Rows x, double[] means, double share) {
    int widest = Math.min(x.count(), x.width()) / 6;
    double total = x.squares(means);
    Draws draws = new Draws(0);
    Dense basis = drawn(x, means, Math.min(FIRST_WIDTH, widest), draws).orthonormal();
    for (int pass = 0; pass < PASSES; pass++) {
      if (Thread.interrupted()) {
        throw new CancellationException("stopped on request");
      }
      Dense image = x.squareTimes(means, basis);
      Eigen ritz = basis.transposedTimes(image).eigen();
      double[] values = ritz.values();
      int width = values.length;
      int wanted = Pca.components(values, total, share);
      boolean enough = sum(values, wanted) / total >= share;
      if (enough || total == 0) {
        Dense vectors = basis.times(ritz.vectors());
        if (residual(image.times(ritz.vectors()), vectors, values, wanted) <= EXACT * values[0]) {
          return Optional.of(Pca.of(x, means, values, total, share, vectors));
        }
      }
      if (!enough || values[width - 1] > SLOW * values[wanted - 1]) {
        int wider = 2 * width;
        if (wider > widest) {
          return Optional.empty();
        }
        image = image.beside(drawn(x, means, width, draws));
      }
      basis = image.orthonormal();
    }
    return Optional.empty();
  }

  private static double sum(double[] values, int n) {
    double sum = 0;
    for (int i = 0; i < n; i++) {
      sum += values[i];
    }
    return sum;
  }

  /** The greatest |C v - λ v| of the first vectors. */
  private static double residual(Dense images, Dense vectors, double[] values, int n) {
    double greatest = 0;
    for (int c = 0; c < n; c++) {
      double squares = 0;
      for (int r = 0; r < vectors.rows(); r++) {
        double d = images.get(r, c) - values[c] * vectors.get(r, c);
        squares += d * d;
      }
      greatest = Math.max(greatest, Math.sqrt(squares));
    }
    return greatest;
  }

  /** Columns of random signs after one pass: they lean to the leading directions already. */
  private static Dense drawn(Rows x, double[] means, int columns, Draws draws) {
    double[] signs = new double[x.width() * columns];
    for (int i = 0; i < signs.length; i++) {
      signs[i] = draws.next() < 0 ? -1 : 1;
    }
    return x.squareTimes(means, Dense.ofColumns(x.width(), columns, signs));
  }
}

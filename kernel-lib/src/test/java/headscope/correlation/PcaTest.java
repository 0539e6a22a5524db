package headscope.correlation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import headscope.matrix.Rows;
import headscope.pairs.Made;
import org.junit.jupiter.api.Test;

/** Golden numbers: {@code src/test/python/correlation_goldens.py} with numpy 2.4.6. */
class PcaTest {
  private static final double[][] X = Made.uniform(1, 40, 6);

  @Test
  void variancesAreThoseOfNumpy() {
    double[] golden = {
      0.5369882968140823,
      0.46796991329142656,
      0.32746675877923553,
      0.27626101031075373,
      0.2671266701253302,
      0.14861040063868455
    };
    Pca pca = Pca.of(X, 1);
    assertThat(pca.components()).isEqualTo(6);
    for (int i = 0; i < 6; i++) {
      assertThat(pca.variances()[i]).isCloseTo(golden[i], within(1e-14));
    }
  }

  @Test
  void theFewestComponentsThatReachTheShareAreKept() {
    assertThat(Pca.of(X, .4964).components()).isEqualTo(2); // numpy: 0.4964170952932033
    assertThat(Pca.of(X, .4965).components()).isEqualTo(3);
    assertThat(Pca.of(X, 1e-9).components()).isEqualTo(1);
    assertThat(Pca.of(X, .4964).share()).isCloseTo(0.4964170952932033, within(1e-14));
  }

  @Test
  void aProjectionIsCentredAndNotWhitened() {
    Pca pca = Pca.of(X, .9);
    double[][] z = pca.project(X);
    for (int c = 0; c < pca.components(); c++) {
      double sum = 0;
      double squares = 0;
      for (double[] row : z) {
        sum += row[c];
        squares += row[c] * row[c];
      }
      assertThat(sum).isCloseTo(0, within(1e-12));
      assertThat(squares / 39).isCloseTo(pca.variances()[c], within(1e-12));
    }
  }

  /**
   * 500 columns in 30 directions, and noise: iterated, and by SVD since a larger share is asked.
   */
  @Test
  void largeDataOfFewDirectionsGivesWhatItsDecompositionGives() {
    double[][] x = Made.sum(Made.times(Made.uniform(1, 700, 30), Made.uniform(2, 30, 500)), tiny());
    assertThat(isIterated(x)).isTrue();
    agreesWithSvd(x);
  }

  /** Variance in all directions, more rows than columns and fewer: dense, and by SVD. */
  @Test
  void largeDataOfManyDirectionsGivesWhatItsDecompositionGives() {
    assertThat(isIterated(falling(700, 500))).isFalse();
    agreesWithSvd(falling(700, 500));
    agreesWithSvd(falling(450, 500));
  }

  private static boolean isIterated(double[][] x) {
    Rows rows = Rows.of("x", x);
    return LeadingComponents.of(rows, rows.means(), .95).isPresent();
  }

  private static double[][] tiny() {
    double[][] noise = Made.uniform(3, 700, 500);
    for (double[] row : noise) {
      for (int c = 0; c < row.length; c++) {
        row[c] *= 1e-3;
      }
    }
    return noise;
  }

  private static double[][] falling(int rows, int columns) {
    double[][] x = Made.uniform(4, rows, columns);
    for (double[] row : x) {
      for (int c = 0; c < columns; c++) {
        row[c] *= Math.pow(c + 1, -.3); // so that the cut falls into a gap
      }
    }
    return x;
  }

  private static void agreesWithSvd(double[][] x) {
    Pca large = Pca.of(x, .95);
    Pca svd = Pca.of(x, .99999);
    double sum = 0;
    int needed = 0;
    double total = total(x);
    while (sum / total < .95) {
      sum += svd.variances()[needed++];
    }
    assertThat(large.components()).isEqualTo(needed);
    double[][] a = large.directions();
    double[][] b = svd.directions();
    for (int c = 0; c < needed; c++) {
      assertThat(large.variances()[c]).isCloseTo(svd.variances()[c], within(1e-12 * total));
      double cosine = 0;
      for (int r = 0; r < a.length; r++) {
        cosine += a[r][c] * b[r][c];
      }
      assertThat(cosine).isCloseTo(1, within(1e-9));
    }
  }

  private static double total(double[][] x) {
    Rows rows = Rows.of("x", x);
    return rows.squares(rows.means()) / (x.length - 1);
  }

  @Test
  void whereNothingVariesThereIsNoComponent() {
    Pca pca = Pca.of(new double[][] {{.1, .3}, {.1, .3}, {.1, .3}}, .95);
    assertThat(pca.components()).isZero();
    assertThat(pca.share()).isEqualTo(1);
    assertThat(pca.project(new double[][] {{1, 2}})).hasDimensions(1, 0);
  }

  @Test
  void wrongSharesAndShapesAreRefused() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Pca.of(X, 0))
        .withMessage("a share of the variance is above 0 and at most 1, got 0.0");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Pca.of(X, 1).project(new double[][] {{1, 2}}))
        .withMessage("the components are of 6 columns, the data has 2");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Pca.of(new double[][] {{1, 2}, {3}}, 1))
        .withMessageContaining("row 1 has 1");
  }
}

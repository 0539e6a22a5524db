package headscope.correlation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import headscope.pairs.Made;
import java.util.Arrays;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

/**
 * Golden numbers: {@code src/test/python/correlation_goldens.py} with numpy 2.4.6, whose SVDs are
 * of the data itself.
 */
class CcaTest {
  private final double[][] x = Made.uniform(1, 40, 6);
  private final double[][] y = Made.uniform(2, 40, 5);

  CcaTest() {
    for (int r = 0; r < 40; r++) {
      for (int c = 0; c < 3; c++) {
        y[r][c] += x[r][c];
      }
    }
  }

  @Test
  void correlationsAreThoseOfNumpy() {
    close(
        Cca.of(x, y),
        1e-12,
        0.8415275801750662,
        0.8055259438195255,
        0.7481950155680933,
        0.35349353643069914,
        0.17436031745508213);
  }

  @Test
  void correlationsOfNearlyCollinearColumnsAreThoseOfNumpy() {
    double[][] noise = Made.uniform(3, 40, 1);
    for (int r = 0; r < 40; r++) {
      x[r][5] = x[r][0] + 1e-6 * noise[r][0];
    }
    close(
        Cca.of(x, y),
        1e-8,
        0.8435473574146529,
        0.7979188325881313,
        0.7660685682127181,
        0.23777106895478747,
        0.10825662906798898);
  }

  @Test
  void columnsThatAreConstantOrFollowFromOthersAddNothing() {
    for (double[] row : x) {
      row[4] = .1;
      row[5] = row[0] - 2 * row[1];
    }
    close(
        Cca.of(x, y),
        1e-12,
        0.8397275982418246,
        0.7800031634834179,
        0.7288536569711883,
        0.13692438228919934);
  }

  @Test
  void withFewerRowsThanColumnsEverythingCorrelates() {
    close(Cca.of(Made.uniform(4, 6, 12), Made.uniform(5, 6, 3)), 1e-12, 1, 1, 1);
  }

  @Test
  void aRidgeIsAddedToTheCovariances() {
    close(
        Cca.of(x, y, .3),
        1e-12,
        0.5290383639903448,
        0.486708157969767,
        0.4045725928800378,
        0.1817471388771326,
        0.08618718556253226);
  }

  private static void close(Cca cca, double by, double... correlations) {
    assertThat(cca.components()).isEqualTo(correlations.length);
    for (int i = 0; i < correlations.length; i++) {
      assertThat(cca.correlations()[i]).isCloseTo(correlations[i], within(by));
    }
    assertThat(Arrays.stream(cca.correlations())).allMatch(r -> r >= 0 && r <= 1);
  }

  @Property(tries = 50)
  void invertibleMapsOfEitherSideChangeNothing(@ForAll long seed) {
    double[][] a = wellConditioned(seed, 6);
    double[][] b = wellConditioned(seed + 1, 5);
    double[] before = Cca.of(x, y).correlations();
    double[] after = Cca.of(Made.times(x, a), Made.times(y, b)).correlations();
    for (int i = 0; i < before.length; i++) {
      assertThat(after[i]).isCloseTo(before[i], within(1e-9));
    }
  }

  private static double[][] wellConditioned(long seed, int n) {
    double[][] a = Made.uniform(seed, n, n);
    for (int i = 0; i < n; i++) {
      a[i][i] += 2 * n; // its diagonal outweighs each row
    }
    return a;
  }

  @Property(tries = 50)
  void whatIsALinearMapOfTheOtherSideCorrelatesExactly(
      @ForAll long seed, @ForAll @IntRange(min = 1, max = 6) int columns) {
    Cca cca = Cca.of(x, Made.times(x, Made.uniform(seed, 6, columns)));
    assertThat(cca.components()).isEqualTo(columns);
    assertThat(Arrays.stream(cca.correlations())).allMatch(r -> Math.abs(r - 1) < 1e-10);
  }

  @Test
  void alongTheDirectionsRowsHaveUnitVarianceAndTheCanonicalCorrelations() {
    Cca cca = Cca.of(x, y);
    double[][] a = cca.projectX(x);
    double[][] b = cca.projectY(y);
    for (int i = 0; i < cca.components(); i++) {
      for (int j = 0; j < cca.components(); j++) {
        double own = i == j ? 1 : 0;
        double both = i == j ? cca.correlations()[i] : 0;
        assertThat(covariance(a, i, a, j)).isCloseTo(own, within(1e-12));
        assertThat(covariance(b, i, b, j)).isCloseTo(own, within(1e-12));
        assertThat(covariance(a, i, b, j)).isCloseTo(both, within(1e-12));
      }
    }
    assertThat(cca.xDirections()).hasDimensions(6, 5);
    assertThat(cca.yDirections()).hasDimensions(5, 5);
  }

  private static double covariance(double[][] a, int i, double[][] b, int j) {
    double sum = 0;
    for (int r = 0; r < a.length; r++) {
      sum += a[r][i] * b[r][j]; // both are centred
    }
    return sum / (a.length - 1);
  }

  @Test
  void whereNothingVariesThereIsNoComponentAndTheMeanIsZero() {
    double[][] flat = new double[40][3];
    Arrays.stream(flat).forEach(row -> Arrays.fill(row, .1));
    Cca cca = Cca.of(flat, y);
    assertThat(cca.correlations()).isEmpty();
    assertThat(cca.first()).isZero();
    assertThat(cca.mean(10)).isZero();
    assertThat(cca.projectY(y)).hasDimensions(40, 0);
    assertThat(Cca.of(new double[][] {{1, 2}}, new double[][] {{3}}).components()).isZero();
  }

  @Test
  void scaleIsNoMatter() {
    double[][] tiny = Arrays.stream(x).map(CcaTest::shrunk).toArray(double[][]::new);
    assertThat(Cca.of(tiny, y).first()).isCloseTo(0.8415275801750662, within(1e-12));
  }

  private static double[] shrunk(double[] row) {
    return Arrays.stream(row).map(v -> v * 1e-30).toArray();
  }

  @Test
  void wrongDataIsRefusedByName() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Cca.of(x, Made.uniform(1, 39, 2)))
        .withMessage("both sides of a CCA have a row per pair, got 40 and 39 rows");
    x[3][2] = Double.NaN;
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Cca.of(x, y))
        .withMessage("x of a CCA has finite numbers, that of row 3, column 2 is NaN");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Cca.of(y, y, -1))
        .withMessage("a ridge is 0 or more and finite, got -1.0");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Cca.of(new double[0][], new double[0][]))
        .withMessageContaining("at least one row");
  }
}

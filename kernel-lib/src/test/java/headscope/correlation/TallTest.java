package headscope.correlation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import headscope.draw.Draws;
import headscope.matrix.Rows;
import headscope.pairs.GenerationStore;
import headscope.pairs.ScoredGeneration;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** What is read block by block gives what all rows at once give, but for rounding. */
class TallTest {
  private static final int STEPS = 50;
  private static final int HIDDEN = 24;
  private static final int HEADS = 12;

  /** Rows that are made when they are read, so that no number of them needs memory. */
  private static Rows made(int count, int width, long seed) {
    return new Rows() {
      @Override
      public int count() {
        return count;
      }

      @Override
      public int width() {
        return width;
      }

      @Override
      public void read(int row, double[] into, int at) {
        Draws draws = new Draws(seed + row);
        double common = draws.share();
        for (int c = 0; c < width; c++) {
          // columns of different size, and one that nearly follows from the others: what is
          // squared would be exact to 1e-7
          into[at + c] = (draws.share() + common) * Math.pow(10, -(c % 4)) + 3;
        }
        into[at + width - 1] = into[at] + into[at + 1] + 1e-4 * draws.share();
      }
    };
  }

  private static double[][] array(Rows rows) {
    double[][] all = new double[rows.count()][rows.width()];
    for (int r = 0; r < all.length; r++) {
      rows.read(r, all[r], 0);
    }
    return all;
  }

  private static void close(double[] found, double[] expected, double tolerance) {
    assertThat(found).hasSameSizeAs(expected);
    for (int i = 0; i < found.length; i++) {
      assertThat(found[i]).isCloseTo(expected[i], within(tolerance));
    }
  }

  @Test
  void correlationsOfBlocksAreThoseOfAllRowsAtOnce() {
    Rows x = made(3_000, 9, 1);
    Rows y = made(3_000, 6, 5_000);
    for (double ridge : List.of(0.0, .3)) {
      Cca whole = Cca.of(array(x), array(y), ridge);
      Cca blocks = Cca.ofTall(x, y, ridge);
      close(blocks.correlations(), whole.correlations(), 1e-9);
      int[] order = Draws.permutation(3_000, 7);
      close(blocks.shuffled(order, 5), whole.shuffled(order, 5), 1e-9);
      double[][] directions = whole.xDirections();
      double[][] found = blocks.xDirections();
      for (int c = 0; c < 3; c++) {
        assertThat(found[0][c] / directions[0][c]).isCloseTo(1, within(1e-6));
      }
    }
  }

  @Test
  void componentsOfRowsBeyondMemoryAreThoseOfAllRowsAtOnce() {
    int count = 1 + Rows.IN_MEMORY / 40;
    Rows x = made(count, 40, 3);
    assertThat(x.tall(40)).isTrue();
    Pca blocks = Pca.of(x, .999999);
    double[] means = x.means();
    double[] squares =
        Arrays.stream(x.centred(0, count, means).svd().s()).map(s -> s * s / (count - 1)).toArray();
    assertThat(blocks.components()).isGreaterThan(10);
    for (int i = 0; i < blocks.components(); i++) {
      assertThat(blocks.variances()[i] / squares[i]).isCloseTo(1, within(1e-10));
    }
    Rows projected = blocks.project(x.only(IntStream.range(0, 600).toArray()));
    Rows inFile = x.product(means, x.triangle(means)); // wide enough to lie in a file
    double[] row = new double[40];
    double[] expected = new double[40];
    for (int r : List.of(0, 511, 512, count - 1)) {
      inFile.read(r, row, 0);
      x.only(new int[] {r}).product(means, x.triangle(means)).read(0, expected, 0);
      close(row, expected, 1e-9);
    }
    assertThat(projected.count()).isEqualTo(600);
  }

  private static ScoredGeneration generation(int g) {
    Draws draws = new Draws(g);
    float[][] hidden = new float[STEPS][HIDDEN];
    double[][] scores = new double[STEPS][HEADS];
    for (int t = 0; t < STEPS; t++) {
      for (int i = 0; i < HIDDEN; i++) {
        hidden[t][i] = (float) draws.share();
      }
      for (int h = 0; h < HEADS; h++) {
        scores[t][h] = hidden[t][h] > .5 ? draws.share() : .1 * draws.share();
      }
    }
    return ScoredGeneration.of(hidden, scores).withTokens(IntStream.range(0, STEPS).toArray());
  }

  @Test
  void generationsInAFileSayWhatTheySaidInMemory() {
    GenerationStore store = new GenerationStore(1_000);
    List<ScoredGeneration> kept =
        IntStream.range(0, 9_000).mapToObj(g -> store.keep(generation(g))).toList();
    assertThat(store).hasToString("GenerationStore[0 MB in memory, more in a file]");
    for (int g : List.of(0, 1, 4_000, 8_999)) {
      ScoredGeneration as = generation(g).first(40);
      ScoredGeneration found = kept.get(g).first(40);
      for (int t = 0; t < 40; t += 13) {
        assertThat(found.hidden(t)).containsExactly(as.hidden(t));
        assertThat(found.scores(t)).containsExactly(as.scores(t));
        assertThat(found.labels(t)).containsExactly(as.labels(t));
        assertThat(found.token(t)).isEqualTo(t);
      }
      assertThat(found).hasToString(as.toString());
    }
  }

  @Test
  @Tag("slow")
  void aCurveOverAFileIsThatOverMemory() {
    OffsetCca some = OffsetCca.standard().withOffsets(List.of(0)).withIntervals(50, 2, .95);
    GenerationStore store = new GenerationStore(1_000_000);
    List<ScoredGeneration> all = IntStream.range(0, 5_000).mapToObj(TallTest::generation).toList();
    OffsetCca.Row inFile = some.of(all.stream().map(store::keep).toList()).rows().get(0);
    OffsetCca.Row inMemory = some.of(all).rows().get(0);
    assertThat(inFile).isEqualTo(inMemory); // the same numbers, wherever they lie
    assertThat(inFile.inSample().pairs()).isEqualTo(5_000 * STEPS);
    assertThat(inFile.heldOut().first().value()).isGreaterThan(inFile.shuffled().first().value());
  }
}

package headscope.score;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import headscope.head.HeadId;
import headscope.head.HeadSet;
import java.util.List;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;
import tech.tablesaw.api.Table;

class ScoreMatrixTest {
  private final ScoreMatrix scores =
      HandMade.scores(
          2, 2, new double[] {1, 0, .5, 0}, new double[] {1, 1, .6, 0}, new double[] {1, 0, .7, 1});

  @Test
  void scoresAreReadByStepAndHead() {
    assertThat(scores.score(1, new HeadId(1, 0))).isEqualTo(.6);
    assertThat(scores.step(2)).containsExactly(1, 0, .7, 1);
    assertThat(scores.head(new HeadId(0, 1))).containsExactly(0, 1, 0);
    assertThat(scores.dynamicHeads(0)).isEqualTo(HeadSet.parse("L0-H0"));
    assertThat(scores.retrieving(0, .4)).isEqualTo(HeadSet.parse("L0-H0,L1-H0"));
    assertThat(scores.retrieving(0, 1)).isEmpty();
  }

  @Test
  void theMeanIsTakenOverTheSteps() {
    double[] means = scores.mean().means();
    assertThat(means).hasSize(4);
    assertThat(means[0]).isEqualTo(1);
    assertThat(means[1]).isEqualTo(1. / 3);
    assertThat(means[2]).isCloseTo(.6, within(1e-15));
    assertThat(scores.mean().samples()).isEqualTo(1);
  }

  @Test
  void theMostVariableHeadsKeepLayerAndHeadOrder() {
    // population variances 0, 2/9, .00666, 2/9
    assertThat(scores.mostVariable(2).heads()).containsExactly(new HeadId(0, 1), new HeadId(1, 1));
    assertThat(scores.mostVariable(3).heads())
        .containsExactly(new HeadId(0, 1), new HeadId(1, 0), new HeadId(1, 1));
    assertThat(scores.mostVariable(99).heads()).hasSize(4);
    ScoreMatrix one = scores.mostVariable(1);
    assertThat(one.heads()).as("the lower layer wins a tie").containsExactly(new HeadId(0, 1));
    assertThat(one.step(1)).containsExactly(1);
    assertThat(one.mean().heads()).isEqualTo(HeadSet.parse("L0-H1"));
    assertThatIllegalArgumentException().isThrownBy(() -> scores.mostVariable(0));
  }

  /** numpy 2.4.6, var(axis=0): .0641, .1076, .0922, .1190, .0718, .0385. */
  @Test
  void theVarianceIsThatOfThePopulation() {
    ScoreMatrix last = HandMade.fiveSamples().get(4);
    assertThat(last.mostVariable(3).heads())
        .containsExactly(new HeadId(0, 1), new HeadId(0, 2), new HeadId(1, 0));
  }

  @Property(tries = 200, seed = "1")
  void roundingDecidesNoTie(@ForAll("binary") List<Integer> series) {
    // Inverted and reversed series have the same variance, but for the last bits.
    int n = series.size();
    double[][] rows = new double[n][];
    for (int t = 0; t < n; t++) {
      rows[t] = new double[] {1 - series.get(n - 1 - t), series.get(t), 1 - series.get(t)};
    }
    assertThat(HandMade.scores(rows).mostVariable(1).heads()).containsExactly(new HeadId(0, 0));
  }

  @Provide
  Arbitrary<List<Integer>> binary() {
    return Arbitraries.integers().between(0, 1).list().ofMinSize(1).ofMaxSize(60);
  }

  @Property(tries = 50, seed = "1")
  void permutingHeadsPermutesScores(@ForAll("rows") List<List<Double>> rows) {
    double[][] straight = new double[rows.size()][];
    double[][] swapped = new double[rows.size()][];
    for (int t = 0; t < straight.length; t++) {
      List<Double> r = rows.get(t);
      straight[t] = new double[] {r.get(0), r.get(1), r.get(2)};
      swapped[t] = new double[] {r.get(2), r.get(0), r.get(1)};
    }
    HeadScores a = HandMade.scores(straight).mean();
    HeadScores b = HandMade.scores(swapped).mean();
    for (int h = 0; h < 3; h++) {
      assertThat(b.mean(new HeadId(0, (h + 1) % 3))).isEqualTo(a.mean(new HeadId(0, h)));
    }
  }

  @Provide
  Arbitrary<List<List<Double>>> rows() {
    return Arbitraries.doubles().between(0, 1).list().ofSize(3).list().ofMinSize(1).ofMaxSize(9);
  }

  @Test
  void theTableHasARowAStepAndHead() {
    Table table = scores.only(HeadSet.parse("L1-H1,L0-H1")).toTable();
    assertThat(table.columnNames()).containsExactly("step", "token", "head", "score");
    assertThat(table.rowCount()).isEqualTo(6);
    assertThat(table.row(5).getInt("step")).isEqualTo(2);
    assertThat(table.row(5).getString("token")).isEqualTo("t2");
    assertThat(table.row(5).getString("head")).isEqualTo("L1-H1");
    assertThat(table.row(5).getDouble("score")).isEqualTo(1);
  }

  @Test
  void itDoesNotChangeWithTheArraysItWasMadeOf() {
    double[][] rows = {{0, 1}};
    ScoreMatrix made = HandMade.scores(rows);
    rows[0][0] = 9;
    made.step(0)[1] = 9;
    assertThat(made.step(0)).containsExactly(0, 1);
  }

  @Test
  void whatDoesNotFitIsRefused() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> HandMade.scores(2, 2, new double[3]))
        .withMessageContaining("step 0 has 3 scores");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> HandMade.scores(new double[] {0, Double.NaN}))
        .withMessage("scores are finite numbers, that of L0-H1 at step 0 is NaN");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> ScoreMatrix.of("x", 0, 1, 1, List.of(), new double[1][1]));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> scores.step(3))
        .withMessage("the counted steps are 0 to 2, got step 3");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> scores.head(new HeadId(2, 0)))
        .withMessageContaining("L2-H0");
  }
}

package headscope.score;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import headscope.head.HeadId;
import headscope.head.HeadSet;
import java.util.List;
import java.util.Map;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.DoubleRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;
import tech.tablesaw.api.Table;

class StaticRankingTest {

  /** CPython 3.11, numpy 2.4.6: mean over steps, then over samples. */
  @Test
  void headsAreRankedByTheirMeanOverTheSuccessfulSamples() {
    StaticRanking ranking =
        StaticRanking.of(HandMade.fiveSamples(), List.of(false, true, false, true, true));
    assertThat(ranking.heads().stream().map(h -> h.index(3))).containsExactly(0, 5, 4, 1, 2, 3);
    assertThat(ranking.score(new HeadId(0, 0))).isCloseTo(.5726468004306863, within(1e-12));
    assertThat(ranking.top(2)).isEqualTo(HeadSet.parse("L0-H0,L1-H2"));
    assertThat(ranking.samples()).isEqualTo(5);
    assertThat(ranking.successful()).isEqualTo(3);
    assertThat(ranking.warning()).isEmpty();
  }

  @Test
  void withoutASuccessfulSampleAllCountAndAWarningSaysSo() {
    StaticRanking ranking =
        StaticRanking.of(HandMade.fiveSamples(), List.of(false, false, false, false, false));
    assertThat(ranking.heads().stream().map(h -> h.index(3))).containsExactly(5, 1, 2, 4, 0, 3);
    assertThat(ranking.score(new HeadId(1, 2))).isCloseTo(.6066522768275268, within(1e-12));
    assertThat(ranking.warning().orElseThrow()).contains("none of the 5 samples was answered");
  }

  @Test
  void tiesGoToTheLowerLayerThenToTheLowerHead() {
    StaticRanking ranking =
        StaticRanking.of(HandMade.scores(2, 2, new double[] {.5, 1, 1, .5}).mean());
    assertThat(ranking.heads())
        .containsExactly(new HeadId(0, 1), new HeadId(1, 0), new HeadId(0, 0), new HeadId(1, 1));
    assertThat(ranking.top(99)).isEqualTo(HeadSet.all(2, 2));
    assertThat(ranking.top(0)).isEmpty();
    assertThatIllegalArgumentException().isThrownBy(() -> ranking.top(-1));
  }

  @Property(tries = 200, seed = "1")
  void theOrderOfTheSamplesDecidesNoTie(
      @ForAll @Size(min = 1, max = 30) List<@DoubleRange(min = 0, max = 1) Double> samples) {
    double[] there = samples.stream().mapToDouble(x -> x).toArray();
    double[] back = new double[there.length];
    for (int i = 0; i < back.length; i++) {
      back[i] = there[there.length - 1 - i];
    }
    Map<HeadId, double[]> scores = Map.of(new HeadId(0, 0), back, new HeadId(0, 1), there);
    assertThat(StaticRanking.of(HeadScores.of(1, 2, scores)).heads().get(0))
        .isEqualTo(new HeadId(0, 0));
  }

  @Test
  void aHeadWithoutScoresIsNotRanked() {
    HeadScores scores = HeadScores.of(2, 2, Map.of(new HeadId(1, 0), new double[] {0}));
    assertThat(StaticRanking.of(scores).top(20)).isEqualTo(HeadSet.parse("L1-H0"));
  }

  @Test
  void theTableIsInRankOrder() {
    Table table = StaticRanking.of(HandMade.scores(new double[] {.25, .5}).mean()).toTable();
    assertThat(table.columnNames()).containsExactly("rank", "head", "score");
    assertThat(table.row(0).getInt("rank")).isEqualTo(1);
    assertThat(table.row(0).getString("head")).isEqualTo("L0-H1");
  }

  @Test
  void everySampleNeedsItsOutcome() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> StaticRanking.of(HandMade.fiveSamples(), List.of(true)))
        .withMessageContaining("5 samples, 1 answers");
  }

  @Test
  void twoRankingsAreComparedBySharedHeadsAndRankCorrelation() {
    StaticRanking first = StaticRanking.of(scores(.9, .8, .1, .05));
    StaticRanking second = StaticRanking.of(scores(.7, .1, .6, .2));
    Table table = first.comparison(second, List.of(1, 2, 4));
    assertThat(table.intColumn("shared").asObjectArray()).containsExactly(1, 1, 4);
    assertThat(table.doubleColumn("by chance").asDoubleArray()).containsExactly(.25, 1, 4);
    assertThat(table.doubleColumn("Jaccard").get(1)).isEqualTo(1 / 3.0);
    // ranks 1 2 3 4 and 1 4 2 3: 1 - 6 (0 + 4 + 1 + 1) / (4 * 15)
    assertThat(first.rankCorrelation(second)).isCloseTo(.4, within(1e-12));
    assertThat(first.rankCorrelation(first)).isCloseTo(1, within(1e-12));
    assertThat(first.rankCorrelation(StaticRanking.of(scores(.5, .5, .5, .5)))).isNaN();
    assertThatThrownBy(
            () ->
                first.comparison(
                    StaticRanking.of(HandMade.scores(1, 4, new double[4]).mean()), List.of(1)))
        .hasMessageContaining("one model");
  }

  private static HeadScores scores(double... means) {
    return HandMade.scores(2, 2, means).mean();
  }
}

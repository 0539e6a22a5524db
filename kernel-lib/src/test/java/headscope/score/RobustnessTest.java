package headscope.score;

import static org.assertj.core.api.Assertions.assertThat;

import headscope.score.Dynamism.Reading;
import java.util.List;
import org.junit.jupiter.api.Test;
import tech.tablesaw.api.Table;

class RobustnessTest {
  @Test
  void everyReadingHasTheStatisticsOfItsOwnTurnover() {
    StaticRanking ranking =
        StaticRanking.of(HandMade.scores(2, 3, new double[] {1, 0, 0, 0, .5, 0}).mean());
    List<ScoreMatrix> loose =
        HandMade.fiveSamples().stream().map(s -> s.withThreshold(.5)).toList();
    Table table =
        Robustness.of(
            List.of(
                new Reading("strict", HandMade.fiveSamples(), ranking),
                new Reading("loose", loose, ranking)));
    assertThat(table.rowCount()).isEqualTo(6);
    Turnover strict = Turnover.of(HandMade.fiveSamples(), ranking);
    assertThat(table.doubleColumn("value").get(0)).isEqualTo(strict.adjacentJaccard().value());
    assertThat(table.doubleColumn("low").get(1)).isEqualTo(strict.changeRate().low());
    assertThat(table.doubleColumn("value").get(2))
        .isEqualTo(strict.coverage(strict.meanSize()).value());
    assertThat(table.stringColumn("setting").get(3)).isEqualTo("loose");
    assertThat(table.intColumn("mean size").get(3)).isGreaterThan(strict.meanSize());
    assertThat(table.intColumn("samples").asList()).containsOnly(5);
  }

  @Test
  void idleHeadsAreLeftOutOfAFigure() {
    ScoreMatrix scores = HandMade.scores(new double[] {1, 0, 0}, new double[] {0, 0, 1});
    assertThat(scores.busy().heads()).hasToString("[L0-H0, L0-H2]");
    ScoreMatrix none = HandMade.scores(new double[] {0, 0});
    assertThat(none.busy()).isSameAs(none);
  }
}

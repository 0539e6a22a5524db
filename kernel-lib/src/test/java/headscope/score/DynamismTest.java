package headscope.score;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import headscope.head.HeadSet;
import headscope.score.Dynamism.EmptySteps;
import headscope.score.Dynamism.Options;
import headscope.score.Dynamism.Reading;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;
import tech.tablesaw.api.Row;
import tech.tablesaw.api.Table;

class DynamismTest {
  private static final HeadSet STATIC = HeadSet.parse("L0-H0,L1-H1");
  private static final double[] NONE = {0, 0, 0};

  /**
   * CPython 3.11 and numpy 2.4.6 on the same numbers: statistics by Python sets, 500 resamples
   * drawn with SplitMix64, numpy.percentile 5 and 95.
   */
  @Test
  void theStatisticsOfTableOneAreThoseOfAnIndependentProgram() {
    Dynamism d =
        Dynamism.of(
            HandMade.fiveSamples(),
            STATIC,
            Options.standard().withResamples(500).withLevel(.9).withSeed(3));
    close(d.headsPerStep(), 1.925, 1.65625, 2.225, 40);
    assertThat(d.distinctHeads()).isEqualTo(new Estimate(6, Double.NaN, Double.NaN, 40));
    assertThat(d.samples()).isEqualTo(5);
    close(d.staticJaccard(), 0.20374999999999996, 0.1264705882352941, 0.2535270979020978, 40);
    close(d.adjacentJaccard(), 0.27571428571428575, 0.18678160919540227, 0.3552104787714544, 35);
    close(d.entropy(), 1.7647943438177036, 1.698037083082707, 1.7792602317628616, 77);
    close(d.emptySteps(), .05, 0, .1, 40);
  }

  private static void close(Estimate e, double value, double low, double high, int n) {
    assertThat(e.value()).isCloseTo(value, within(1e-12));
    assertThat(e.low()).isCloseTo(low, within(1e-12));
    assertThat(e.high()).isCloseTo(high, within(1e-12));
    assertThat(e.n()).isEqualTo(n);
  }

  @Test
  void oneEmptyStepOfAPairCountsZeroAndTwoAreLeftOut() {
    double[] a = {1, 0, 0};
    double[] ab = {1, 1, 0};
    ScoreMatrix scores = HandMade.scores(a, ab, NONE, NONE, a);
    Dynamism d = Dynamism.of(List.of(scores), HeadSet.parse("L0-H0"));
    assertThat(d.adjacentJaccard().value()).isEqualTo((.5 + 0 + 0) / 3);
    assertThat(d.adjacentJaccard().n()).isEqualTo(3);
    assertThat(d.staticJaccard().value()).isEqualTo((1 + .5 + 0 + 0 + 1) / 5);
    assertThat(d.emptySteps().value()).isEqualTo(.4);
    assertThat(d.distinctHeads().value()).isEqualTo(2);
    assertThat(d.entropy().value())
        .isCloseTo(-.75 * Math.log(.75) - .25 * Math.log(.25), within(1e-12));
    assertThat(d.headsPerStep()).isEqualTo(new Estimate(.8, .8, .8, 5));
  }

  @Test
  void anEmptyStepIsTheSetOfAnEmptyListAlone() {
    Options ones = Options.standard().withEmptySteps(EmptySteps.ONE);
    List<ScoreMatrix> samples = List.of(HandMade.scores(new double[] {1, 0, 0}, NONE, NONE, NONE));
    assertThat(Dynamism.of(samples, HeadSet.parse("L0-H0"), ones).staticJaccard().value())
        .isEqualTo(.25);
    assertThat(Dynamism.of(samples, HeadSet.empty(), ones).staticJaccard().value()).isEqualTo(.75);
    assertThat(Dynamism.of(samples, HeadSet.empty(), ones).adjacentJaccard().value())
        .isEqualTo(2.0 / 3);
  }

  @Test
  void thePairsOfTwoSamplesAreNotAdjacent() {
    Dynamism d =
        Dynamism.of(
            List.of(HandMade.scores(new double[] {1, 0}), HandMade.scores(new double[] {0, 1})),
            HeadSet.empty());
    assertThat(d.adjacentJaccard().value()).isNaN();
    assertThat(d.adjacentJaccard().low()).isNaN();
    assertThat(d.adjacentJaccard().n()).isZero();
    assertThat(d.toTable().doubleColumn("value").isMissing(3)).isTrue();
  }

  @Test
  void whereNothingRetrievesThereIsNoEntropy() {
    Dynamism d = Dynamism.of(List.of(HandMade.scores(NONE, NONE)), HeadSet.empty());
    assertThat(d.entropy().value()).isNaN();
    assertThat(d.staticJaccard().value()).isZero();
    assertThat(d.emptySteps().value()).isEqualTo(1);
  }

  @Test
  void twentyHeadsInEqualUseHaveTheEntropyOfTheBaseline() {
    double[][] rows = new double[20][20];
    for (int t = 0; t < 20; t++) {
      rows[t][t] = 1;
    }
    assertThat(Dynamism.of(List.of(HandMade.scores(rows)), HeadSet.empty()).entropy().value())
        .isCloseTo(2.9957, within(1e-4));
  }

  @Property(tries = 20, seed = "1")
  void addingAnUntouchedHeadChangesNothing(@ForAll long seed) {
    Options options = Options.standard().withResamples(50).withSeed(seed);
    List<ScoreMatrix> wider =
        HandMade.fiveSamples().stream()
            .map(
                s -> {
                  double[][] rows = new double[s.steps()][];
                  for (int t = 0; t < rows.length; t++) {
                    double[] r = s.step(t);
                    rows[t] = new double[] {r[0], r[1], r[2], 0, r[3], r[4], r[5], 0};
                  }
                  return HandMade.scores(2, 4, rows).withThreshold(.75);
                })
            .toList();
    assertThat(Dynamism.of(wider, STATIC, options))
        .isEqualTo(Dynamism.of(HandMade.fiveSamples(), STATIC, options));
  }

  @Test
  void theSameSeedGivesTheSameIntervalsAndAnotherOneOthers() {
    List<ScoreMatrix> samples = HandMade.fiveSamples();
    Options few = Options.standard().withResamples(20);
    assertThat(Dynamism.of(samples, STATIC)).isEqualTo(Dynamism.of(samples, STATIC));
    assertThat(Dynamism.of(samples, STATIC, few))
        .isNotEqualTo(Dynamism.of(samples, STATIC, few.withSeed(1)));
    assertThat(Dynamism.of(samples, STATIC).options().resamples()).isEqualTo(2000);
  }

  @Test
  void theTableHasARowAStatistic() {
    Table table = Dynamism.of(HandMade.fiveSamples(), STATIC).toTable();
    assertThat(table.columnNames())
        .containsExactly("statistic", "value", "low", "high", "samples", "observations");
    assertThat(table.stringColumn("statistic").asList())
        .containsExactly(
            "heads a step",
            "distinct heads",
            "static Jaccard",
            "adjacent Jaccard",
            "entropy",
            "share of empty steps");
  }

  /** CPython 3.11 and numpy 2.4.6, threshold .9, static heads L0-H0 and L1-H1. */
  @Test
  void theSensitivityTableHasARowAConvention() {
    HeadScores picked = HandMade.scores(2, 3, new double[] {1, 0, 0, 0, 1, 0}).mean();
    Reading reading = new Reading("hand", HandMade.fiveSamples(), StaticRanking.of(picked));
    Table table = Dynamism.sensitivity(List.of(reading), List.of(.75, .9), List.of(1, 2));
    assertThat(table.rowCount()).isEqualTo(2 * 2 * EmptySteps.values().length);
    List<Row> rows =
        table.stream()
            .map(r -> table.row(r.getRowNumber()))
            .filter(r -> r.getDouble("threshold") == .9 && r.getInt("static heads") == 2)
            .toList();
    assertThat(rows.stream().map(r -> r.getString("empty steps")))
        .containsExactly("standard", "left out", "zero", "one");
    double[] staticJaccard = {
      0.08750000000000001, 0.18421052631578946, 0.08750000000000001, 0.08750000000000001
    };
    double[] adjacent = {
      0.06333333333333332, 0.06333333333333332, 0.04523809523809524, 0.33095238095238094
    };
    for (int i = 0; i < 4; i++) {
      Row row = rows.get(i);
      assertThat(row.getString("reading")).isEqualTo("hand");
      assertThat(row.getDouble("static Jaccard")).isCloseTo(staticJaccard[i], within(1e-12));
      assertThat(row.getDouble("adjacent Jaccard")).isCloseTo(adjacent[i], within(1e-12));
      assertThat(row.getDouble("heads a step")).isCloseTo(.7, within(1e-12));
      assertThat(row.getDouble("entropy")).isCloseTo(1.679273759027885, within(1e-12));
      assertThat(row.getDouble("share of empty steps")).isCloseTo(.525, within(1e-12));
    }
  }

  @Test
  void samplesOfTwoModelsAreRefused() {
    assertThatIllegalArgumentException()
        .isThrownBy(
            () ->
                Dynamism.of(
                    List.of(HandMade.scores(NONE), HandMade.scores(new double[2])),
                    HeadSet.empty()))
        .withMessageContaining("of one model");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Dynamism.of(List.of(), HeadSet.empty()))
        .withMessageContaining("at least one sample");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Dynamism.of(List.of(HandMade.scores(NONE)), HeadSet.parse("L1-H0")))
        .withMessageContaining("L1-H0");
    assertThatIllegalArgumentException().isThrownBy(() -> Options.standard().withResamples(0));
    assertThatIllegalArgumentException().isThrownBy(() -> Options.standard().withLevel(1));
  }
}

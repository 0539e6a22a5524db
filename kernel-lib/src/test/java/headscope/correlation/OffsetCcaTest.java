package headscope.correlation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import headscope.correlation.OffsetCca.Kind;
import headscope.correlation.OffsetCca.Reading;
import headscope.pairs.Made;
import headscope.pairs.Pairs;
import headscope.pairs.ScoredGeneration;
import headscope.pairs.SplitBy;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import tech.tablesaw.api.Table;

/** Golden numbers: {@code src/test/python/correlation_goldens.py} with numpy 2.4.6. */
class OffsetCcaTest {
  private static final List<ScoredGeneration> GENERATIONS = Made.generations();
  private static final OffsetCca CCA =
      OffsetCca.standard().withOffsets(List.of(0, 3)).withSeed(5).withIntervals(200, 4, .8);
  private static final OffsetCca.Result RESULT = CCA.of(GENERATIONS);

  @Test
  void theThreeReadingsAreThoseOfAnIndependentProgram() {
    close(
        RESULT.rows().get(0).inSample(),
        155,
        0.9269949710397308,
        0.7491262636361329,
        0.7030813684350347);
    close(
        RESULT.rows().get(0).heldOut(),
        45,
        0.9071060289885179,
        0.6877125410617356,
        0.6297557079369664);
    close(
        RESULT.rows().get(0).shuffled(),
        155,
        0.5637609350220714,
        0.33537631305234417,
        0.31502250963336054);
    close(
        RESULT.rows().get(1).inSample(),
        125,
        0.5645292920289011,
        0.3720719370509831,
        0.34920583551645723);
    close(
        RESULT.rows().get(1).heldOut(),
        36,
        -0.06402190927569681,
        -0.002784686072749498,
        -0.0227849169278165);
    close(
        RESULT.rows().get(1).shuffled(),
        125,
        0.5676269912723149,
        0.35357105980602477,
        0.3297122533980609);
    assertThat(RESULT.rows().get(1).shuffled().first().low())
        .isCloseTo(0.5369676863369512, within(1e-10));
  }

  private static void close(Reading r, int pairs, double first, double top10, double top50) {
    assertThat(r.pairs()).isEqualTo(pairs);
    assertThat(r.hiddenComponents()).isEqualTo(18);
    assertThat(r.scoreComponents()).isEqualTo(11);
    assertThat(r.components()).isEqualTo(11);
    assertThat(r.first().value()).isCloseTo(first, within(1e-10));
    assertThat(r.top10().value()).isCloseTo(top10, within(1e-10));
    assertThat(r.top50().value()).isCloseTo(top50, within(1e-10));
  }

  @Test
  void intervalsHoldTheirValuesInSampleAndAreRepeatable() {
    Reading r = RESULT.rows().get(0).inSample();
    assertThat(r.first().low()).isLessThan(r.first().value());
    assertThat(r.first().high()).isGreaterThan(r.first().value());
    assertThat(CCA.of(GENERATIONS)).isEqualTo(RESULT);
    assertThat(CCA.withSeed(6).of(GENERATIONS)).isNotEqualTo(RESULT);
  }

  @Test
  void pairsNeverCrossAGenerationsEnd() {
    Pairs pairs = Pairs.of(GENERATIONS, 12);
    assertThat(pairs.size()).isEqualTo(8 + 7 + 6 + 5 + 4 + 3 + 2 + 1);
    for (int i = 0; i < pairs.size(); i++) {
      ScoredGeneration g = GENERATIONS.get(pairs.generation(i));
      assertThat(pairs.scores(i)).isSameAs(g.scores(pairs.step(i) + 12));
      assertThat(pairs.hidden(i)).isSameAs(g.hidden(pairs.step(i)));
    }
  }

  @Test
  void offsetsBeyondEveryGenerationAreMissingAndTheOthersStand() {
    Table table = CCA.withOffsets(List.of(0, 19, 20)).of(GENERATIONS).toTable();
    assertThat(table.rowCount()).isEqualTo(9);
    assertThat(table.intColumn("pairs").asObjectArray())
        .containsExactly(155, 45, 155, 1, 0, 1, 0, 0, 0);
    assertThat(table.intColumn("generations").get(0))
        .isGreaterThan(table.intColumn("generations").get(1));
    assertThat(table.doubleColumn("first").countMissing()).isEqualTo(6);
    assertThat(table.doubleColumn("first").isMissing(0)).isFalse();
  }

  @Test
  void ofOneGenerationNothingIsHeldOutAndThereIsNoInterval() {
    Table table = CCA.of(GENERATIONS.subList(0, 1)).toTable(Kind.HELD_OUT);
    assertThat(table.doubleColumn("first").countMissing()).isEqualTo(2);
    Reading r = CCA.of(GENERATIONS.subList(0, 1)).rows().get(0).inSample();
    assertThat(r.first().value()).isBetween(0.0, 1.0);
    assertThat(r.first().low()).isNaN();
  }

  @Test
  void generationsWithoutAStepAddNoPairs() {
    List<ScoredGeneration> some = new ArrayList<>(GENERATIONS);
    some.add(0, ScoredGeneration.of(new float[0][], new double[0][]));
    assertThat(CCA.of(some).rows().get(0).inSample()).isEqualTo(RESULT.rows().get(0).inSample());
  }

  @Test
  void scoresThatAreAllZeroCorrelateWithNothing() {
    List<ScoredGeneration> silent =
        GENERATIONS.stream()
            .map(
                g ->
                    ScoredGeneration.of(
                        IntStream.range(0, g.steps()).mapToObj(g::hidden).toArray(float[][]::new),
                        new double[g.steps()][12]))
            .toList();
    OffsetCca.Row row = CCA.of(silent).rows().get(0);
    for (Kind kind : Kind.values()) {
      assertThat(row.reading(kind).components()).isZero();
      assertThat(row.reading(kind).first().value()).isZero();
      assertThat(row.reading(kind).top50().value()).isZero();
    }
  }

  @Test
  void rowsCanBeHeldOutInsteadOfGenerations() {
    Reading r = CCA.withSplit(SplitBy.ROW).of(GENERATIONS).rows().get(0).heldOut();
    assertThat(r.pairs()).isEqualTo(155 - (int) (.7 * 155));
    assertThat(r.first().value()).isNotEqualTo(RESULT.rows().get(0).heldOut().first().value());
  }

  @Test
  void fewerComponentsCanBeAskedForAndARidgeLowersTheCorrelation() {
    OffsetCca.Row few = CCA.withComponents(3).of(GENERATIONS).rows().get(0);
    assertThat(few.inSample().components()).isEqualTo(3);
    assertThat(few.inSample().top10()).isEqualTo(few.inSample().top50());
    assertThat(CCA.withRidge(1).of(GENERATIONS).rows().get(0).inSample().first().value())
        .isLessThan(RESULT.rows().get(0).inSample().first().value());
  }

  @Test
  void tablesNameTheReadingAndHoldEveryInterval() {
    assertThat(RESULT.toTable().stringColumn("reading").asList())
        .containsExactly("in-sample", "held-out", "shuffled", "in-sample", "held-out", "shuffled");
    assertThat(RESULT.toTable().columnNames())
        .containsExactly(
            "offset",
            "reading",
            "pairs",
            "generations",
            "hidden components",
            "score components",
            "components",
            "first",
            "first low",
            "first high",
            "top 10",
            "top 10 low",
            "top 10 high",
            "top 50",
            "top 50 low",
            "top 50 high");
  }

  @Test
  void itTellsOfEachOffsetAndStopsOnRequest() {
    List<Integer> told = new ArrayList<>();
    CCA.of(GENERATIONS, () -> told.add(1));
    assertThat(told).hasSize(2);
    Thread.currentThread().interrupt();
    assertThatThrownBy(() -> CCA.of(GENERATIONS)).isInstanceOf(CancellationException.class);
    assertThat(Thread.interrupted()).isFalse();
  }

  @Test
  void generationsOfDifferentModelsAreRefused() {
    List<ScoredGeneration> mixed = new ArrayList<>(GENERATIONS);
    mixed.add(ScoredGeneration.of(3, 4, .5, new float[2][19], new double[2][12]));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> CCA.of(mixed))
        .withMessageContaining("hidden size 19");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> CCA.of(List.of()))
        .withMessageContaining("at least one generation with a counted step");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> OffsetCca.standard().withOffsets(List.of(-1)))
        .withMessage("offsets are steps from 0 on, got [-1]");
  }
}

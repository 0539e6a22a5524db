package headscope.correlation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import headscope.claim.Twice;
import headscope.correlation.ExchangeNull.Exchange;
import headscope.correlation.ExchangeNull.Reading;
import headscope.correlation.ExchangeNull.Row;
import headscope.pairs.Made;
import headscope.pairs.ScoredGeneration;
import headscope.score.Estimate;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class ExchangeNullTest {
  private static final ExchangeNull FEW =
      ExchangeNull.standard().withOffsets(List.of(0, 1, 3)).withDraws(15).withResamples(50);

  /**
   * By {@code environment/tools/claims_twice.py} with numpy, whose CCA is by SVD throughout: CCA to
   * 1e-6, what is drawn equal.
   */
  @Test
  void correlationsAndNullsAreThoseOfAnIndependentProgram() {
    JsonObject o = Twice.object("exchange");
    ExchangeNull asked = FEW.withSeed(5);
    Exchange exchange = asked.exchange(12);
    assertThat(exchange.training())
        .containsExactlyElementsOf(Arrays.stream(Twice.ints(o.get("training"))).boxed().toList());
    List<List<Integer>> permutations =
        o.getAsJsonArray("permutations").asList().stream()
            .map(p -> Arrays.stream(Twice.ints(p)).boxed().toList())
            .toList();
    assertThat(exchange.permutations()).isEqualTo(permutations);
    ExchangeNull.Result result =
        FEW.withSeed(77)
            .of(Made.longGenerations(), new Exchange(exchange.training(), permutations), () -> {});
    for (JsonElement e : o.getAsJsonArray("cases")) {
      JsonObject c = e.getAsJsonObject();
      Reading reading = c.get("partial").getAsBoolean() ? Reading.PARTIAL : Reading.HELD_OUT;
      Row row = result.row(c.get("offset").getAsInt(), reading);
      assertThat(row.pairs()).isEqualTo(c.get("pairs").getAsInt());
      assertThat(row.components()).isEqualTo(Twice.ints(c.get("components"))[2]);
      double[] found = Twice.numbers(c.get("found"));
      double[][] chance = Twice.rows(c.get("null"));
      Estimate[] values = {row.first(), row.top10(), row.top50()};
      Estimate[] nulls = {row.byChance1(), row.byChance10(), row.byChance50()};
      for (int i = 0; i < 3; i++) {
        String what = reading + " " + row.offset() + " " + i;
        assertThat(values[i].value()).as(what).isCloseTo(found[i], within(1e-6));
        assertThat(nulls[i].value()).as(what).isCloseTo(chance[i][0], within(1e-6));
        assertThat(nulls[i].low()).as(what).isCloseTo(chance[i][1], within(1e-6));
        assertThat(nulls[i].high()).as(what).isCloseTo(chance[i][2], within(1e-6));
      }
    }
    assertThat(result.toTable().rowCount()).isEqualTo(6);
  }

  @Test
  void theHeldOutCorrelationIsThatOfTheOffsetCca() {
    OffsetCca cca =
        OffsetCca.standard().withOffsets(List.of(2)).withSeed(5).withIntervals(50, 2, .95);
    OffsetCca.Reading held = cca.of(Made.longGenerations()).rows().get(0).heldOut();
    Row row = FEW.withCca(cca).withDraws(1).of(Made.longGenerations()).row(2, Reading.HELD_OUT);
    assertThat(row.correlations()).isEqualTo(held.correlations());
    assertThat(row.top10()).isEqualTo(held.top10());
  }

  /** Scores that follow the step alone are told as well from another generation's states. */
  @Test
  void whatOnlyThePositionTellsIsNotAboveItsNull() {
    Row position = made(true).row(1, Reading.HELD_OUT);
    assertThat(position.first().value()).isGreaterThan(.9);
    assertThat(position.byChance1().high()).isGreaterThan(position.first().value() - .05);
    assertThat(made(true).row(1, Reading.PARTIAL).first().value()).isLessThan(.35);
  }

  /** Scores that follow the state stand out from both nulls. */
  @Test
  void whatTheStateTellsIs() {
    for (Reading reading : Reading.values()) {
      Row state = made(false).row(1, reading);
      assertThat(state.first().value()).isGreaterThan(.9);
      assertThat(state.byChance1().high()).isLessThan(.5);
    }
  }

  private static ExchangeNull.Result made(boolean byPosition) {
    List<ScoredGeneration> generations = new ArrayList<>();
    SplittableRandom random = new SplittableRandom(8);
    double[] place = random.doubles(41).toArray();
    for (int g = 0; g < 16; g++) {
      double[] state = byPosition ? place : random.doubles(41).toArray();
      float[][] hidden = new float[40][3];
      double[][] scores = new double[40][2];
      for (int t = 0; t < 40; t++) {
        hidden[t][0] = (float) (state[t + 1] + .05 * random.nextDouble());
        hidden[t][1] = (float) random.nextDouble();
        scores[t][0] = state[t] + .05 * random.nextDouble(); // of the state one step before
        scores[t][1] = random.nextDouble();
      }
      generations.add(ScoredGeneration.of(1, 2, .5, hidden, scores));
    }
    return FEW.withOffsets(List.of(1)).withDraws(40).of(generations);
  }

  @Test
  void whatIsAllTheSameLeavesNothing() {
    List<ScoredGeneration> flat = new ArrayList<>();
    for (int g = 0; g < 8; g++) {
      double[][] scores = new double[9][3];
      for (double[] row : scores) {
        Arrays.fill(row, g == 0 ? .1 : .7); // a generation's own: no step differs
      }
      flat.add(ScoredGeneration.of(1, 3, .5, toFloat(Made.uniform(g, 9, 2)), scores));
    }
    Row row = FEW.withOffsets(List.of(1)).of(flat).row(1, Reading.PARTIAL);
    assertThat(row.components()).isZero();
    assertThat(row.first().value()).isZero();
    assertThat(row.byChance1().value()).isZero();
  }

  private static float[][] toFloat(double[][] values) {
    float[][] out = new float[values.length][values[0].length];
    for (int r = 0; r < out.length; r++) {
      for (int c = 0; c < out[r].length; c++) {
        out[r][c] = (float) values[r][c];
      }
    }
    return out;
  }

  @Property(tries = 100, seed = "1")
  void nobodyIsExchangedWithHimselfOrAcrossTheSplit(
      @ForAll long seed, @ForAll @IntRange(min = 4, max = 30) int generations) {
    Exchange e = FEW.withSeed(seed).exchange(generations);
    assertThat(e.training()).hasSize((int) (.7 * generations));
    for (List<Integer> p : e.permutations()) {
      assertThat(p).hasSize(generations).doesNotHaveDuplicates();
      for (int g = 0; g < generations; g++) {
        assertThat(p.get(g)).isNotEqualTo(g);
        assertThat(e.training().contains(p.get(g))).isEqualTo(e.training().contains(g));
      }
    }
  }

  @Test
  void tooFewGenerationsHaveNoNull() {
    ExchangeNull.Result two =
        FEW.withOffsets(List.of(1, 60)).of(Made.longGenerations().subList(0, 2));
    assertThat(two.exchange().permutations()).isEmpty();
    assertThat(two.row(1, Reading.HELD_OUT).first().value()).isNotNaN();
    assertThat(two.row(1, Reading.HELD_OUT).byChance10().high()).isNaN();
    assertThat(two.toTable().doubleColumn("top 10 null").isMissing(0)).isTrue();
    ExchangeNull.Result one = FEW.withOffsets(List.of(1)).of(Made.longGenerations().subList(0, 1));
    assertThat(one.row(1, Reading.HELD_OUT).first().value()).isNaN();
  }

  @Test
  void whatDoesNotFitIsRefused() {
    List<ScoredGeneration> some = Made.longGenerations().subList(0, 4);
    assertThatIllegalArgumentException()
        .isThrownBy(
            () -> FEW.of(some, new Exchange(List.of(0, 1), List.of(List.of(1, 0, 2, 3))), () -> {}))
        .withMessageContaining("[1, 0, 2, 3]");
    assertThatIllegalArgumentException()
        .isThrownBy(
            () ->
                FEW.of(some, new Exchange(List.of(0, 1), List.of(List.of(2, 3, 0, 1))), () -> {}));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> FEW.of(some, new Exchange(List.of(4), List.of()), () -> {}))
        .withMessageContaining("0 to 3");
    assertThatIllegalArgumentException().isThrownBy(() -> FEW.withDraws(0));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> FEW.withCca(OffsetCca.standard().withRidge(.1)));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> FEW.of(some).row(9, Reading.PARTIAL))
        .withMessageContaining("[0, 1, 3]");
  }
}

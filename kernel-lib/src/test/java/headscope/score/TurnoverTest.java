package headscope.score;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import headscope.claim.Twice;
import headscope.head.HeadId;
import headscope.score.Turnover.ByChance;
import headscope.score.Turnover.Null;
import headscope.score.Turnover.Options;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.SplittableRandom;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;
import tech.tablesaw.api.Table;

class TurnoverTest {
  private static final Options FEW = Options.standard().withResamples(50).withDraws(20);

  /** Scores whose sets are the given indexes of heads; 3 layers of 4. */
  private static ScoreMatrix matrix(int[][] sets) {
    double[][] rows = new double[sets.length][12];
    for (int t = 0; t < sets.length; t++) {
      for (int h : sets[t]) {
        rows[t][h] = 1;
      }
    }
    return HandMade.scores(3, 4, rows);
  }

  private static ScoreMatrix matrix(JsonElement sample) {
    return matrix(sample.getAsJsonArray().asList().stream().map(Twice::ints).toArray(int[][]::new));
  }

  private static StaticRanking ranking(int... order) {
    Map<HeadId, double[]> scores = new java.util.TreeMap<>();
    for (int i = 0; i < order.length; i++) {
      scores.put(HeadId.ofIndex(order[i], 4), new double[] {order.length - i});
    }
    return StaticRanking.of(HeadScores.of(3, 4, scores));
  }

  private static StaticRanking inOrder() {
    return ranking(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11);
  }

  /** By {@code environment/tools/claims_twice.py} with numpy: values, intervals, nulls, curves. */
  @Test
  void everyStatisticIsThatOfAnIndependentProgram() {
    for (JsonElement e : Twice.list("turnover")) {
      JsonObject o = e.getAsJsonObject();
      String name = o.get("name").getAsString();
      List<ScoreMatrix> samples =
          o.getAsJsonArray("samples").asList().stream().map(TurnoverTest::matrix).toList();
      Options options =
          new Options(
              o.get("resamples").getAsInt(),
              o.get("draws").getAsInt(),
              .95,
              o.get("seed").getAsLong());
      Turnover t = Turnover.of(samples, ranking(Twice.ints(o.get("ranking"))), options);
      JsonObject x = o.getAsJsonObject("expected");
      int n = x.get("mean size").getAsInt();
      assertThat(t.meanSize()).as(name).isEqualTo(n);
      Map<String, Estimate> found =
          Map.of(
              "set-change rate", t.changeRate(),
              "adjacent Jaccard", t.adjacentJaccard(),
              "coverage", t.coverage(n),
              "inside", t.inside(n),
              "static Jaccard", t.staticJaccard(n),
              "ceiling", t.ceiling(n),
              "of ceiling", t.ofCeiling(n));
      assertThat(x.getAsJsonObject("values").keySet()).isEqualTo(found.keySet());
      found.forEach(
          (key, estimate) -> {
            String what = name + ", " + key;
            Twice.close(what, estimate.value(), Twice.number(x.getAsJsonObject("values").get(key)));
            double[] interval = Twice.numbers(x.getAsJsonObject("intervals").get(key));
            Twice.close(what, estimate.low(), interval[0]);
            Twice.close(what, estimate.high(), interval[1]);
          });
      for (Null kind : Null.values()) {
        ByChance chance = t.byChance(kind);
        double[][] expected = Twice.rows(x.get(kind.text()));
        Estimate[] four = {
          chance.changeRate(), chance.adjacentJaccard(), chance.coverage(), chance.staticJaccard()
        };
        for (int i = 0; i < 4; i++) {
          String what = name + ", " + kind + " " + i;
          Twice.close(what, four[i].value(), expected[i][0]);
          Twice.close(what, four[i].low(), expected[i][1]);
          Twice.close(what, four[i].high(), expected[i][2]);
        }
      }
      Table lists = t.lists();
      Map.of(
              "coverage",
              "coverage",
              "steps inside",
              "inside",
              "Jaccard",
              "Jaccard",
              "ceiling",
              "ceiling")
          .forEach(
              (column, key) -> {
                double[] curve = Twice.numbers(x.get(key));
                for (int i = 0; i < 12; i++) {
                  Twice.close(name + column + i, lists.doubleColumn(column).getDouble(i), curve[i]);
                }
              });
      JsonElement[] least = x.getAsJsonArray("least").asList().toArray(JsonElement[]::new);
      double[] shares = {.5, .8, .95};
      for (int i = 0; i < 3; i++) {
        assertThat(t.least(shares[i]))
            .isEqualTo(
                least[i].isJsonNull() ? OptionalInt.empty() : OptionalInt.of(least[i].getAsInt()));
      }
      double[] rarefied = Twice.numbers(x.get("rarefaction"));
      Rarefaction r = Rarefaction.of(samples);
      for (int i = 0; i < rarefied.length; i++) {
        Twice.close(name + " rarefied", r.heads(i + 1), rarefied[i]);
      }
    }
  }

  @Test
  void aListOfTwentyAgainstSetsOfFiveCannotPassAQuarter() {
    double[] row = new double[40];
    Arrays.fill(row, 0, 5, 1);
    List<ScoreMatrix> samples = List.of(HandMade.scores(row, row));
    Turnover t =
        Turnover.of(
            samples, StaticRanking.of(HeadScores.ofSamples(List.of(samples.get(0).mean()))), FEW);
    assertThat(t.ceiling(20).value()).isEqualTo(.25);
    assertThat(t.ofCeiling(20).value()).isEqualTo(1);
    assertThat(t.ofCeiling(20).n()).isEqualTo(2);
    assertThat(t.meanSize()).isEqualTo(5);
    assertThat(t.inside(5).value()).isEqualTo(1);
    assertThat(t.inside(4).value()).isZero();
  }

  @Test
  void onlyStepsThatBothHaveHeadsChange() {
    Turnover t =
        Turnover.of(List.of(matrix(new int[][] {{1}, {}, {2}, {2}, {2, 3}})), inOrder(), FEW);
    assertThat(t.changeRate()).isEqualTo(new Estimate(.5, .5, .5, 2));
    assertThat(t.adjacentJaccard().n()).isEqualTo(4);
    assertThat(t.adjacentDistance().value()).isEqualTo(1 - (0 + 0 + 1 + .5) / 4);
  }

  @Test
  void aListLongerThanTheRankingIsTheWholeRanking() {
    Turnover t = Turnover.of(List.of(matrix(new int[][] {{0, 11}})), ranking(0, 1), FEW);
    assertThat(t.coverage(50).value()).isEqualTo(.5);
    assertThat(t.least(.5)).hasValue(1);
    assertThat(t.least(.8)).isEmpty();
    assertThat(t.lists().rowCount()).isEqualTo(2);
  }

  @Test
  void ofEmptyStepsNothingIsSaid() {
    Turnover t = Turnover.of(List.of(matrix(new int[3][0])), inOrder(), FEW);
    assertThat(t.changeRate().value()).isNaN();
    assertThat(t.adjacentJaccard().value()).isNaN();
    assertThat(t.coverage(3).value()).isNaN();
    assertThat(t.staticJaccard(3).value()).isZero();
    assertThat(t.ofCeiling(3).value()).isNaN();
    assertThat(t.least(.5)).isEmpty();
    assertThat(t.byChance(Null.MARGINAL).adjacentJaccard().value()).isNaN();
    assertThat(t.toTable().doubleColumn("value").isMissing(0)).isTrue();
    assertThat(Rarefaction.of(List.of(matrix(new int[3][0]))).heads(1)).isZero();
  }

  private static List<ScoreMatrix> drawn(long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    List<ScoreMatrix> samples = new ArrayList<>();
    for (int s = 0; s < 4; s++) {
      double[][] rows = new double[1 + random.nextInt(9)][12];
      for (double[] row : rows) {
        double share = random.nextDouble() * .6;
        Arrays.setAll(row, h -> random.nextDouble() < share ? 1 : 0);
      }
      samples.add(HandMade.scores(3, 4, rows));
    }
    return samples;
  }

  @Property(tries = 100, seed = "1")
  void theOrderNullKeepsTheSetsAndThePlacesOfEmptyOnes(@ForAll long seed) {
    for (ScoreMatrix m : drawn(seed)) {
      StepSets sets = StepSets.of(m);
      StepSets other = sets.reordered(new headscope.draw.Draws(seed));
      assertThat(other.steps()).containsExactlyInAnyOrderElementsOf(sets.steps());
      for (int t = 0; t < m.steps(); t++) {
        assertThat(other.steps().get(t).isEmpty()).isEqualTo(sets.steps().get(t).isEmpty());
      }
    }
  }

  @Property(tries = 100, seed = "2")
  void coverageGrowsWithTheListAndNothingPassesItsCeiling(@ForAll long seed) {
    Turnover t = Turnover.of(drawn(seed), inOrder(), FEW.withResamples(1));
    Table lists = t.lists();
    for (int i = 0; i < 12; i++) {
      assertThat(lists.doubleColumn("Jaccard").get(i))
          .isLessThanOrEqualTo(lists.doubleColumn("ceiling").get(i) + 1e-12);
      if (i > 0 && !lists.doubleColumn("coverage").isMissing(0)) {
        assertThat(lists.doubleColumn("coverage").get(i))
            .isGreaterThanOrEqualTo(lists.doubleColumn("coverage").get(i - 1) - 1e-12);
      }
    }
    if (!lists.doubleColumn("coverage").isMissing(0)) {
      assertThat(lists.doubleColumn("coverage").get(11)).isCloseTo(1, within(1e-12));
    }
  }

  @Property(tries = 100, seed = "3")
  void headsThatRetrieveAsOftenEverywhereAreLeftByTheMarginalNull(@ForAll long seed) {
    double[] on = {1, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0};
    Turnover t =
        Turnover.of(List.of(HandMade.scores(3, 4, on, on, on)), inOrder(), FEW.withSeed(seed));
    assertThat(t.byChance(Null.MARGINAL).adjacentJaccard()).isEqualTo(new Estimate(1, 1, 1, 20));
    assertThat(t.changeRate().value()).isZero();
  }

  @Property(tries = 100, seed = "4")
  void rarefactionGrowsToAllHeads(@ForAll long seed) {
    List<ScoreMatrix> samples = drawn(seed);
    Rarefaction r = Rarefaction.of(samples);
    for (int n = 1; n <= 4; n++) {
      assertThat(r.heads(n)).isGreaterThanOrEqualTo(r.heads(n - 1) - 1e-12);
    }
    assertThat(r.heads(4)).isCloseTo(r.heads(), within(1e-9));
    assertThat((double) r.heads())
        .isEqualTo(Dynamism.of(samples, headscope.head.HeadSet.empty()).distinctHeads().value());
  }

  @Test
  void whatDoesNotFitIsRefused() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Turnover.of(List.of(), inOrder()))
        .withMessageContaining("at least one sample");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Turnover.of(List.of(HandMade.scores(new double[12])), inOrder()))
        .withMessageContaining("of one model");
    Turnover t = Turnover.of(List.of(matrix(new int[1][0])), inOrder(), FEW);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> t.coverage(-1))
        .withMessageContaining("-1");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Rarefaction.of(drawn(1)).heads(5))
        .withMessageContaining("4 samples");
    assertThatIllegalArgumentException().isThrownBy(() -> FEW.withDraws(0));
  }
}

package headscope.probe;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import headscope.claim.Twice;
import headscope.pairs.Made;
import headscope.pairs.ScoredGeneration;
import headscope.probe.CompetingPredictors.Known;
import headscope.probe.HeadProbe.Kind;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import tech.tablesaw.api.Table;

class CompetingPredictorsTest {
  private static Split split(JsonObject o) {
    int[][] parts =
        o.getAsJsonArray("parts").asList().stream().map(Twice::ints).toArray(int[][]::new);
    return Split.given(
        Made.longGenerations(), o.get("offset").getAsInt(), parts[0], parts[1], parts[2], 5);
  }

  /** By {@code environment/tools/claims_twice.py} with numpy, by normal equations. */
  @Test
  void predictionsQualitiesAndRivalAreThoseOfAnIndependentProgram() {
    for (JsonElement e : Twice.list("predictors")) {
      JsonObject o = e.getAsJsonObject();
      Split split = split(o);
      Kind kind = o.get("classify").getAsBoolean() ? Kind.CLASSIFIER : Kind.REGRESSOR;
      CompetingPredictors rivals = CompetingPredictors.of(split, kind);
      Table table = rivals.toTable();
      assertThat(table.stringColumn("predictor").asList())
          .containsExactlyElementsOf(o.getAsJsonObject("quality").keySet());
      for (int i = 0; i < table.rowCount(); i++) {
        String name = table.stringColumn("predictor").get(i);
        String what = "offset " + split.test().offset() + ", " + kind + ", " + name;
        double[] quality = Twice.numbers(o.getAsJsonObject("quality").get(name));
        Twice.close(what, table.doubleColumn("validation").getDouble(i), quality[0]);
        Twice.close(what, table.doubleColumn("test").getDouble(i), quality[1]);
        double[] first = Twice.numbers(o.getAsJsonObject("first").get(name));
        double[] found = rivals.predictor(Known.values()[i]).predict(split.test())[0];
        for (int h = 0; h < first.length; h++) {
          assertThat(Math.abs(found[h] - first[h])).as(what).isLessThan(1.5e-9);
        }
      }
      assertThat(rivals.rival().name()).isEqualTo(o.get("rival").getAsString());
      Advantage a =
          Advantage.of(
              rivals.predictor(Known.ALL), rivals.predictor(Known.STEP), kind, split, 200, 4);
      double[] advantage = Twice.numbers(o.get("advantage"));
      Twice.close("advantage", a.difference().value(), advantage[0]);
      Twice.close("advantage low", a.difference().low(), advantage[1]);
      Twice.close("advantage high", a.difference().high(), advantage[2]);
      assertThat(a.generations()).isEqualTo(2);
      assertThat(a.rival()).isEqualTo("step index");
    }
  }

  @Test
  void ofTheSameHeadsAtEveryStepNothingIsKnownBetterThanTheirRate() {
    List<ScoredGeneration> same = new ArrayList<>();
    for (int g = 0; g < 10; g++) {
      double[][] scores = new double[6][4];
      for (double[] row : scores) {
        row[1] = 1;
      }
      float[][] hidden = new float[6][2];
      int[] tokens = new int[6];
      Arrays.fill(tokens, 3);
      same.add(ScoredGeneration.of(1, 4, .5, hidden, scores).withTokens(tokens));
    }
    CompetingPredictors rivals = CompetingPredictors.of(Split.of(same, 1), Kind.CLASSIFIER);
    assertThat(rivals.best()).isEqualTo(Known.STEP); // the first of equally good ones
    assertThat(rivals.toTable().doubleColumn("test").asList()).containsOnly(1.0);
    CompetingPredictors regressed = CompetingPredictors.of(Split.of(same, 1), Kind.REGRESSOR);
    assertThat(regressed.toTable().doubleColumn("test").isMissing(0)).isTrue();
    Baseline rate = rivals.predictor(Known.NOTHING);
    assertThat(rate.predict(rivals.split().test())[0]).containsExactly(0, 1, 0, 0);
  }

  @Test
  void predictorsThatAreEqualHaveNoAdvantage() {
    Split split = Split.of(Made.longGenerations(), 3);
    CompetingPredictors rivals = CompetingPredictors.of(split, Kind.REGRESSOR);
    Advantage none = Advantage.of(rivals.rival(), rivals.rival(), Kind.REGRESSOR, split, 50, 0);
    assertThat(none.difference().value()).isZero();
    assertThat(none.difference().low()).isZero();
    assertThat(none.difference().high()).isZero();
    assertThat(none.toTable().rowCount()).isEqualTo(1);
  }

  @Test
  void whatDoesNotFitIsRefused() {
    Split bare = Split.of(Made.generations(), 5);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> CompetingPredictors.of(bare, Kind.CLASSIFIER))
        .withMessageContaining("withTokens");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Made.generations().get(0).withTokens(1, 2))
        .withMessageContaining("2 tokens of 20 steps");
    assertThatIllegalArgumentException()
        .isThrownBy(
            () ->
                Split.given(
                    Made.longGenerations(), 0, new int[] {0, 1}, new int[] {1}, new int[] {2}, 0))
        .withMessageContaining("1 twice");
    assertThatIllegalArgumentException()
        .isThrownBy(
            () ->
                Split.given(
                    Made.longGenerations(), 0, new int[] {0}, new int[] {12}, new int[] {2}, 0))
        .withMessageContaining("0 to 11");
  }

  @Test
  void firstStepsKeepTheirTokens() {
    ScoredGeneration g = Made.longGenerations().get(2).first(3);
    assertThat(g.steps()).isEqualTo(3);
    assertThat(g.token(2)).isEqualTo(Made.longGenerations().get(2).token(2));
    assertThat(Made.longGenerations().get(0).first(500).steps()).isEqualTo(70);
  }
}

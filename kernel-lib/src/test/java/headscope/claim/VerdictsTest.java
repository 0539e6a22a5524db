package headscope.claim;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import headscope.correlation.ExchangeNull;
import headscope.pairs.Made;
import headscope.probe.Advantage;
import headscope.score.Estimate;
import headscope.score.ScoreMatrix;
import headscope.score.StaticRanking;
import headscope.score.Turnover;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.DoubleRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tech.tablesaw.api.Table;

class VerdictsTest {
  /** By {@code environment/tools/claims_twice.py} with numpy. */
  @Test
  void testsAreThoseOfAnIndependentProgram() {
    for (JsonElement e : Twice.object("paired").getAsJsonArray("cases")) {
      JsonObject o = e.getAsJsonObject();
      Paired paired =
          Paired.of(
              Twice.numbers(o.get("first")),
              Twice.numbers(o.get("second")),
              o.get("resamples").getAsInt(),
              o.get("flips").getAsInt(),
              o.get("seed").getAsLong());
      Twice.close("value", paired.difference().value(), o.get("value").getAsDouble());
      Twice.close("low", paired.difference().low(), o.get("low").getAsDouble());
      Twice.close("high", paired.difference().high(), o.get("high").getAsDouble());
      Twice.close("p", paired.p(), o.get("p").getAsDouble());
      McNemar m = McNemar.of(Twice.flags(o.get("rightFirst")), Twice.flags(o.get("rightSecond")));
      double[] expected = Twice.numbers(o.get("mcnemar"));
      assertThat(m.first()).isEqualTo((int) expected[0]);
      assertThat(m.second()).isEqualTo((int) expected[1]);
      Twice.close("McNemar", m.p(), expected[2]);
    }
    for (JsonElement e : Twice.object("paired").getAsJsonArray("holm")) {
      JsonObject o = e.getAsJsonObject();
      assertThat(Holm.correct(Twice.numbers(o.get("p"))))
          .containsExactly(Twice.numbers(o.get("expected")), within(1e-12));
    }
  }

  @Property(tries = 200, seed = "1")
  void holmNeverLowersAPAndKeepsTheirOrder(
      @ForAll @Size(max = 8) List<@DoubleRange(max = 1) Double> ps) {
    double[] p = ps.stream().mapToDouble(v -> v).toArray();
    double[] corrected = Holm.correct(p);
    for (int i = 0; i < p.length; i++) {
      assertThat(corrected[i]).isBetween(p[i], 1.0);
      for (int j = 0; j < p.length; j++) {
        assertThat(p[i] <= p[j] && corrected[i] > corrected[j]).isFalse();
      }
    }
  }

  @Test
  void differencesWithoutSignShowNothing() {
    assertThat(SignFlips.of(new double[20], 0).p()).isEqualTo(1);
    assertThat(SignFlips.of(new double[0], 0).p()).isEqualTo(1);
    assertThat(SignFlips.of(new double[0], 0).meanDifference()).isNaN();
    double[] same = new double[12];
    Arrays.fill(same, .1); // only all signs alike are as large: 2 of 4096
    assertThat(SignFlips.of(same, 100_000, 4).p()).isCloseTo(2 / 4096.0, within(3e-4));
    assertThat(McNemar.of(0, 0).p()).isEqualTo(1);
    assertThat(McNemar.of(9, 1).p()).isCloseTo(22 / 1024.0, within(1e-12));
  }

  @Property(tries = 50, seed = "2")
  void exchangedConditionsHaveTheSameP(
      @ForAll @Size(min = 1, max = 12) List<@DoubleRange(min = -1, max = 1) Double> values) {
    double[] d = values.stream().mapToDouble(v -> v).toArray();
    double[] zero = new double[d.length];
    Paired one = Paired.of(d, zero, 20, 200, 1);
    Paired other = Paired.of(zero, d, 20, 200, 1);
    assertThat(one.p()).isEqualTo(other.p());
    assertThat(one.difference().value()).isCloseTo(-other.difference().value(), within(1e-15));
  }

  private static final Claim ABOVE = Claim.of("K1");
  private static final Claim BELOW = Claim.of("A1");

  private static Finding finding(Claim claim, String setting, double low, double high, double p) {
    return new Finding(
        claim,
        "m",
        setting,
        (low + high) / 2,
        low,
        high,
        0,
        50,
        Double.isNaN(p) ? OptionalDouble.empty() : OptionalDouble.of(p));
  }

  private static Outcome outcome(Claim claim, double low, double high, double p) {
    return Verdicts.of(List.of(finding(claim, "s", low, high, p))).rows().get(0).verdict();
  }

  @Test
  void aClaimHoldsOnlyWithItsWholeIntervalAndItsTest() {
    assertThat(outcome(ABOVE, .1, .2, .01)).isEqualTo(Outcome.HOLDS);
    assertThat(outcome(ABOVE, .1, .2, Double.NaN)).isEqualTo(Outcome.HOLDS);
    assertThat(outcome(ABOVE, .1, .2, .05)).isEqualTo(Outcome.CANNOT_TELL);
    assertThat(outcome(ABOVE, 0, .2, .01)).isEqualTo(Outcome.CANNOT_TELL);
    assertThat(outcome(ABOVE, -.1, .2, .9)).isEqualTo(Outcome.CANNOT_TELL);
    assertThat(outcome(ABOVE, -.1, 0, .9)).isEqualTo(Outcome.FAILS);
    assertThat(outcome(ABOVE, -.2, -.1, .001)).isEqualTo(Outcome.FAILS);
    assertThat(outcome(BELOW, -.2, -.1, .001)).isEqualTo(Outcome.HOLDS);
    assertThat(outcome(BELOW, .1, .2, .001)).isEqualTo(Outcome.FAILS);
    assertThat(outcome(ABOVE, Double.NaN, Double.NaN, .001)).isEqualTo(Outcome.CANNOT_TELL);
  }

  @Test
  void pIsCorrectedOverTheClaimsOfAGroupAndTheirSettings() {
    Verdicts v =
        Verdicts.of(
            List.of(
                finding(Claim.of("A1"), "zero", -2, -1, .01),
                finding(Claim.of("A2"), "zero", -2, -1, .03),
                finding(Claim.of("A1"), "mean", -2, -1, .04),
                finding(Claim.of("K1"), "zero", 1, 2, .04)));
    assertThat(v.of("A1", "m", "zero").orElseThrow().pHolm()).contains(.03);
    assertThat(v.of("A2", "m", "zero").orElseThrow().pHolm()).contains(.06);
    assertThat(v.of("A1", "m", "mean").orElseThrow().pHolm()).contains(.06);
    assertThat(v.of("K1", "m", "zero").orElseThrow().pHolm()).contains(.04);
    assertThat(v.overall("A1", "m")).contains(Outcome.PARTLY);
    assertThat(v.overall("A2", "m")).contains(Outcome.CANNOT_TELL);
    assertThat(v.overall("K1", "m")).contains(Outcome.HOLDS);
    assertThat(v.overall("D1", "m")).isEmpty();
    assertThat(v.rows().stream().map(r -> r.id() + " " + r.setting()))
        .containsExactly("A1 zero", "A1 mean", "A1 overall", "A2 zero", "K1 zero");
  }

  @Test
  void aProbeOfFewTestGenerationsCannotBeTold() {
    Estimate above = new Estimate(.1, .05, .15, 900);
    Finding few = StateClaims.of(new Advantage("token", .6, .5, above, 29), "m", "UUID");
    Finding enough = StateClaims.ofQuestions(new Advantage("token", .6, .5, above, 30), "m", "s");
    Verdicts v = Verdicts.of(List.of(few, enough));
    assertThat(v.of("P1", "m", "UUID").orElseThrow().verdict()).isEqualTo(Outcome.CANNOT_TELL);
    assertThat(v.of("HP1", "m", "s").orElseThrow().verdict()).isEqualTo(Outcome.HOLDS);
  }

  @Test
  void correlationsAreHeldAgainstTheirExchangeNulls() {
    ExchangeNull.Result result =
        ExchangeNull.standard().withOffsets(List.of(1)).withDraws(20).of(Made.longGenerations());
    List<Finding> found = StateClaims.of(result, "m", "UUID");
    assertThat(found.stream().map(f -> f.claim().id())).containsExactly("C1", "C2");
    assertThat(found.get(1).rival())
        .isEqualTo(result.row(1, ExchangeNull.Reading.PARTIAL).byChance10().high());
    assertThat(found.get(0).n()).isEqualTo(4); // held-out generations
    assertThat(found.get(0).p()).isEmpty();
  }

  @Test
  void setsThatChangeByHalfAndStayWithinAListFailTheFirstClaims() {
    double[] a = {1, 0, 0, 0};
    double[] ab = {1, 1, 0, 0};
    ScoreMatrix m =
        ScoreMatrix.of("s", .5, 1, 4, List.of("x", "y", "z"), new double[][] {a, ab, a});
    StaticRanking ranking = StaticRanking.of(List.of(m), List.of(true));
    Verdicts v =
        Verdicts.of(DynamismClaims.ofQuestions(Turnover.of(List.of(m, m), ranking), "m", "s"));
    assertThat(v.of("HD1", "m", "s").orElseThrow().verdict()).isEqualTo(Outcome.FAILS);
    assertThat(v.of("HD1", "m", "s").orElseThrow().value()).isEqualTo(.5);
    assertThat(v.of("HD2", "m", "s").orElseThrow().verdict()).isEqualTo(Outcome.FAILS);
    assertThat(v.rows()).hasSize(3);
  }

  @Test
  void overSettingsOneThatHoldsIsPartly() {
    assertThat(Outcome.over(List.of(Outcome.HOLDS, Outcome.HOLDS))).isEqualTo(Outcome.HOLDS);
    assertThat(Outcome.over(List.of(Outcome.HOLDS, Outcome.FAILS))).isEqualTo(Outcome.PARTLY);
    assertThat(Outcome.over(List.of(Outcome.FAILS, Outcome.FAILS))).isEqualTo(Outcome.FAILS);
    assertThat(Outcome.over(List.of(Outcome.FAILS, Outcome.CANNOT_TELL)))
        .isEqualTo(Outcome.CANNOT_TELL);
  }

  @Test
  void verdictsAreAListOfObjectsAndComeBack(@TempDir Path folder) throws IOException {
    Verdicts v =
        Verdicts.of(
            List.of(
                Claim.of("D1").found("m", "UUID", new Estimate(.6, .55, .7, 900), .5, 24),
                Claim.of("D1")
                    .found("m", "classic", new Estimate(.4, Double.NaN, Double.NaN, 9), .5, 1),
                Claim.of("A2")
                    .found("m", "UUID", Paired.of(new double[] {1, 2}, new double[] {3, 4.5}))));
    Path file = folder.resolve("verdicts.json");
    v.save(file);
    JsonArray list = JsonParser.parseString(Files.readString(file)).getAsJsonArray();
    JsonObject first = list.get(0).getAsJsonObject();
    assertThat(first.keySet())
        .containsExactly(
            "id", "model", "setting", "value", "low", "high", "rival", "n", "p", "pHolm",
            "verdict");
    assertThat(first.get("n").getAsInt()).isEqualTo(24);
    assertThat(first.get("p").isJsonNull()).isTrue();
    assertThat(first.get("verdict").getAsString()).isEqualTo("holds");
    assertThat(list.get(1).getAsJsonObject().get("low").isJsonNull()).isTrue();
    assertThat(list.get(2).getAsJsonObject().get("verdict").getAsString()).isEqualTo("partly");
    assertThat(list.get(3).getAsJsonObject().get("rival").getAsInt()).isZero();
    assertThat(Verdicts.load(file)).isEqualTo(v);
    assertThat(v.with(v)).isEqualTo(v);
    Files.writeString(file, "[{\"id\": \"D1\"}]");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Verdicts.load(file))
        .withMessageContaining("verdicts.json");
    Files.writeString(file, "{");
    assertThatIllegalArgumentException().isThrownBy(() -> Verdicts.load(file));
  }

  @Test
  void theTableSaysWhatIsClaimed() {
    Table table =
        Verdicts.of(List.of(finding(ABOVE, "s", .1, .2, .01), finding(ABOVE, "t", .1, .2, .01)))
            .toTable();
    assertThat(table.stringColumn("statement").get(0)).isEqualTo(ABOVE.statement());
    assertThat(table.stringColumn("setting").asList()).containsExactly("s", "t", "overall");
    assertThat(table.intColumn("n").isMissing(2)).isTrue();
    assertThat(table.doubleColumn("Holm's p").get(0)).isEqualTo(.02);
    assertThat(Claim.table().rowCount()).isEqualTo(Claim.all().size());
    assertThat(Claim.all().stream().map(Claim::id))
        .contains("D1", "D2", "D3", "A1", "A2", "A3", "K1", "C1", "C2", "P1", "HD1", "HP1", "R4")
        .doesNotHaveDuplicates();
  }

  @Test
  void whatDoesNotFitIsRefused() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Claim.of("Z9"))
        .withMessageContaining("Z9")
        .withMessageContaining("D1, D2");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Paired.of(new double[2], new double[3]))
        .withMessageContaining("2 and 3 trials");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> McNemar.of(new boolean[2], new boolean[3]));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Paired.of(new double[] {Double.NaN}, new double[1]))
        .withMessageContaining("finite");
    assertThatIllegalArgumentException().isThrownBy(() -> Holm.correct(1.2));
    Finding f = finding(ABOVE, "s", .1, .2, .01);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Verdicts.of(List.of(f, f)))
        .withMessageContaining("K1");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Verdicts.of(List.of(finding(ABOVE, "overall", .1, .2, .01))));
    assertThatIllegalArgumentException().isThrownBy(() -> finding(ABOVE, "s", .2, .1, .01));
    assertThat(Optional.of(f)).isPresent();
  }
}

package headscope.experiment;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import headscope.claim.Finding;
import headscope.claim.Paired;
import headscope.experiment.MaskingLine.Condition;
import headscope.experiment.MaskingLine.Forced;
import headscope.experiment.MaskingLine.ForcedRuns;
import headscope.experiment.MaskingLine.HeadCounts;
import headscope.experiment.MaskingLine.Masked;
import headscope.experiment.MaskingLine.Outcome;
import headscope.task.TrialFacts;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;

class MaskingClaimsTest {
  private static final List<String> NAMES =
      List.of("dynamic", "static", "random", "random, layer-matched");

  private static Masked line(double[] logprobs, double... rates) {
    TrialFacts facts = new TrialFacts.OfNeedle(100, .5, .5, 200, 1, "The magic word is x.");
    Outcome outcome = new Outcome(true, Map.of(), 3, "x", OptionalDouble.empty());
    HeadCounts counts = new HeadCounts(List.of(2), List.of(2));
    List<Condition> conditions = new ArrayList<>();
    for (int i = 0; i < logprobs.length; i++) {
      conditions.add(
          new Condition(
              NAMES.get(i), outcome, logprobs[i], 2, OptionalInt.empty(), Optional.of(counts)));
    }
    List<Forced> forced = new ArrayList<>();
    for (int i = 0; i < rates.length; i++) {
      String name = (i % 2 == 0 ? "dynamic " : "random ") + (1 << i / 2);
      forced.add(new Forced(name, 1, rates[i], 0, counts));
    }
    return new Masked(facts, conditions, Optional.of(new ForcedRuns(forced)));
  }

  private static AblationResult result(Protocol protocol, Masked... lines) {
    return new AblationResult(
        AblationExperiment.of(NeedleTrials.standard(), protocol), List.of(lines));
  }

  @Test
  void conditionsArePairedByTrial() {
    AblationResult result =
        result(
            Protocol.copyPaste(),
            line(new double[] {-3, -1, -.5, -.4}, 1, .5, 2, 0, 0, 0, 1, .5),
            line(new double[] {-4, -5, Double.NaN, -.4}, 0, 0, 1, 0, 0, 2, 4, 0),
            line(new double[] {-2, -1, -.1, -.5}, 1, 1, 1, 1, 1, 1, 1, 1));
    List<Finding> a = MaskingClaims.ofAblation(result, "m", "UUID, zero");
    assertThat(a.stream().map(f -> f.claim().id())).containsExactly("A1", "A2", "A3");
    assertThat(a.get(0).value()).isCloseTo((-2 + 1 - 1) / 3.0, within(1e-12));
    assertThat(a.get(0).n()).isEqualTo(3);
    assertThat(a.get(0).rival()).isZero();
    assertThat(a.get(1).n()).isEqualTo(2); // one trial has no right response under random
    assertThat(a.get(1).value()).isCloseTo((-2.5 - 1.9) / 2, within(1e-12));
    assertThat(a.get(1).p().getAsDouble())
        .isEqualTo(Paired.of(new double[] {-2.5, -1.9}, new double[2]).p());
    Finding k = MaskingClaims.ofCompensation(result, "m", "UUID, zero");
    assertThat(k.claim().id()).isEqualTo("K1");
    assertThat(k.value()).isCloseTo(((4 - 1) / 4.0 + (5 - 2) / 4.0 + 0) / 3, within(1e-12));
  }

  @Test
  void ofEquationTwoTheyAreThoseOfQuestions() {
    AblationResult result =
        result(
            Protocol.reasoning(), line(new double[] {-3, -1, -.5, -.4}, 1, .5, 2, 0, 0, 0, 1, 0));
    assertThat(MaskingClaims.ofAblation(result, "m", "s").get(2).claim().id()).isEqualTo("HA3");
    assertThat(MaskingClaims.ofCompensation(result, "m", "s").claim().id()).isEqualTo("HK1");
  }

  @Test
  void aMissingConditionIsNamed() {
    AblationResult few = result(Protocol.copyPaste(), line(new double[] {-3, -1}, 1, .5));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> MaskingClaims.ofAblation(few, "m", "s"))
        .withMessageContaining("\"random\"");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> MaskingClaims.ofCompensation(few, "m", "s"))
        .withMessageContaining("\"forced dynamic 2\"");
  }
}

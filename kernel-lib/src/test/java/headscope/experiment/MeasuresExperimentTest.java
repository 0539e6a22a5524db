package headscope.experiment;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import headscope.claim.Finding;
import headscope.head.HeadId;
import headscope.head.HeadMask;
import headscope.head.HeadSet;
import headscope.head.MaskScope;
import headscope.model.GenerateOptions;
import headscope.model.LanguageModel;
import headscope.task.Needle;
import headscope.task.NeedleInHaystack;
import headscope.task.TrialFacts;
import headscope.trace.Capture;
import headscope.trace.Trace;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tech.tablesaw.api.Table;

@Tag("slow")
class MeasuresExperimentTest {
  private static final NeedleTrials TRIALS =
      NeedleTrials.standard()
          .withTask(
              NeedleInHaystack.standard()
                  .withNeedle(
                      "The magic number is " + Needle.NUMBER + ".",
                      "What is the magic number?",
                      Needle.NUMBER))
          .withSamples(2, 0)
          .withLengths(List.of(96));

  @TempDir Path folder;

  /** Two heads of the reference model do all the copying; all four measures find them. */
  @Test
  void theHeadsThatCopyLookWriteAreNeededAndCarry() {
    try (LanguageModel model = LanguageModel.reference()) {
      MeasuresResult result = MeasuresExperiment.of(TRIALS).run(model, folder, TrialListener.NONE);
      assertThat(result.right()).hasSize(2);
      for (String measure : headscope.claim.Claim.MEASURES) {
        assertThat(HeadSet.of(result.ranking(measure).subList(0, 2)).toString())
            .as(measure)
            .isEqualTo("L3-H0,L3-H1");
      }
      assertThat(result.toTable().rowCount()).isEqualTo(72);
      List<Finding> findings = result.findings("reference", "numbers");
      assertThat(findings.stream().map(f -> f.claim().id()))
          .containsExactly("W1", "W2", "W3", "W4", "W5", "W6");
      assertThat(findings).allSatisfy(f -> assertThat(f.low()).isLessThanOrEqualTo(f.high()));
      Table sets = result.sets();
      assertThat(sets.doubleColumn("Jaccard with looking").get(0)).isEqualTo(1);
      assertThat(sets.doubleColumn("layer-matched").get(0)).isZero();
      // a folder that is there is read, not run again
      MeasuresResult again = MeasuresExperiment.of(TRIALS).run(model, folder, TrialListener.NONE);
      assertThat(again.toTable().toString()).isEqualTo(result.toTable().toString());
      assertThat(again.sets().toString()).isEqualTo(sets.toString());
    }
  }

  /** The same numbers from masked generation, one head at a time. */
  @Test
  void needIsTheLossOfAForcedRunWithoutTheHead() {
    try (LanguageModel model = LanguageModel.reference()) {
      MeasuresResult result = MeasuresExperiment.of(TRIALS).run(model, TrialListener.NONE);
      var trial = TRIALS.trial(model.tokenizer(), 1);
      int[] response = model.tokenizer().encode(trial.rightResponse()).ids();
      double clean = logprob(model, trial.prompt(), response, HeadSet.empty());
      for (String head : List.of("L3-H1", "L0-H6", "L5-H8")) {
        double without = logprob(model, trial.prompt(), response, HeadSet.parse(head));
        assertThat(result.right().get(1).need().get(HeadId.parse(head).index(12)))
            .isCloseTo(clean - without, within(1e-4));
      }
    }
  }

  private static double logprob(
      LanguageModel model, headscope.trace.Prompt prompt, int[] response, HeadSet without) {
    Trace trace =
        model.generate(
            prompt,
            Capture.tokens(),
            GenerateOptions.defaults()
                .withForced(response)
                .withMask(HeadMask.zero(without), MaskScope.STEPS));
    return trace.steps().stream().mapToDouble(s -> s.logprob()).average().orElseThrow();
  }

  /** Measures drawn by hand: two agree, the others do not, whatever the layers. */
  @Test
  void agreementIsAboveHeadsPermutedWithinTheirLayersWhereMeasuresAgree() {
    List<MeasuresLine> lines = new ArrayList<>();
    SplittableRandom random = new SplittableRandom(3);
    double[] common = random.doubles(60).toArray();
    for (int s = 0; s < 8; s++) {
      List<List<Double>> measures = new ArrayList<>();
      for (int m = 0; m < 4; m++) {
        List<Double> values = new ArrayList<>();
        for (double c : common) {
          values.add(m < 2 ? c + .1 * random.nextDouble() : random.nextDouble());
        }
        measures.add(values);
      }
      lines.add(
          new MeasuresLine(
              new TrialFacts.OfNeedle(96, 0, 0, 100, 1, "n"),
              3,
              "t",
              true,
              3,
              Optional.of(new MeasuresLine.Difference(-1, 3, -3)),
              Optional.of(
                  new MeasuresLine.Measures(
                      6, measures.get(0), measures.get(1), measures.get(2), measures.get(3)))));
    }
    MeasuresResult result = new MeasuresResult(MeasuresExperiment.of(TRIALS), lines, List.of());
    List<MeasuresResult.Agreement> all = result.agreements();
    assertThat(all.get(0).spearman().value()).isGreaterThan(.9);
    assertThat(all.get(0).spearman().low()).isGreaterThan(all.get(0).byChance().high());
    assertThat(all.get(1).spearman().value()).isBetween(-.4, .4);
    assertThat(all.get(0).byChance().value()).isBetween(-.25, .25);
    double[] look = result.measure("look");
    assertThat(Arrays.stream(look).max().orElseThrow())
        .isEqualTo(look[result.ranking("look").get(0).index(6)]);
    assertThatThrownBy(() -> result.measure("looks")).hasMessageContaining("look, write");
  }

  @Test
  void withoutARightSampleNothingIsMeasured() {
    MeasuresResult none =
        new MeasuresResult(
            MeasuresExperiment.of(TRIALS),
            List.of(
                new MeasuresLine(
                    new TrialFacts.OfNeedle(96, 0, 0, 100, 1, "n"),
                    3,
                    "t",
                    false,
                    0,
                    Optional.empty(),
                    Optional.empty())),
            List.of());
    assertThatThrownBy(none::toTable).hasMessageContaining("none of 1 samples");
  }
}

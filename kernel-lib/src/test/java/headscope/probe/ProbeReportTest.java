package headscope.probe;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import headscope.pairs.Made;
import headscope.pairs.Pairs;
import headscope.pairs.ScoredGeneration;
import headscope.pairs.SplitBy;
import headscope.probe.HeadProbe.Kind;
import headscope.probe.HeadProbe.Options;
import java.util.List;
import org.junit.jupiter.api.Test;
import tech.tablesaw.api.Table;

class ProbeReportTest {
  private static final Split SPLIT = Split.of(Made.generations(), 5);
  private static final Options SMALL =
      Options.classifier().withWidths(List.of(16)).withEpochs(20).withBatch(32, .01);

  @Test
  void aClassifierStandsBesideItsBaselines() {
    HeadProbe probe = HeadProbe.train(SPLIT, SMALL, HeadProbe.Listener.NONE);
    ProbeReport report = ProbeReport.of(probe, SPLIT);
    Table table = report.toTable();
    assertThat(table.stringColumn("predictor").asList())
        .containsExactly(
            "probe",
            "logistic regression",
            "ridge regression",
            "mean pattern",
            "same heads as the step before");
    assertThat(report.classified().get("probe"))
        .isEqualTo(
            Classification.of(
                probe.predict(SPLIT.test()), SPLIT.test().labels(), probe.threshold()));
    // The scores are linear in the hidden state but for noise, and independent from step to step.
    assertThat(report.classified().get("logistic regression").auprc())
        .isGreaterThan(report.classified().get("mean pattern").auprc() + .1);
    assertThat(report.classified().get("ridge regression").auprc())
        .isGreaterThan(report.classified().get("mean pattern").auprc() + .1);
    assertThat(table.intColumn("positives").unique().size()).isEqualTo(1);
    assertThat(table.doubleColumn("F1").countMissing()).isZero();
  }

  @Test
  void aRegressorStandsBesideItsBaselines() {
    HeadProbe probe =
        HeadProbe.train(
            SPLIT,
            Options.regressor().withWidths(List.of()).withEpochs(5),
            HeadProbe.Listener.NONE);
    ProbeReport report = ProbeReport.of(probe, SPLIT);
    assertThat(report.toTable().stringColumn("predictor").asList())
        .containsExactly(
            "probe", "ridge regression", "mean pattern", "same heads as the step before");
    assertThat(report.toTable().columnNames())
        .containsExactly("predictor", "MSE", "MAE", "R2", "flat R2", "weighted R2");
    assertThat(report.regressed().get("ridge regression").r2()).isGreaterThan(.2);
    assertThat(report.regressed().get("mean pattern").r2()).isLessThanOrEqualTo(0);
  }

  @Test
  void theMeanPatternIsTheTrainingMean() {
    double[][] scores = SPLIT.training().scores();
    double sum = 0;
    for (double[] row : scores) {
      sum += row[3];
    }
    double[][] predicted = Baseline.meanPattern(SPLIT, Kind.REGRESSOR).predict(SPLIT.test());
    assertThat(predicted).hasNumberOfRows(SPLIT.test().size());
    assertThat(predicted[0][3]).isCloseTo(sum / scores.length, within(1e-12));
    assertThat(predicted[1]).isEqualTo(predicted[0]);
  }

  @Test
  void theStepBeforeIsOfTheSameGenerationAndTheFirstHasNone() {
    for (int offset : new int[] {0, 2}) {
      Pairs pairs = Pairs.of(Made.generations(), offset);
      double[][] predicted = Baseline.stepBefore(Kind.REGRESSOR).predict(pairs);
      for (int i = 0; i < pairs.size(); i++) {
        ScoredGeneration g = pairs.generations().get(pairs.generation(i));
        int step = pairs.step(i) + offset;
        assertThat(predicted[i]).isEqualTo(step == 0 ? new double[12] : g.scores(step - 1));
      }
      assertThat(Baseline.stepBefore(Kind.CLASSIFIER).predict(pairs)[1]).containsOnly(0, 1);
    }
  }

  @Test
  void theStepBeforeNamesItsHeadsWhateverTheValidationPairsSay() {
    ProbeReport report =
        ProbeReport.of(
            HeadProbe.train(SPLIT, SMALL.withEpochs(1), HeadProbe.Listener.NONE),
            SPLIT,
            List.of(Baseline.stepBefore(Kind.CLASSIFIER)));
    double[][] before = Baseline.stepBefore(Kind.CLASSIFIER).predict(SPLIT.test());
    assertThat(report.classified().get("same heads as the step before"))
        .isEqualTo(Classification.of(before, SPLIT.test().labels(), .5));
  }

  /** Where the targets are a linear map and nothing else, the smallest ridge finds it. */
  @Test
  void aRidgeFindsALinearMap() {
    double[][] map = Made.uniform(1, 20, 12);
    List<ScoredGeneration> exact =
        Made.generations().stream()
            .map(
                g -> {
                  float[][] hidden = new float[g.steps()][];
                  double[][] wide = new double[g.steps()][];
                  for (int t = 0; t < g.steps(); t++) {
                    hidden[t] = g.hidden(t);
                    wide[t] = Mlp.widened(hidden[t]);
                  }
                  return ScoredGeneration.of(hidden, Made.times(wide, map));
                })
            .toList();
    Split split = Split.of(exact, 5);
    double[][] predicted = Baseline.ridge(split, Kind.REGRESSOR).predict(split.test());
    assertThat(Regression.of(predicted, split.test().scores()).r2()).isGreaterThan(1 - 1e-9);
  }

  @Test
  void aProbeOfAnotherOffsetIsRefused() {
    HeadProbe probe = HeadProbe.train(SPLIT, SMALL.withEpochs(1), HeadProbe.Listener.NONE);
    Split later = Split.of(Made.generations(), 1, SplitBy.GENERATION, 5);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> ProbeReport.of(probe, later))
        .withMessageContaining("judged on what it was trained for");
  }
}

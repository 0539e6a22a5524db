package headscope.probe;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import headscope.pairs.Made;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;

/**
 * Golden numbers: {@code src/test/python/correlation_goldens.py} with scikit-learn 1.9.1 and
 * PyTorch 2.7.1 in float64.
 */
class PredictionMetricsTest {
  private static final Offset<Double> CLOSE = within(1e-12);

  private static double[][] logits() {
    double[][] logits = Made.uniform(6, 4, 3);
    for (double[] row : logits) {
      for (int h = 0; h < 3; h++) {
        row[h] *= 8;
      }
    }
    return logits;
  }

  private static double[][] targets() {
    double[][] targets = Made.uniform(7, 4, 3);
    for (double[] row : targets) {
      for (int h = 0; h < 3; h++) {
        row[h] = row[h] > .2 ? 1 : 0;
      }
    }
    return targets;
  }

  @Test
  void theAsymmetricLossAndItsGradientAreThoseOfPyTorch() {
    AsymmetricLoss loss = AsymmetricLoss.standard();
    assertThat(loss.of(logits(), targets())).isCloseTo(14.298568490267403, CLOSE);
    double[] golden = {
      0.21629585089571793,
      0.0010432050609394364,
      -0.9983493816622265,
      0,
      0.10151013362383829,
      0.07969576266212443,
      0,
      0,
      0,
      0.022668745753971604,
      0,
      -0.25773227849163793
    };
    double[] gradient = Metrics.flat(loss.gradient(logits(), targets()));
    for (int i = 0; i < golden.length; i++) {
      assertThat(gradient[i]).isCloseTo(golden[i], CLOSE);
    }
  }

  @Property(tries = 100)
  void theAsymmetricLossIsFiniteForEveryLogit(@ForAll double logit) {
    for (double y : new double[] {0, 1}) {
      double[][] z = {{logit}};
      double[][] t = {{y}};
      assertThat(AsymmetricLoss.standard().of(z, t)).isFinite().isNotNegative();
      assertThat(AsymmetricLoss.standard().gradient(z, t)[0][0]).isFinite();
    }
  }

  @Test
  void withoutFocusAndClipTheLossIsCrossEntropy() {
    double loss = new AsymmetricLoss(0, 0, 0).of(new double[][] {{2, -1}}, new double[][] {{1, 0}});
    assertThat(loss).isCloseTo(Math.log1p(Math.exp(-2)) + Math.log1p(Math.exp(-1)), CLOSE);
  }

  private static final double[][] PROBABILITIES = Made.uniform(8, 50, 6);
  private static final double[][] LABELS = Made.uniform(9, 50, 6);

  static {
    for (int r = 0; r < 50; r++) {
      for (int h = 0; h < 6; h++) {
        PROBABILITIES[r][h] = Math.rint((PROBABILITIES[r][h] + 1) / 2 * 10) / 10;
        LABELS[r][h] = h != 4 && LABELS[r][h] + PROBABILITIES[r][h] > 1 ? 1 : 0;
      }
    }
  }

  @Test
  void classificationIsThatOfScikitLearn() {
    Classification c = Classification.of(PROBABILITIES, LABELS, .5);
    assertThat(c.f1()).isCloseTo(0.4666666666666667, CLOSE);
    assertThat(c.precision()).isCloseTo(0.32748538011695905, CLOSE);
    assertThat(c.recall()).isCloseTo(0.8115942028985508, CLOSE);
    assertThat(c.auprc()).isCloseTo(0.3617752962677989, CLOSE);
    assertThat(c.macroF1()).isCloseTo(0.442273632870195, CLOSE);
    assertThat(c.macroPrecision()).isCloseTo(0.3323493556252177, CLOSE);
    assertThat(c.macroRecall()).isCloseTo(0.6773594053005817, CLOSE);
    assertThat(c.macroAuprc()).isCloseTo(0.3798098107532663, CLOSE);
    assertThat(c.positives()).isEqualTo(69);
  }

  @Test
  void theCurveAndItsBestThresholdAreThoseOfScikitLearn() {
    PrecisionRecall curve = PrecisionRecall.of(PROBABILITIES, LABELS);
    double[] precision = {
      0.23,
      0.24210526315789474,
      0.25475285171102663,
      0.2723404255319149,
      0.30097087378640774,
      0.32748538011695905,
      0.35507246376811596,
      0.3783783783783784,
      0.34615384615384615,
      0.3877551020408163,
      0.47368421052631576
    };
    double[] recall = {
      1,
      1,
      0.9710144927536232,
      0.927536231884058,
      0.8985507246376812,
      0.8115942028985508,
      0.7101449275362319,
      0.6086956521739131,
      0.391304347826087,
      0.2753623188405797,
      0.13043478260869565
    };
    assertThat(curve.thresholds()).hasSize(11);
    for (int i = 0; i < 11; i++) {
      assertThat(curve.thresholds()[i]).isCloseTo(i / 10.0, CLOSE);
      assertThat(curve.precision()[i]).isCloseTo(precision[i], CLOSE);
      assertThat(curve.recall()[i]).isCloseTo(recall[i], CLOSE);
    }
    assertThat(curve.bestThreshold()).isEqualTo(.6);
    assertThat(curve.bestF1()).isCloseTo(0.47342995169082125, CLOSE);
    assertThat(curve.toTable().rowCount()).isEqualTo(11);
  }

  @Test
  void ofEqualF1TheLowestThresholdIsTaken() {
    // 0.2: 2 found of 4 and 2; 0.8: 1 found of 1 and 2. Both 2/3.
    PrecisionRecall curve =
        PrecisionRecall.of(new double[] {.2, .4, .6, .8}, new double[] {1, 0, 0, 1});
    assertThat(curve.bestF1()).isEqualTo(2 / 3.0);
    assertThat(curve.bestThreshold()).isEqualTo(.2);
  }

  @Test
  void withoutAPositiveLabelEverythingIsZeroAndFinite() {
    double[][] p = {{.1, .9}};
    double[][] y = {{0, 0}};
    assertThat(Classification.of(p, y, .5))
        .isEqualTo(new Classification(.5, 0, 0, 0, 0, 0, 0, 0, 0, 0));
    PrecisionRecall curve = PrecisionRecall.of(p, y);
    assertThat(curve.recall()).containsExactly(1, 1);
    assertThat(curve.bestF1()).isZero();
    assertThat(curve.bestThreshold()).isEqualTo(.1);
  }

  @Test
  void regressionIsThatOfScikitLearn() {
    double[][] a = Made.uniform(10, 30, 5);
    double[][] b = Made.sum(a, Made.uniform(11, 30, 5));
    for (double[] row : b) {
      row[2] = .3;
    }
    Regression r = Regression.of(a, b);
    assertThat(r.mse()).isCloseTo(0.32927631428919685, CLOSE);
    assertThat(r.mae()).isCloseTo(0.4787923281943661, CLOSE);
    assertThat(r.r2()).isCloseTo(0.41830832058739553, CLOSE);
    assertThat(r.flatR2()).isCloseTo(0.24930410882530363, CLOSE);
    assertThat(r.weightedR2()).isCloseTo(0.433342407316071, CLOSE);
    assertThat(r.varyingHeads()).isEqualTo(4);
  }

  @Test
  void whereNoTargetVariesThereIsNoShareOfTheVariance() {
    Regression r = Regression.of(new double[][] {{1}, {2}}, new double[][] {{.1}, {.1}});
    assertThat(r.r2()).isNaN();
    assertThat(r.flatR2()).isNaN();
    assertThat(r.weightedR2()).isNaN();
    assertThat(r.mae()).isCloseTo(1.4, CLOSE);
  }

  @Test
  void wrongArraysAreRefusedByName() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> PrecisionRecall.of(new double[] {.1}, new double[] {.5}))
        .withMessage("a label is 0 or 1, got 0.5");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Regression.of(new double[][] {{Double.NaN}}, new double[][] {{1}}))
        .withMessage("predictions and targets are finite, those of row 0, head 0 are NaN and 1.0");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Classification.of(new double[2][3], new double[2][2], .5))
        .withMessageContaining("3 predictions and 2 targets");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> PrecisionRecall.of(new double[0], new double[0]));
    assertThatIllegalArgumentException().isThrownBy(() -> new AsymmetricLoss(-1, 1, 0));
  }
}

package headscope.probe;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.assertj.core.api.Assertions.within;

import headscope.pairs.Made;
import headscope.pairs.ScoredGeneration;
import headscope.pairs.SplitBy;
import headscope.probe.HeadProbe.Epoch;
import headscope.probe.HeadProbe.Options;
import headscope.safetensors.MalformedFileException;
import headscope.safetensors.SafeTensorsWriter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@Tag("slow")
class HeadProbeTest {
  private static final List<ScoredGeneration> GENERATIONS = Made.generations();
  private static final Split SPLIT = Split.of(GENERATIONS, 5);
  private static final Options CLASSIFIER =
      Options.classifier().withWidths(List.of(16, 8)).withBatch(32, .03).withEpochs(30).withSeed(3);
  private static final Options REGRESSOR =
      Options.regressor().withWidths(List.of(16, 8)).withBatch(32, .03).withEpochs(30).withSeed(3);
  private static final HeadProbe.Listener NOBODY = HeadProbe.Listener.NONE;

  @TempDir private Path folder;

  /**
   * {@code src/test/python/correlation_goldens.py}: the same training with the same draws by
   * PyTorch 2.7.1's layers, losses, Adam, norm clipping and scheduler, in float32.
   */
  @Test
  void aTrainingGoesAsPyTorchsDoes() {
    followsPyTorch(
        HeadProbe.train(SPLIT, CLASSIFIER, NOBODY),
        new double[] {
          1.3761307702379333,
          1.369412409717274,
          1.2861070125006915,
          1.2150026700396226,
          1.2145327548887703
        },
        new double[] {
          0.6595335006713867,
          0.5225010514259338,
          0.5548360347747803,
          0.5157866477966309,
          0.4856022596359253,
          0.2005377560853958,
          0.42830225825309753,
          0.1600435972213745,
          0.8207935094833374,
          0.7461764216423035,
          0.5058020353317261,
          0.6127920150756836
        });
    followsPyTorch(
        HeadProbe.train(SPLIT, REGRESSOR, NOBODY),
        new double[] {
          0.8627454042434692,
          0.7221758961677551,
          0.5744644999504089,
          0.49200671911239624,
          0.5180895924568176
        },
        new double[] {
          0.0838724821805954,
          0.5171383023262024,
          -0.12510012090206146,
          0.3426503539085388,
          -0.12656763195991516,
          0.2657782733440399,
          0.6131294965744019,
          -0.0013525803806260228,
          1.5712003707885742,
          0.3151164650917053,
          0.12305980920791626,
          0.7112473249435425
        });
  }

  private static void followsPyTorch(HeadProbe probe, double[] validation, double[] outputs) {
    int[] epochs = {0, 4, 9, 19, 29};
    for (int i = 0; i < epochs.length; i++) {
      assertThat(probe.history().get(epochs[i]).validationLoss())
          .isCloseTo(validation[i], within(1e-4));
    }
    assertThat(probe.history().get(29).learningRate()).isCloseTo(3e-4, within(1e-12));
    double[] predicted = probe.predict(SPLIT.test().hidden(0));
    for (int h = 0; h < outputs.length; h++) {
      assertThat(predicted[h]).isCloseTo(outputs[h], within(1e-4));
    }
  }

  @Test
  void trainedTwiceItHasTheSameBytesAndWithAnotherSeedOthers() throws IOException {
    byte[] once = bytes(HeadProbe.train(SPLIT, CLASSIFIER, NOBODY));
    assertThat(bytes(HeadProbe.train(SPLIT, CLASSIFIER, NOBODY))).isEqualTo(once);
    assertThat(bytes(HeadProbe.train(SPLIT, CLASSIFIER.withSeed(4), NOBODY))).isNotEqualTo(once);
  }

  private byte[] bytes(HeadProbe probe) throws IOException {
    Path file = folder.resolve("a.probe.safetensors");
    probe.save(file);
    return Files.readAllBytes(file);
  }

  @Test
  void loadedItPredictsTheSameToTheBit() throws IOException {
    for (Options options : List.of(CLASSIFIER, REGRESSOR, REGRESSOR.withWidths(List.of()))) {
      HeadProbe probe = HeadProbe.train(Split.of(GENERATIONS, 2, SplitBy.ROW, 5), options, NOBODY);
      byte[] saved = bytes(probe);
      HeadProbe loaded = HeadProbe.load(folder.resolve("a.probe.safetensors"));
      assertThat(loaded.predict(SPLIT.test())).isDeepEqualTo(probe.predict(SPLIT.test()));
      assertThat(loaded.options()).isEqualTo(options);
      assertThat(loaded.threshold()).isEqualTo((Double) probe.threshold()); // or both NaN
      assertThat(loaded.history()).isEqualTo(probe.history());
      assertThat(loaded.offset()).isEqualTo(2);
      assertThat(loaded.layers()).isEqualTo(3);
      assertThat(loaded.headsPerLayer()).isEqualTo(4);
      assertThat(bytes(loaded)).isEqualTo(saved);
    }
  }

  @Test
  void oneHiddenStateAloneIsPredictedAsAmongOthers() {
    HeadProbe probe = HeadProbe.train(SPLIT, CLASSIFIER, NOBODY);
    double[][] all = probe.predict(SPLIT.test());
    for (int i = 0; i < all.length; i++) {
      assertThat(probe.predict(SPLIT.test().hidden(i))).isEqualTo(all[i]);
    }
    assertThatIllegalArgumentException()
        .isThrownBy(() -> probe.predict(new float[19]))
        .withMessageContaining("hidden states of 20 numbers, got 19");
  }

  @Test
  void aStoppedTrainingKeepsTheBestProbeSoFar() {
    List<Epoch> seen = new ArrayList<>();
    HeadProbe.Listener stopping =
        (epoch, most) -> {
          seen.add(epoch);
          if (epoch.epoch() == 3) {
            throw new CancellationException("enough");
          }
        };
    TrainingStoppedException stopped =
        catchThrowableOfType(
            TrainingStoppedException.class, () -> HeadProbe.train(SPLIT, CLASSIFIER, stopping));
    HeadProbe three = HeadProbe.train(SPLIT, CLASSIFIER.withEpochs(3), NOBODY);
    assertThat(stopped.best().orElseThrow().predict(SPLIT.test()))
        .isDeepEqualTo(three.predict(SPLIT.test()));
    assertThat(stopped.best().orElseThrow().history()).isEqualTo(seen);
  }

  @Test
  void anInterruptStopsATrainingBeforeItsFirstEpoch() {
    Thread.currentThread().interrupt();
    TrainingStoppedException stopped =
        catchThrowableOfType(
            TrainingStoppedException.class, () -> HeadProbe.train(SPLIT, CLASSIFIER, NOBODY));
    assertThat(stopped.best()).isEmpty();
    assertThat(stopped).hasMessage("stopped on request after 0 epochs");
    assertThat(Thread.interrupted()).isFalse();
  }

  @Test
  void theLowestValidationLossIsKeptAndEarlyStopEndsTheTraining() {
    HeadProbe probe = HeadProbe.train(SPLIT, REGRESSOR.withEarlyStop(2), NOBODY);
    assertThat(probe.history()).hasSizeLessThan(30);
    double lowest = probe.history().stream().mapToDouble(Epoch::validationLoss).min().orElseThrow();
    double kept =
        Regression.of(probe.predict(SPLIT.validation()), SPLIT.validation().scores()).mse();
    assertThat(kept).isCloseTo(lowest, within(1e-6));
  }

  @Test
  void theRateFallsByTenWhileTheLossStandsStillButNotToNothing() {
    HeadProbe probe = HeadProbe.train(SPLIT, REGRESSOR.withEpochs(80).withBatch(128, .03), NOBODY);
    double[] rates = probe.history().stream().mapToDouble(Epoch::learningRate).toArray();
    for (int i = 1; i < rates.length; i++) {
      assertThat(rates[i] / rates[i - 1])
          .satisfiesAnyOf(
              r -> assertThat(r).isEqualTo(1), r -> assertThat(r).isCloseTo(.1, within(1e-12)));
    }
    assertThat(rates[79]).isBetween(1e-9, 1e-6);
  }

  @Test
  void theThresholdIsThatOfTheBestF1OnTheValidationPairs() {
    HeadProbe probe = HeadProbe.train(SPLIT, CLASSIFIER, NOBODY);
    PrecisionRecall curve =
        PrecisionRecall.of(probe.predict(SPLIT.validation()), SPLIT.validation().labels());
    assertThat(probe.threshold()).isEqualTo(curve.bestThreshold());
    assertThat(HeadProbe.train(SPLIT, REGRESSOR, NOBODY).threshold()).isNaN();
  }

  @Test
  void withoutAPositiveLabelAClassifierIsRefusedAndARegressorLearns() {
    List<ScoredGeneration> silent =
        GENERATIONS.stream()
            .map(
                g ->
                    ScoredGeneration.of(
                        IntStream.range(0, g.steps()).mapToObj(g::hidden).toArray(float[][]::new),
                        new double[g.steps()][12]))
            .toList();
    Split split = Split.of(silent, 5);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> HeadProbe.train(split, CLASSIFIER, NOBODY))
        .withMessageContaining("no head retrieves in any of the")
        .withMessageContaining("a lower threshold, or a regressor");
    assertThat(HeadProbe.train(split, REGRESSOR.withEpochs(1), NOBODY).history()).hasSize(1);
  }

  @Test
  void aSplitIsByGenerationAndNeedsPairsInEachPart() {
    assertThat(SPLIT.training().size() + SPLIT.validation().size() + SPLIT.test().size())
        .isEqualTo(155);
    for (int i = 0; i < SPLIT.test().size(); i++) {
      int g = SPLIT.test().generation(i);
      assertThat(IntStream.range(0, SPLIT.training().size()).map(SPLIT.training()::generation))
          .doesNotContain(g);
    }
    Split byRow = Split.of(GENERATIONS, 0, SplitBy.ROW, 5);
    assertThat(byRow.training().size()).isEqualTo((int) (.7 * 155));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Split.of(GENERATIONS.subList(0, 3), 5))
        .withMessageContaining("at least 4 generations");
  }

  @Test
  void damagedFilesAreRefusedByName() throws IOException {
    bytes(HeadProbe.train(SPLIT, CLASSIFIER.withEpochs(1), NOBODY));
    Path file = folder.resolve("a.probe.safetensors");
    byte[] whole = Files.readAllBytes(file);
    for (int length = 0; length < whole.length; length += 97) {
      Files.write(file, Arrays.copyOf(whole, length));
      assertThat(catchThrowable(() -> HeadProbe.load(file)))
          .isInstanceOf(MalformedFileException.class)
          .hasMessageContaining("a.probe.safetensors");
    }
    new SafeTensorsWriter().metadata("format", "other").write(file);
    assertThat(catchThrowable(() -> HeadProbe.load(file)))
        .isInstanceOf(MalformedFileException.class)
        .hasMessageContaining("is no probe: its format is other");
    new SafeTensorsWriter()
        .metadata("format", "headscope-probe/1")
        .metadata("probe", "{\"layers\": 3}")
        .write(file);
    assertThat(catchThrowable(() -> HeadProbe.load(file)))
        .isInstanceOf(MalformedFileException.class)
        .hasMessageContaining("damaged probe");
  }

  @Test
  void wrongOptionsAreRefused() {
    assertThatIllegalArgumentException().isThrownBy(() -> CLASSIFIER.withDropout(1));
    assertThatIllegalArgumentException().isThrownBy(() -> CLASSIFIER.withEpochs(0));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> CLASSIFIER.withWidths(List.of(0)))
        .withMessageContaining("widths from 1");
  }
}

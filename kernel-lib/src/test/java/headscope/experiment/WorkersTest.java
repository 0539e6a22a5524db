package headscope.experiment;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import headscope.head.MaskMode;
import headscope.model.LanguageModel;
import headscope.reference.World;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CancellationException;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Groups that others compute are written as if they had been computed here. */
@Tag("slow")
class WorkersTest {
  private static final NeedleTrials TRIALS =
      NeedleTrials.standard().withSamples(4, 4).withLengths(List.of(64));
  private static final DynamismExperiment DYNAMISM =
      DynamismExperiment.of(TRIALS, Protocol.copyPaste().withMaxNewTokens(6));

  @TempDir Path folder;

  /** Computes in a drawn order, some groups twice, by a worker that knows what it is told. */
  private static Workers shuffled(Experiment<?, ?> experiment, LanguageModel model, Path out) {
    Worker worker = new Worker(experiment, model, out);
    return job -> {
      Assignment told = job.assignment();
      List<GroupRange> order = new ArrayList<>(job.missing());
      order.addAll(order.subList(0, order.size() / 2));
      Collections.shuffle(order, new Random(order.size()));
      for (GroupRange range : order) {
        job.done(range, worker.lines(told, range), "worker");
      }
    };
  }

  private static void assertSame(Path found, Path whole) throws IOException {
    assertThat(files(found)).isEqualTo(files(whole));
    for (Path file : files(whole)) {
      assertThat(found.resolve(file)).hasSameBinaryContentAs(whole.resolve(file));
    }
  }

  private static List<Path> files(Path folder) throws IOException {
    try (Stream<Path> all = Files.walk(folder)) {
      return all.filter(f -> !f.endsWith("times.jsonl") && Files.isRegularFile(f))
          .map(folder::relativize)
          .sorted()
          .toList();
    }
  }

  @Test
  void anyOrderAndCopiesGiveTheSameBytes() throws IOException {
    try (LanguageModel model = LanguageModel.reference()) {
      for (Experiment<?, ?> experiment :
          List.of(
              DYNAMISM,
              AblationExperiment.of(TRIALS, Protocol.copyPaste().withMaxNewTokens(5))
                  .withMode(MaskMode.MEAN),
              RagExperiment.standard()
                  .withTrials(QuestionTrials.world(World.standard(), 1, 4, 1))
                  .withProbe(
                      RagExperiment.standard().probe().withEpochs(2).withWidths(List.of(8))))) {
        Path whole = folder.resolve("whole-" + experiment.name());
        Runner.into(whole, model, TrialListener.NONE).withGroup(2).run(experiment);
        Path out = folder.resolve("led-" + experiment.name());
        Runner.into(out, model, TrialListener.NONE)
            .withGroup(2)
            .with(shuffled(experiment, model, out))
            .run(experiment);
        assertSame(out, whole);
      }
    }
  }

  @Test
  void aDriverThatIsStoppedGoesOnFromWhatItWrote() throws IOException {
    try (LanguageModel model = LanguageModel.reference()) {
      Path whole = folder.resolve("whole");
      Runner.into(whole, model, TrialListener.NONE).withGroup(1).run(DYNAMISM);
      Path out = folder.resolve("led");
      assertThatThrownBy(
              () ->
                  Runner.into(
                          out,
                          model,
                          (done, total) -> {
                            if (done == 6) {
                              throw new CancellationException("killed");
                            }
                          })
                      .withGroup(1)
                      .with(shuffled(DYNAMISM, model, out))
                      .run(DYNAMISM))
          .isInstanceOf(CancellationException.class);
      assertThat(Files.readAllLines(out.resolve("results.jsonl"))).hasSize(6);
      Files.createDirectories(out.resolve("traces/.unfinished-1")); // of a lost worker
      Files.createFile(out.resolve("traces/.unfinished-1/00001.trace.safetensors"));
      Runner.into(out, model, TrialListener.NONE)
          .withGroup(1)
          .with(shuffled(DYNAMISM, model, out))
          .run(DYNAMISM);
      assertSame(out, whole);
    }
  }

  @Test
  void aWorkerOfAnotherExperimentOrWithoutTheFolderIsRefused() {
    try (LanguageModel model = LanguageModel.reference()) {
      DynamismExperiment other = DYNAMISM.withTrials(TRIALS.withSeed(2));
      Path out = folder.resolve("led");
      assertThatThrownBy(
              () ->
                  Runner.into(out, model, TrialListener.NONE)
                      .with(shuffled(other, model, out))
                      .run(DYNAMISM))
          .isInstanceOf(IllegalStateException.class)
          .hasMessageContaining("seed is 1 in the driver and 2 in the worker");
      AblationExperiment means =
          AblationExperiment.of(TRIALS, Protocol.copyPaste()).withMode(MaskMode.MEAN);
      Path elsewhere = folder.resolve("elsewhere");
      assertThatThrownBy(
              () ->
                  Runner.into(folder.resolve("means"), model, TrialListener.NONE)
                      .with(shuffled(means, model, elsewhere))
                      .run(means))
          .hasMessageContaining("head_means.safetensors is not there")
          .hasMessageContaining("a folder that every machine sees");
      assertThatThrownBy(
              () ->
                  Runner.inMemory(model, TrialListener.NONE)
                      .with(shuffled(DYNAMISM, model, out))
                      .run(DYNAMISM))
          .hasMessageContaining("a run in memory has none");
      assertThatThrownBy(
              () ->
                  Runner.into(folder.resolve("lazy"), model, TrialListener.NONE)
                      .with(job -> {})
                      .run(DYNAMISM))
          .hasMessageContaining("StageJob[ranking, 1 of 1 missing] after the workers came back");
    }
  }
}

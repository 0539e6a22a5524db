package headscope.experiment;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.gson.JsonObject;
import headscope.model.LanguageModel;
import headscope.task.TrialFacts;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@Tag("slow")
class DynamismExperimentTest {
  private static final NeedleTrials TRIALS =
      NeedleTrials.standard().withSamples(3, 2).withLengths(List.of(96));
  private static final DynamismExperiment SMALL =
      DynamismExperiment.of(TRIALS, Protocol.copyPaste());

  @TempDir Path folder;

  @Test
  void theReferenceModelFindsTheNeedleAndTwoHeadsCarryIt() {
    try (LanguageModel model = LanguageModel.reference()) {
      DynamismResult result =
          DynamismExperiment.of(NeedleTrials.standard().withSamples(6, 4), Protocol.copyPaste())
              .run(model, TrialListener.NONE);
      assertThat(result.accuracy()).isGreaterThanOrEqualTo(5 / 6.0);
      assertThat(result.ranking().top(2).toString()).isEqualTo("L3-H0,L3-H1");
      assertThat(result.meanSetSize()).isEqualTo(2);
      assertThat(result.dynamism(20).adjacentJaccard().value()).isBetween(0.5, 0.9);
      assertThat(result.rankingSamples().stream().map(DynamismExperimentTest::needle))
          .doesNotContainAnyElementsOf(
              result.evaluated().stream().map(DynamismExperimentTest::needle).toList());
    }
  }

  @Test
  void memoryFolderAndResumedRunGiveTheSame() throws IOException {
    try (LanguageModel model = LanguageModel.reference()) {
      DynamismResult inMemory =
          Runner.inMemory(model, TrialListener.NONE).withGroup(StoppedRun.GROUP).run(SMALL);
      assertThat(
              StoppedRun.goesOnToTheSame(
                  SMALL, model, folder, List.of(1, 2, 3, 4, 5), DynamismExperimentTest::table))
          .isEqualTo(table(inMemory));
    }
  }

  @Test
  void otherOptionsNeedAnotherFolder() {
    try (LanguageModel model = LanguageModel.reference()) {
      SMALL.run(model, folder, TrialListener.NONE);
      assertThatThrownBy(
              () ->
                  DynamismExperiment.of(TRIALS.withSeed(2), Protocol.copyPaste())
                      .run(model, folder, TrialListener.NONE))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("seed is 2 now and was 1");
      assertThatThrownBy(
              () ->
                  DynamismExperiment.of(TRIALS, Protocol.reasoning())
                      .run(model, folder, TrialListener.NONE))
          .hasMessageContaining("reasoning");
    }
  }

  @Test
  void aCutOffLineIsDroppedAndRunAgain() throws IOException {
    Map<String, Object> options = Map.of("a", 1, "b", List.of(0.5, 2));
    Path file = folder.resolve("results.jsonl");
    byte[] whole;
    try (Results results = Results.open(folder, options, Map.of())) {
      for (int i = 0; i < 5; i++) {
        results.append(line(i));
      }
      whole = Files.readAllBytes(file);
    }
    SplittableRandom random = new SplittableRandom(3);
    for (int k = 0; k < 60; k++) {
      int cut = random.nextInt(whole.length + 1);
      Files.write(file, Arrays.copyOf(whole, cut));
      try (Results results = Results.open(folder, options, Map.of())) {
        while (results.size() < 5) {
          results.append(line(results.size()));
        }
      }
      assertThat(Files.readAllBytes(file)).isEqualTo(whole);
    }
  }

  private static JsonObject line(int i) {
    JsonObject o = new JsonObject();
    o.addProperty("trial", i);
    o.addProperty("text", "straße <b> \n " + "x".repeat(i * 7));
    return o;
  }

  @Test
  void badSizesAreRefused() {
    assertThatThrownBy(() -> TRIALS.withLengths(List.of(0))).hasMessageContaining("[0]");
    assertThatThrownBy(() -> TRIALS.withDepths(List.of(50.0))).hasMessageContaining("50.0");
    assertThatThrownBy(() -> TRIALS.withSamples(0, 0)).hasMessageContaining("0 and 0");
  }

  private static String needle(DynamismResult.Sample sample) {
    return ((TrialFacts.OfNeedle) sample.line().facts()).needle();
  }

  private static String table(DynamismResult result) {
    return result.toTable().print() + result.dynamism(20).toTable().print();
  }
}

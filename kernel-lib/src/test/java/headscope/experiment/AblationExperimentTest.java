package headscope.experiment;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;
import static org.assertj.core.api.Assertions.withinPercentage;

import headscope.head.MaskMode;
import headscope.model.LanguageModel;
import headscope.task.Metric;
import headscope.task.Stop;
import headscope.task.TrialFacts;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tech.tablesaw.api.Table;

@Tag("slow")
class AblationExperimentTest {
  private static final AblationExperiment SMALL =
      AblationExperiment.standard().withTrials(grid(List.of(0.0, 1.0), 2, 4));

  @TempDir Path folder;

  private static NeedleTrials grid(List<Double> depths, int runs, int ranking) {
    return NeedleTrials.standard().withGrid(List.of(96), depths, runs).withRanking(ranking);
  }

  @Test
  void withTheHeadsOfAnotherNeedleTheAnswerIsLost() {
    try (LanguageModel model = LanguageModel.reference()) {
      AblationResult result = SMALL.withMode(MaskMode.RESAMPLE).run(model, TrialListener.NONE);
      assertThat(result.accuracy("none")).isGreaterThanOrEqualTo(0.75);
      assertThat(result.accuracy("dynamic")).isZero();
      assertThat(result.accuracy("random")).isGreaterThanOrEqualTo(0.75);
      assertThatThrownBy(
              () ->
                  AblationExperiment.of(
                          QuestionTrials.world(headscope.reference.World.standard(), 1, 1, 1),
                          Protocol.reasoning())
                      .withMode(MaskMode.RESAMPLE)
                      .run(model, TrialListener.NONE))
          .hasMessageContaining("no other needle");
    }
  }

  @Test
  void withoutTheHeadsThatRetrieveTheAnswerIsLost() {
    try (LanguageModel model = LanguageModel.reference()) {
      AblationResult result = SMALL.run(model, TrialListener.NONE);
      assertThat(result.baselineSize()).isEqualTo(2);
      assertThat(result.ranking().top(2).toString()).isEqualTo("L3-H0,L3-H1");
      assertThat(result.accuracy("none")).isGreaterThanOrEqualTo(0.75);
      assertThat(result.accuracy("dynamic")).isZero();
      assertThat(result.accuracy("random")).isGreaterThanOrEqualTo(0.75);
      double clean = logprob(result, "none");
      assertThat(clean).isGreaterThan(-0.2);
      assertThat(logprob(result, "random")).isCloseTo(clean, within(0.3));
      assertThat(logprob(result, "dynamic")).isLessThan(-0.5);

      Table grid = result.grid("accuracy");
      assertThat(grid.rowCount()).isEqualTo(4 * 2);
      assertThat(grid.intColumn("samples").asObjectArray()).containsOnly(2);
      assertThat(result.toTable().rowCount()).isEqualTo(4 + 4 * 4);
      assertThat(result.byCondition().stringColumn("condition").asList())
          .containsExactly("none", "dynamic", "static", "random", "random, layer-matched");
      assertThat(result.comparisons().rowCount()).isEqualTo(6);
    }
  }

  private static double logprob(MaskingResult result, String condition) {
    return result.under(condition).stream()
        .mapToDouble(MaskingResult.Answer::answerLogprob)
        .average()
        .orElseThrow();
  }

  @Test
  void moreMaskedHeadsNeverHelp() {
    try (LanguageModel model = LanguageModel.reference()) {
      for (MaskMode mode : MaskMode.values()) {
        CompensationResult result =
            CompensationExperiment.standard()
                .withKs(List.of(0, 1, 2, 30))
                .withTrials(grid(List.of(.5), 3, 3))
                .withMode(mode)
                .run(model, TrialListener.NONE);
        Table byK = result.byCondition();
        assertThat(byK.doubleColumn("m").get(1)).as("m at k = 0, " + mode).isZero();
        assertThat(result.accuracy("dynamic 0")).isEqualTo(result.accuracy("none"));
        assertThat(result.accuracy("dynamic 30")).isLessThanOrEqualTo(result.accuracy("dynamic 0"));
        assertThat(byK.intColumn("k").get(4)).isEqualTo(30);
      }
    }
  }

  @Test
  void killedAtTwentyMomentsItStillWritesTheSameBytes() throws Exception {
    Path whole = folder.resolve("whole");
    long began = System.nanoTime();
    assertThat(process(whole).waitFor()).isZero();
    int took = (int) TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - began);
    byte[] expected = Files.readAllBytes(whole.resolve("results.jsonl"));
    SplittableRandom random = new SplittableRandom(5);
    Path killed = folder.resolve("killed");
    int kills = 0;
    List<Long> sizes = new ArrayList<>();
    for (int round = 0; kills < 20 && round < 60; round++) {
      Process process = process(killed);
      if (process.waitFor(took / 4 + random.nextInt(took), TimeUnit.MILLISECONDS)) {
        assertThat(Files.readAllBytes(killed.resolve("results.jsonl"))).isEqualTo(expected);
        delete(killed);
      } else {
        process.destroyForcibly().waitFor();
        kills++;
        Path results = killed.resolve("results.jsonl");
        sizes.add(Files.exists(results) ? Files.size(results) : 0);
      }
    }
    assertThat(kills).isEqualTo(20);
    assertThat(sizes.stream().distinct().count()).isGreaterThan(2);
    assertThat(process(killed).waitFor()).isZero();
    assertThat(Files.readAllBytes(killed.resolve("results.jsonl"))).isEqualTo(expected);
  }

  private static Process process(Path out) throws IOException {
    return new ProcessBuilder(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-Xmx1g",
            "-XX:TieredStopAtLevel=1",
            "-cp",
            System.getProperty("java.class.path"),
            "headscope.cli.Headscope",
            "run",
            "ablation",
            "--model",
            "reference",
            "--out",
            out.toString(),
            "--lengths",
            "64",
            "--depths",
            "0,50,100",
            "--runs",
            "2",
            "--ranking-samples",
            "3",
            "--max-new-tokens",
            "40",
            "--group",
            "28", // two trials of 2 * 4 + 6 rows
            "--forced")
        .redirectErrorStream(true)
        .redirectOutput(ProcessBuilder.Redirect.DISCARD)
        .start();
  }

  private static void delete(Path folder) throws IOException {
    try (Stream<Path> all = Files.walk(folder)) {
      for (Path p : all.sorted(java.util.Comparator.reverseOrder()).toList()) {
        Files.delete(p);
      }
    }
  }

  @Test
  void forcedRunsStandBesideFreeOnesAndCountsAreMatched() throws IOException {
    AblationExperiment experiment =
        SMALL
            .withConditions(List.of("dynamic", "dynamic 1", "static", "static 1", "random 1"))
            .withForcedRuns();
    try (LanguageModel model = LanguageModel.reference()) {
      AblationResult result = experiment.run(model, folder, TrialListener.NONE);
      assertThat(Files.readString(folder.resolve("experiment.json")))
          .contains("\"counts\": \"yoked\"")
          .contains("\"forced\": true");
      for (MaskingLine line : result.lines()) {
        if (line instanceof MaskingLine.Masked masked) {
          List<MaskingLine.Condition> free = masked.conditions();
          assertFollows(free.get(2).counts().orElseThrow(), free.get(0).counts().orElseThrow());
          assertFollows(free.get(3).counts().orElseThrow(), free.get(1).counts().orElseThrow());
          assertThat(masked.forcedRuns().orElseThrow().forced())
              .extracting(MaskingLine.Forced::condition)
              .containsExactly(
                  "dynamic",
                  "dynamic 1",
                  "static",
                  "static 1",
                  "random 1",
                  "random",
                  "random, layer-matched",
                  "random, layer-matched 1");
        }
      }
      Table forced = result.compensationInForcedRuns();
      assertThat(forced.rowCount()).isEqualTo(8);
      assertThat(forced.doubleColumn("redundancy").get(0))
          .as("all that retrieve are masked, so none is left")
          .isZero();
      assertThat(forced.doubleColumn("redundancy").get(4)).isGreaterThan(1);
      assertThat(forced.doubleColumn("asked heads").get(6))
          .as("a mask of all k follows the dynamic condition")
          .isEqualTo(forced.doubleColumn("masked heads").get(0));
      assertThat(result.byCondition().columnNames()).contains("asked heads");
      // a clean run that begins with the right response is run once for both
      assertThat(logprob(result, "dynamic")).isLessThan(logprob(result, "random 1") - .5);
      AblationResult again = experiment.run(model, folder, TrialListener.NONE);
      assertThat(again.lines()).isEqualTo(result.lines());
    }
  }

  private static void assertFollows(MaskingLine.HeadCounts own, MaskingLine.HeadCounts leader) {
    for (int s = 0; s < own.asked().size(); s++) {
      assertThat(own.asked().get(s)).isEqualTo(leader.masked().get(s % leader.masked().size()));
    }
  }

  @Test
  void aTrialComesToTheSameWhateverItIsGroupedWith() throws IOException {
    AblationExperiment experiment =
        SMALL.withConditions(List.of("none", "dynamic", "static", "random")).withForcedRuns();
    try (LanguageModel model = LanguageModel.reference()) {
      List<MaskingLine> alone =
          Runner.inMemory(model, TrialListener.NONE).withGroup(1).run(experiment).lines();
      List<MaskingLine> together =
          Runner.into(folder, model, TrialListener.NONE).withGroup(27).run(experiment).lines();
      assertThat(together).hasSameSizeAs(alone);
      for (int i = 0; i < alone.size(); i++) {
        if (alone.get(i) instanceof MaskingLine.Masked a
            && together.get(i) instanceof MaskingLine.Masked b) {
          for (int c = 0; c < 4; c++) {
            MaskingLine.Condition x = a.conditions().get(c);
            MaskingLine.Condition y = b.conditions().get(c);
            assertThat(y.outcome()).isEqualTo(x.outcome());
            assertThat(y.counts()).isEqualTo(x.counts());
            assertThat(y.answerLogprob()).isCloseTo(x.answerLogprob(), within(1e-4));
          }
          assertThat(b.forcedRuns()).isEqualTo(a.forcedRuns());
        } else {
          assertThat(together.get(i).facts()).isEqualTo(alone.get(i).facts());
        }
      }
    }
  }

  @Test
  void answersThatStopEarlyAreTheBeginningsOfWholeOnes() {
    try (LanguageModel model = LanguageModel.reference()) {
      AblationExperiment whole = SMALL.withConditions(List.of("dynamic", "random"));
      AblationExperiment stopped = whole.withProtocol(whole.protocol().withStop(Stop.SENTENCE));
      List<MaskingLine> all = whole.run(model, TrialListener.NONE).lines();
      List<MaskingLine> some = stopped.run(model, TrialListener.NONE).lines();
      int clean = 0;
      for (int i = 0; i < all.size(); i++) {
        if (all.get(i) instanceof MaskingLine.Clean a
            && some.get(i) instanceof MaskingLine.Clean b
            && a.outcome().correct()) {
          assertThat(a.outcome().text()).startsWith(b.outcome().text()).endsWith(".");
          // the sentence ends the answer: the end token behind it is not generated
          assertThat(b.outcome().newTokens()).isEqualTo(a.outcome().newTokens() - 1);
          clean++;
        }
      }
      assertThat(clean).isGreaterThanOrEqualTo(3);
      assertThat(stopped.protocol().options()).containsEntry("stop", "sentence");
      assertThat(whole.protocol().options()).doesNotContainKey("stop");
    }
  }

  @Test
  void ownAndConstantCountsAreRecordedToo() {
    try (LanguageModel model = LanguageModel.reference()) {
      for (Counts counts : List.of(Counts.OWN, Counts.CONSTANT)) {
        AblationResult result =
            SMALL
                .withConditions(List.of("static", "static 1", "random 1"))
                .withCounts(counts)
                .run(model, TrialListener.NONE);
        List<Double> asked = result.byCondition().doubleColumn("asked heads").asList();
        if (counts == Counts.CONSTANT) {
          assertThat(asked).containsExactly(0.0, 2.0, 1.0, 1.0);
        } else {
          assertThat(asked.get(2)).isBetween(.1, 1.0);
        }
        assertThat(result.forcedRuns()).isEmpty();
      }
    }
  }

  @Test
  void givenCountsMaskTheNumberOfTheirNameWhateverRetrieves() {
    try (LanguageModel model = LanguageModel.reference()) {
      AblationResult result =
          SMALL
              .withConditions(List.of("static 1", "static 5", "random 3"))
              .withCounts(Counts.GIVEN)
              .run(model, TrialListener.NONE);
      Table outcomes = result.byCondition();
      assertThat(outcomes.doubleColumn("asked heads").asList()).containsExactly(0.0, 1.0, 5.0, 3.0);
      assertThat(outcomes.doubleColumn("masked heads").asList())
          .containsExactly(0.0, 1.0, 5.0, 3.0);
      assertThat(outcomes.intColumn("trials").asList()).containsOnly(4);

      Table byLength = result.byK("static");
      assertThat(byLength.stringColumn("condition").asList())
          .containsExactly("none", "static 1", "static 5");
      assertThat(byLength.intColumn("k").asList()).containsExactly(0, 1, 5);

      Table beside = MaskingResult.beside(Map.of("zero", result));
      assertThat(beside.columnNames()).startsWith("setting", "condition");
      assertThat(beside.rowCount()).isEqualTo(outcomes.rowCount());
    }
    assertThatThrownBy(() -> SMALL.withConditions(List.of("static")).withCounts(Counts.GIVEN))
        .hasMessageContaining("such as \"static 8\"; got \"static\"");
  }

  @Test
  void mcNemarIsExact() {
    // 2 (1 + 10 + 45) / 2^10 by hand; an even split is certain
    assertThat(result(10, 2).compare("dynamic", "static").p()).isCloseTo(0.109375, within(1e-12));
    assertThat(result(2, 1).compare("dynamic", "static").p()).isEqualTo(1);
    assertThat(result(0, 0).compare("dynamic", "static").p()).isEqualTo(1);
    double small = result(77, 77).compare("dynamic", "static").p();
    assertThat(small).isCloseTo(Math.pow(.5, 76), withinPercentage(1e-9));
  }

  /** Trials of which some are right under the first condition alone, the rest under the second. */
  private static AblationResult result(int trials, int first) {
    List<MaskingLine> lines = new ArrayList<>();
    for (int i = 0; i < trials; i++) {
      boolean right = i < first;
      lines.add(
          new MaskingLine.Masked(
              new TrialFacts.OfNeedle(96, 0, 0, 190, i, "needle"),
              List.of(condition("dynamic", right), condition("static", !right)),
              Optional.empty()));
    }
    return new AblationResult(SMALL, lines);
  }

  private static MaskingLine.Condition condition(String name, boolean right) {
    Map<Metric, Double> metrics = Map.of(Metric.ACCURACY, right ? 1.0 : 0.0, Metric.ROUGE_L, .5);
    return new MaskingLine.Condition(
        name,
        new MaskingLine.Outcome(right, metrics, 3, "", OptionalDouble.empty()),
        -1,
        1,
        OptionalInt.empty(),
        Optional.empty());
  }

  @Test
  void unknownConditionsAndBadSizesAreRefused() {
    assertThatThrownBy(() -> SMALL.withConditions(List.of("dynamic", "magic")))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("magic");
    assertThatThrownBy(
            () -> SMALL.withConditions(List.of("dynamic 2", "static 4")).withCounts(Counts.YOKED))
        .hasMessageContaining("\"static 4\" masks as many heads as \"dynamic 4\"")
        .hasMessageContaining("own or constant");
    assertThatThrownBy(
            () -> SMALL.withConditions(List.of("dynamic", "random, fixed")).withForcedRuns())
        .hasMessageContaining("their number is constant");
    assertThatThrownBy(() -> grid(List.of(50.0), 1, 1)).hasMessageContaining("50.0");
    assertThatThrownBy(() -> grid(List.of(.5), 0, 1)).hasMessageContaining("at least 1");
    assertThatThrownBy(() -> SMALL.withStaticHeads(0)).hasMessageContaining("0, 4 and 4");
  }
}

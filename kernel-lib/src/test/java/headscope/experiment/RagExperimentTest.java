package headscope.experiment;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import headscope.claim.Finding;
import headscope.model.LanguageModel;
import headscope.probe.HeadProbe;
import headscope.rag.InContextRetriever;
import headscope.reference.World;
import headscope.task.Metric;
import headscope.trace.Spans;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tech.tablesaw.api.Table;

@Tag("slow")
class RagExperimentTest {
  private static final RagExperiment SMALL =
      RagExperiment.of(QuestionTrials.world(World.standard(), 8, 12, 3), Protocol.reasoning(300))
          .withProbe(HeadProbe.Options.regressor().withWidths(List.of(32)).withEpochs(4));

  @TempDir Path folder;

  @Test
  void withoutTheContextNothingIsAnsweredAndWithItMostIs() {
    try (LanguageModel model = LanguageModel.reference()) {
      RagResult result = SMALL.run(model, TrialListener.NONE);
      assertThat(result.mean("whole context", Metric.F1).value()).isGreaterThan(.6);
      assertThat(result.mean("w/o RAG", Metric.F1).value()).isLessThan(.4);
      Table table = result.toTable();
      assertThat(table.stringColumn("row").asList()).isEqualTo(RagExperiment.ROWS);
      assertThat(table.doubleColumn("context seen").get(0)).isEqualTo(100);
      int last = RagExperiment.ROWS.size() - 1;
      assertThat(table.doubleColumn("context seen").get(last)).isZero();
      assertThat(table.doubleColumn("retrievals").get(last)).isZero();
      assertThat(table.doubleColumn("retrievals").get(2)).isPositive();
      assertThat(result.comparisons().rowCount()).isEqualTo(last * (last + 1) / 2);
      assertThat(result.answers().rowCount()).isEqualTo((last + 1) * 8);
      assertThat(result.mean("oracle windows", Metric.F1).value()).isGreaterThan(.6);
      List<Finding> findings = RagClaims.of(result, "reference", "3 to 5 paragraphs");
      assertThat(findings).extracting(f -> f.claim().id()).containsExactly("R1", "R2", "R3", "R4");
      assertThat(findings.get(1).value())
          .isCloseTo(
              result.mean("dynamic", Metric.F1).value() - result.mean("static", Metric.F1).value(),
              within(1e-12));
      for (RagLine.Asked line : result.questions()) { // as many tokens as dynamic, where it looked
        List<Integer> told = windows(line, "dynamic");
        for (String rival : List.of("static", "dynamic random 2", "BM25", "random places")) {
          List<Integer> shown = windows(line, rival);
          for (int r = 0; r < shown.size() && !told.isEmpty(); r++) {
            assertThat(shown.get(r)).isEqualTo(told.get(r % told.size()));
          }
        }
      }
    }
  }

  private static List<Integer> windows(RagLine.Asked line, String row) {
    return line.rows().stream()
        .filter(r -> r.row().equals(row))
        .flatMap(r -> r.run().drafts().stream())
        .flatMap(d -> d.retrieval().stream())
        .map(r -> Spans.parse(r.windows()).length())
        .toList();
  }

  @Test
  void sizesAreChosenByTheirRuleOnQuestionsOfTheirOwn() {
    List<RagSizing.Sizes> candidates =
        List.of(new RagSizing.Sizes(4, 4, 4, 3), new RagSizing.Sizes(10, 8, 16, 5));
    RagSizing sizing =
        new RagSizing(QuestionTrials.world(World.standard(), 4, 0, 77), candidates, .3);
    try (LanguageModel model = LanguageModel.reference()) {
      RagResult result =
          SMALL
              .withTrials(QuestionTrials.world(World.standard(), 1, 12, 3))
              .withSizing(sizing)
              .run(model, TrialListener.NONE);
      assertThat(result.lines()).hasSize(4 + 4 + 1);
      Table sizes = result.sizes();
      assertThat(sizes.booleanColumn("chosen").countTrue()).isOne();
      assertThat(sizes.doubleColumn("context seen").get(0))
          .isLessThan(sizes.doubleColumn("context seen").get(1));
      // windows of 32 show half of such a context: the small ones are left
      assertThat(result.chosen().sizes()).isEqualTo(candidates.get(0));
      assertThat(result.chosen().threshold()).isBetween(.001, 1.0);
      assertThat(result.experiment().options().get("sizing").toString())
          .contains("seed=77", "mostSeen=0.3");
      assertThat(result.followed()).isZero();
    }
  }

  @Test
  void theThresholdIsTheLowestRoundNumberThatFewSentencesExceed() {
    List<Double> greatest = new ArrayList<>(Collections.nCopies(99, .03));
    greatest.add(7.0);
    RagLine.Watched line = new RagLine.Watched(null, greatest, "");
    assertThat(RagSizing.threshold(List.of(line))).isEqualTo(.05);
    greatest.add(7.0);
    assertThat(RagSizing.threshold(List.of(new RagLine.Watched(null, greatest, "")))).isEqualTo(10);
  }

  @Test
  void aStoppedRunGoesOnAndWritesTheSameBytes() throws IOException {
    try (LanguageModel model = LanguageModel.reference()) {
      Path whole = folder.resolve("whole");
      StoppedRun.goesOnToTheSame(
          SMALL, model, folder, List.of(1, 7, 13, 17), result -> result.toTable().print());
      assertThat(Files.readAllLines(whole.resolve("results.jsonl"))).hasSize(8);
      assertThatThrownBy(
              () ->
                  SMALL
                      .withLoop(SMALL.loop().withRetriever(InContextRetriever.standard().withK(3)))
                      .run(model, whole, TrialListener.NONE))
          .hasMessageContaining("k is 3 now and was 10");
    }
  }

  @Test
  void badSizesAreRefused() {
    assertThatThrownBy(() -> SMALL.withHeads(0)).hasMessageContaining("got 0");
    assertThatThrownBy(() -> SMALL.withProbe(HeadProbe.Options.classifier()))
        .hasMessageContaining("regressor");
  }
}

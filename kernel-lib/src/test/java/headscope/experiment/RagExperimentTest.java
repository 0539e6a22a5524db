package headscope.experiment;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import headscope.model.LanguageModel;
import headscope.probe.HeadProbe;
import headscope.rag.InContextRetriever;
import headscope.reference.World;
import headscope.task.Metric;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
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
      assertThat(table.doubleColumn("context seen").get(5)).isZero();
      assertThat(table.doubleColumn("retrievals").get(5)).isZero();
      assertThat(table.doubleColumn("retrievals").get(1)).isPositive();
      assertThat(result.comparisons().rowCount()).isEqualTo(15);
      assertThat(result.answers().rowCount()).isEqualTo(6 * 8);
    }
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

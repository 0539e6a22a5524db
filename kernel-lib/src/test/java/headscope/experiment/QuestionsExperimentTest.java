package headscope.experiment;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import headscope.model.LanguageModel;
import headscope.reference.World;
import headscope.task.Metric;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tech.tablesaw.api.Table;

@Tag("slow")
class QuestionsExperimentTest {
  private static final QuestionsExperiment SMALL =
      QuestionsExperiment.of(
          QuestionTrials.world(
              World.standard().withTypes(World.Type.BRIDGE, World.Type.SINGLE), 12, 0, 5),
          List.of("all", "gold", "gold+1", "first", "last", "none"));

  @TempDir Path folder;

  @Test
  void twoHopsTakeBothParagraphs() {
    try (LanguageModel model = LanguageModel.reference()) {
      QuestionsResult result = SMALL.run(model, TrialListener.NONE);
      assertThat(result.mean("all", Metric.EM).value()).isGreaterThan(.7);
      assertThat(result.mean("gold", Metric.EM).value()).isGreaterThan(.7);
      assertThat(result.mean("none", Metric.EM).value()).isLessThan(.4);
      Table table = result.toTable();
      assertThat(table.stringColumn("type").unique().asList())
          .containsExactlyInAnyOrder("all", "bridge", "single");
      Table bridge = table.where(table.stringColumn("type").isEqualTo("bridge"));
      assertThat(bridge.doubleColumn("EM").get(3)).isLessThan(.5); // the first paragraph alone
      Table single = table.where(table.stringColumn("type").isEqualTo("single"));
      assertThat(single.doubleColumn("EM").get(3)).isGreaterThan(.5); // it is all that it takes
      assertThat(table.doubleColumn("context tokens").get(5)).isZero();
      assertThat(table.doubleColumn("context tokens").get(1))
          .isLessThan(table.doubleColumn("context tokens").get(2));
      assertThat(result.answers().rowCount()).isEqualTo(12 * 6);
    }
  }

  @Test
  void aStoppedRunGoesOnAndWritesTheSameBytes() throws IOException {
    try (LanguageModel model = LanguageModel.reference()) {
      StoppedRun.goesOnToTheSame(
          SMALL, model, folder, List.of(1, 6, 11), result -> result.toTable().print());
    }
  }

  @Test
  void whatIsNoPartOfAContextIsRefused() {
    assertThatThrownBy(() -> new Shown("gold-1")).hasMessageContaining("got \"gold-1\"");
  }
}

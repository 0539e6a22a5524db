package headscope.experiment;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import headscope.model.LanguageModel;
import headscope.reference.World;
import headscope.task.HotpotQa;
import headscope.task.Metric;
import headscope.task.Question;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tech.tablesaw.api.Table;

@Tag("slow")
class QuestionTrialsTest {
  @TempDir Path folder;

  /** Folders of results hold a hash of this text, and go on only under the same one. */
  @Test
  void aQuestionIsHashedByWhatItHas() {
    Question question =
        new Question(
            "q",
            "Who?",
            "Ana",
            "bridge",
            "easy",
            List.of(new Question.Fact("T", 0)),
            List.of(new Question.Paragraph("T", List.of("Ana came."))));
    assertThat(question)
        .hasToString(
            "Question[id=q, question=Who?, answer=Ana, type=bridge, level=easy,"
                + " supportingFacts=[Fact[title=T, sentence=0]],"
                + " context=[Paragraph[title=T, sentences=[Ana came.]]]]");
  }

  @Test
  void withoutTheHeadsThatGatherTheQuestionIsNotAnswered() {
    try (LanguageModel model = LanguageModel.reference()) {
      AblationResult result =
          AblationExperiment.of(
                  QuestionTrials.world(World.standard(), 12, 6, 2), Protocol.reasoning(300))
              .run(model, folder, TrialListener.NONE);
      assertThat(result.mean("none", Metric.F1).value()).isGreaterThan(.6);
      assertThat(result.mean("dynamic", Metric.F1).value()).isLessThan(.4);
      assertThat(result.mean("random", Metric.EM).value()).isGreaterThan(.5);
      Table grid = result.grid("F1");
      assertThat(grid.rowCount()).isEqualTo(4 * 20);
      assertThat(grid.intColumn("samples").sum()).isBetween(40.0, 48.0);
      Table answered = result.gridOfAnswered("EM");
      assertThat(answered.intColumn("samples").sum())
          .isLessThanOrEqualTo(grid.intColumn("samples").sum());
      assertThat(result.byCondition().columnNames()).contains("F1", "EM low", "recall high");
    }
  }

  @Test
  void rankingAndEvaluatedQuestionsAreDisjointAndDrawnBySeed() {
    List<Question> all = World.standard().questions(50, 1);
    QuestionTrials trials = QuestionTrials.of(all, 10, 5, 3);
    assertThat(trials.questions()).hasSize(15).doesNotHaveDuplicates();
    assertThat(trials).isEqualTo(QuestionTrials.of(all, 10, 5, 3));
    assertThat(trials.questions()).isNotEqualTo(QuestionTrials.of(all, 10, 5, 4).questions());
    assertThat(trials.options()).isNotEqualTo(QuestionTrials.of(all, 10, 5, 4).options());
    Path file = folder.resolve("w.json");
    HotpotQa.write(file, all);
    assertThat(QuestionTrials.of(file, 10, 5, 3)).isEqualTo(trials);
  }

  @Test
  void questionsWithoutASupportingSentenceAreLeftOut() {
    List<Question> all = new ArrayList<>(World.standard().questions(5, 1));
    Question q = all.get(0);
    all.set(
        0,
        new Question(
            q.id(),
            q.question(),
            q.answer(),
            "",
            "",
            List.of(new Question.Fact("?", 0)),
            q.context()));
    assertThat(QuestionTrials.of(all, 3, 1, 1).questions()).doesNotContain(all.get(0));
    assertThatThrownBy(() -> QuestionTrials.of(all, 4, 1, 1))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("only 4 of 5 are usable");
  }

  @Test
  void theBinsOfFig6AreThosePublished() {
    List<Cell> cells = Bins.paper().cells();
    assertThat(cells).hasSize(80);
    assertThat(cells.get(0)).isEqualTo(new Cell(250, .05));
    assertThat(cells.get(79)).isEqualTo(new Cell(3750, .95));
    assertThat(Bins.paper().cell(499, .0999)).contains(new Cell(250, .05));
    assertThat(Bins.paper().cell(500, 1)).contains(new Cell(750, .95));
    assertThat(Bins.paper().cell(4000, .5)).isEmpty();
    assertThat(Bins.small().cell(99, .5)).isEmpty();
    assertThat(Bins.small().cells()).contains(Bins.small().cell(120, .3).orElseThrow());
  }
}

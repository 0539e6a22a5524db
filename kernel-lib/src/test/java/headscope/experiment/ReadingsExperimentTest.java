package headscope.experiment;

import static org.assertj.core.api.Assertions.assertThat;

import headscope.head.HeadSet;
import headscope.model.LanguageModel;
import headscope.reference.World;
import headscope.score.Dynamism;
import headscope.task.HotpotQa;
import headscope.task.StepSpan;
import java.util.List;
import org.assertj.core.api.Assertions;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import tech.tablesaw.api.Table;

@Tag("slow")
class ReadingsExperimentTest {
  private static final QuestionTrials TRIALS = QuestionTrials.world(World.standard(), 6, 0, 11);

  @Test
  void readingsAreThoseOfRunsWithTheirWindows() {
    try (LanguageModel model = LanguageModel.reference()) {
      ReadingsResult result = ReadingsExperiment.of(TRIALS).run(model, TrialListener.NONE);
      for (int local : List.of(8, 32)) {
        Protocol read = Protocol.reasoning().withWindows(4, local).withThreshold(.3);
        DynamismResult alone = DynamismExperiment.of(TRIALS, read).run(model, TrialListener.NONE);
        Dynamism expected = Dynamism.of(alone.scores(StepSpan.ANSWER), HeadSet.parse("L3-H0"));
        double heads = 0;
        double steps = 0;
        double jaccard = 0;
        double pairs = 0;
        for (ReadingsLine line : result.lines()) {
          for (ReadingsLine.Reading r : line.readings()) {
            if (r.sink() == 4 && r.local() == local && r.threshold() == .3) {
              heads += r.heads();
              steps += r.steps();
              jaccard += r.jaccard();
              pairs += r.pairs();
            }
          }
        }
        assertThat(heads / steps)
            .isCloseTo(expected.headsPerStep().value(), Assertions.within(1e-9));
        assertThat(jaccard / pairs)
            .isCloseTo(expected.adjacentJaccard().value(), Assertions.within(1e-9));
      }
      // contexts of some 200 tokens: a local window of 16 is the largest of a tenth
      assertThat(result.local()).isEqualTo(16);
      Table table = result.toTable();
      assertThat(table.rowCount()).isEqualTo(3 * 2 * 3 * 9);
      Table chosen = table.where(table.stringColumn("chosen").isEqualTo("chosen"));
      assertThat(chosen.rowCount()).isEqualTo(3);
      assertThat(chosen.doubleColumn("share of heads").mean()).isLessThanOrEqualTo(5.5);
      assertThat(result.chosen().score().threshold()).isEqualTo(result.threshold());
    }
  }

  @Test
  void headsOfAHopLookAtItsSentence() {
    try (LanguageModel model = LanguageModel.reference()) {
      QuestionTrials trials = TRIALS.withTask(HotpotQa.standard().withFactSpans());
      DynamismResult result =
          DynamismExperiment.of(trials, Protocol.reasoning(300)).run(model, TrialListener.NONE);
      Hops hops =
          Hops.of(result.evaluated().stream().map(DynamismResult.Sample::trace).toList(), .3);
      Table by = hops.bySentence();
      assertThat(by.rowCount()).isEqualTo(6);
      // first sentence: heads on the first fact; second: on the second
      assertThat(by.doubleColumn("heads a step").get(0))
          .isGreaterThan(by.doubleColumn("heads a step").get(1));
      assertThat(by.doubleColumn("heads a step").get(3))
          .isGreaterThan(by.doubleColumn("heads a step").get(2));
      assertThat(hops.heads().rowCount()).isEqualTo(72);
      Table steps = hops.steps(0);
      assertThat(steps.rowCount()).isEqualTo(result.evaluated().get(0).trace().counted().size());
      assertThat(steps.intColumn("sentence").get(0)).isEqualTo(1);
      assertThat(steps.intColumn("sentence").max()).isEqualTo(3);
    }
  }
}

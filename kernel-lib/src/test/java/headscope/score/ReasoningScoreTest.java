package headscope.score;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import headscope.head.HeadId;
import headscope.head.HeadSet;
import headscope.trace.Prompt;
import headscope.trace.Span;
import headscope.trace.Step;
import headscope.trace.Trace;
import org.junit.jupiter.api.Test;

class ReasoningScoreTest {
  private static final Prompt PROMPT = HandMade.prompt(new int[] {1, 2, 3}, new Span(1, 2));

  @Test
  void theScoreIsTheNeedlesShareOfTheAttentionOutsideSinkAndLocal() {
    Step step =
        HandMade.masses(
            2, new float[] {.25f, .5f, 0, 9e-5f}, new float[] {.5f, .5f, .75f, 9.9e-5f});
    ScoreMatrix scores = ReasoningScore.of(HandMade.trace(2, 2, PROMPT, false, step));
    assertThat(scores.step(0)).containsExactly(.5, 1, 0, 0);
    assertThat(scores.threshold()).isEqualTo(.1);
    assertThat(scores.dynamicHeads(0)).isEqualTo(HeadSet.parse("L0-H0,L0-H1"));
    assertThat(scores.withThreshold(.5).dynamicHeads(0)).isEqualTo(HeadSet.parse("L0-H1"));
  }

  @Test
  void theDivisorCountsFromOneTenThousandthOn() {
    Step step = HandMade.masses(2, new float[] {1.01e-4f}, new float[] {1.01e-4f});
    assertThat(ReasoningScore.standard().scores(PROMPT, step)).containsExactly(1);
  }

  @Test
  void dynamicHeadsAreRankedByScore() {
    Step step =
        HandMade.masses(2, new float[] {.1f, .3f, .04f, .3f}, new float[] {.5f, .5f, .5f, .5f});
    assertThat(ReasoningScore.standard().rankedDynamicHeads(PROMPT, step, 2))
        .containsExactly(new HeadId(0, 1), new HeadId(1, 1), new HeadId(0, 0));
    assertThat(ReasoningScore.standard().withThreshold(.3).rankedDynamicHeads(PROMPT, step, 2))
        .containsExactly(new HeadId(0, 1), new HeadId(1, 1));
  }

  @Test
  void massesThatWereNotCapturedAreNamed() {
    Trace trace = HandMade.trace(1, 1, PROMPT, false, HandMade.looks(1, new int[] {0}));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> ReasoningScore.of(trace))
        .withMessageContaining("needle_effective");
    assertThatIllegalArgumentException().isThrownBy(() -> new ReasoningScore(1));
    assertThatIllegalArgumentException().isThrownBy(() -> new ReasoningScore(Double.NaN));
  }
}

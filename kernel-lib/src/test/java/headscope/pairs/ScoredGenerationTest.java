package headscope.pairs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import headscope.score.CopyPasteScore;
import headscope.trace.Prompt;
import headscope.trace.Spans;
import headscope.trace.Step;
import headscope.trace.Trace;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ScoredGenerationTest {

  @Test
  void theEndTokensStepIsLeftOut() {
    ScoredGeneration g = ScoredGeneration.of(trace(new float[] {1, 2}), CopyPasteScore.standard());
    assertThat(g.steps()).isEqualTo(1);
    assertThat(g.hidden(0)).containsExactly(1, 2);
    assertThat(g.scores(0)).containsExactly(1, 0);
    assertThat(g.layers()).isEqualTo(1);
    assertThat(g.headsPerLayer()).isEqualTo(2);
    assertThat(g.threshold()).isEqualTo(CopyPasteScore.standard().threshold());
  }

  @Test
  void aTraceWithoutHiddenStatesIsRefusedWithTheRemedy() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> ScoredGeneration.of(trace(new float[0]), CopyPasteScore.standard()))
        .withMessageContaining("Capture.heads()");
  }

  @Test
  void numbersThatAreNotFiniteAreNamed() {
    assertThatIllegalArgumentException()
        .isThrownBy(
            () -> ScoredGeneration.of(trace(new float[] {1, Float.NaN}), CopyPasteScore.standard()))
        .withMessageStartingWith("hidden states are finite numbers, number 1 at step 0 is NaN");
    assertThatIllegalArgumentException()
        .isThrownBy(
            () ->
                ScoredGeneration.of(
                    new float[1][2], new double[][] {{0, Double.POSITIVE_INFINITY}}))
        .withMessageStartingWith("scores are finite numbers, number 1 at step 0 is Infinity");
  }

  @Test
  void shapesThatDoNotAgreeAreRefused() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> ScoredGeneration.of(new float[2][3], new double[1][2]));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> ScoredGeneration.of(new float[][] {{1}, {1, 2}}, new double[2][2]));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> ScoredGeneration.of(2, 2, .5, new float[1][3], new double[1][3]));
    assertThat(ScoredGeneration.of(new float[0][], new double[0][]).steps()).isZero();
  }

  private static Trace trace(float[] hidden) {
    Prompt prompt = Prompt.ofIds(5, 6, 7).withSpan(Prompt.NEEDLE, Spans.of(1, 2));
    return new Trace(
        "hand",
        1,
        2,
        prompt,
        List.of(step(6, hidden), step(9, new float[] {3, 4})),
        List.of(),
        "",
        List.of(),
        true,
        Map.of(),
        Map.of());
  }

  private static Step step(int token, float[] hidden) {
    return new Step(
        token,
        0,
        0,
        new int[] {1, 0},
        new float[] {1, 1},
        Map.of(),
        hidden,
        Map.of(),
        new float[0]);
  }
}

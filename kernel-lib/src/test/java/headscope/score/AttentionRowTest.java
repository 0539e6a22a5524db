package headscope.score;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import headscope.head.HeadId;
import headscope.trace.Prompt;
import headscope.trace.Span;
import headscope.trace.Step;
import headscope.trace.Trace;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import tech.tablesaw.api.Table;

class AttentionRowTest {
  private static final HeadId HEAD = new HeadId(0, 1);

  private static Step step(int token, float... row) {
    return new Step(
        token,
        0,
        0,
        new int[2],
        new float[2],
        Map.of(),
        new float[0],
        Map.of(HEAD, row),
        new float[0]);
  }

  @Test
  void aRowHasAWeightForEveryPositionThatTheStepSees() {
    Prompt prompt = HandMade.prompt(new int[] {7, 8, 9}, new Span(1, 2));
    Trace trace =
        HandMade.trace(1, 2, prompt, false, step(8, .1f, .8f, .1f), step(5, .1f, .2f, .3f, .4f));

    AttentionRow first = AttentionRow.of(trace, 0, HEAD);
    assertThat(first.weights()).hasSize(3);
    assertThat(first.spans()).containsExactly("", "needle", "");
    assertThat(first.writes()).isEqualTo("8");
    AttentionRow second = AttentionRow.of(trace, 1, HEAD);
    assertThat(second.tokens()).containsExactly("7", "8", "9", "8");

    Table both = AttentionRow.table(List.of(first, second));
    assertThat(both.rowCount()).isEqualTo(7);
    assertThat(both.columnNames()).containsExactly("head", "position", "token", "span", "weight");
    assertThat(both.intColumn("position").get(3)).isZero();
  }

  @Test
  void aRowThatWasNotKeptIsSaidWithTheRemedy() {
    Trace trace =
        HandMade.trace(1, 2, HandMade.prompt(new int[] {7}, new Span(0, 1)), false, step(8, 1f));
    assertThatThrownBy(() -> AttentionRow.of(trace, 0, new HeadId(0, 0)))
        .hasMessageContaining("no row of L0-H0 at step 0")
        .hasMessageContaining("withRows");
    assertThatThrownBy(() -> AttentionRow.of(trace, 1, HEAD)).hasMessageContaining("steps 0 to 0");
  }
}

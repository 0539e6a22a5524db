package headscope.score;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import headscope.head.HeadId;
import headscope.head.HeadSet;
import headscope.trace.Prompt;
import headscope.trace.Span;
import headscope.trace.Step;
import headscope.trace.Trace;
import java.util.List;
import java.util.stream.IntStream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;

class CopyPasteScoreTest {
  // position:                                       0  1  2  3  4  5  6
  private static final Prompt PROMPT =
      HandMade.prompt(new int[] {7, 5, 8, 5, 9, 7, 6}, new Span(1, 5));

  @Test
  void aHeadScoresWhereItLooksAtTheGeneratedTokenInTheNeedle() {
    Trace trace =
        HandMade.trace(
            2,
            2,
            PROMPT,
            false,
            HandMade.looks(5, new int[] {1, 3, 2, 6}), // both 5s count, by value
            HandMade.looks(7, new int[] {0, 5, 4, 7}), // 7 is outside the needle
            HandMade.looks(9, new int[] {4, 4, 8, 4})); // 8 is generated text
    ScoreMatrix scores = CopyPasteScore.of(trace);
    assertThat(scores.step(0)).containsExactly(1, 1, 0, 0);
    assertThat(scores.step(1)).containsExactly(0, 0, 0, 0);
    assertThat(scores.step(2)).containsExactly(1, 1, 0, 1);
    assertThat(scores.dynamicHeads(2)).isEqualTo(HeadSet.parse("L0-H0,L0-H1,L1-H1"));
    assertThat(scores.tokens()).containsExactly("5", "7", "9");
    assertThat(scores.score()).isEqualTo("copy-paste");
  }

  @Test
  void theEndTokenIsNotCounted() {
    Step five = HandMade.looks(5, new int[] {1});
    assertThat(CopyPasteScore.of(HandMade.trace(1, 1, PROMPT, true, five, five)).steps())
        .isEqualTo(1);
    assertThat(CopyPasteScore.of(HandMade.trace(1, 1, PROMPT, false, five, five)).steps())
        .isEqualTo(2);
    ScoreMatrix none = CopyPasteScore.of(HandMade.trace(1, 1, PROMPT, true, five));
    assertThat(none.steps()).isZero();
    assertThat(none.mean().mean(new HeadId(0, 0))).isZero();
  }

  @Test
  void theCleanRowsAreScoredWithTheTokenOfTheFirstPass() {
    Trace trace =
        HandMade.twoPass(
            1,
            2,
            PROMPT,
            true,
            List.of(HandMade.looks(9, new int[] {4, 1}), HandMade.looks(2, new int[] {0, 0})),
            List.of(HandMade.looks(5, new int[] {4, 1}), HandMade.looks(5, new int[] {1, 1})));
    assertThat(CopyPasteScore.of(trace).step(0)).containsExactly(1, 0);
    ScoreMatrix clean = CopyPasteScore.standard().cleanMatrix(trace);
    assertThat(clean.steps()).isEqualTo(1);
    assertThat(clean.step(0)).containsExactly(0, 1);
    assertThatIllegalArgumentException()
        .isThrownBy(
            () ->
                CopyPasteScore.standard()
                    .cleanMatrix(
                        HandMade.trace(1, 1, PROMPT, false, HandMade.looks(5, new int[] {1}))))
        .withMessageContaining("one pass");
  }

  @Test
  void dynamicHeadsAreRankedByTheWeightAtTheMaximumThenByLayerAndHead() {
    Step step = HandMade.looks(5, new int[] {1, 3, 2, 1, 3, 1}, .2, .5, .99, .5, .9, .2);
    assertThat(CopyPasteScore.standard().rankedDynamicHeads(PROMPT, step, 3))
        .containsExactly(
            new HeadId(1, 1),
            new HeadId(0, 1),
            new HeadId(1, 0),
            new HeadId(0, 0),
            new HeadId(1, 2));
    assertThat(CopyPasteScore.standard().dynamicHeads(PROMPT, step, 3))
        .isEqualTo(HeadSet.parse("L0-H0,L0-H1,L1-H0,L1-H1,L1-H2"));
    assertThat(CopyPasteScore.byWeight(HandMade.trace(2, 3, PROMPT, false, step)).step(0))
        .containsExactly(.2f, .5f, 0, .5f, .9f, .2f);
  }

  @Test
  void aPositionMatchTellsTheTwoPlacesOfOneTokenApart() {
    // needle 5 8 5 9 at 1..4; the answer is told from its second half: 5 9, then 8 alone
    int[] both = {1, 3};
    Trace trace =
        HandMade.trace(
            1,
            2,
            PROMPT,
            false,
            HandMade.looks(5, both),
            HandMade.looks(9, new int[] {4, 3}),
            HandMade.looks(8, new int[] {2, 2}),
            HandMade.looks(6, new int[] {6, 6}));
    assertThat(CopyPasteScore.of(trace).step(0)).containsExactly(1, 1);
    ScoreMatrix scores = CopyPasteScore.byPosition(trace);
    assertThat(scores.step(0)).as("5 9 is the longer run").containsExactly(0, 1);
    assertThat(scores.step(1)).containsExactly(1, 0);
    assertThat(scores.step(2)).containsExactly(1, 1);
    assertThat(scores.step(3)).as("6 is not in the needle").containsExactly(0, 0);
    assertThat(scores.score()).isEqualTo("copy-paste by position");
  }

  @Test
  void theLowestPositionWinsAmongRunsOfOneLength() {
    Trace trace = HandMade.trace(1, 2, PROMPT, false, HandMade.looks(5, new int[] {1, 3}));
    assertThat(CopyPasteScore.byPosition(trace).step(0)).containsExactly(1, 0);
  }

  @Test
  void aRunDoesNotReachFromOneNeedleIntoTheNext() {
    // needles 1 2 | 9 | 3 1: the answer 2 3 1 lines 3 1 up with the second needle
    Prompt two = HandMade.prompt(new int[] {1, 2, 9, 3, 1}, new Span(0, 2), new Span(3, 5));
    Trace trace =
        HandMade.trace(
            1,
            2,
            two,
            false,
            HandMade.looks(2, new int[] {1, 2}),
            HandMade.looks(3, new int[] {3, 0}),
            HandMade.looks(1, new int[] {4, 0}));
    ScoreMatrix scores = CopyPasteScore.byPosition(trace);
    assertThat(scores.head(new HeadId(0, 0))).containsExactly(1, 1, 1);
    assertThat(scores.head(new HeadId(0, 1))).containsExactly(0, 0, 0);
  }

  /** Against a search over all pairs of equal stretches, longest first. */
  @Property(tries = 200, seed = "1")
  void thePositionMatchIsTheLongestCommonRun(
      @ForAll @Size(min = 2, max = 9) List<@IntRange(max = 2) Integer> needle,
      @ForAll @Size(min = 1, max = 9) List<@IntRange(max = 3) Integer> answer) {
    int n = needle.size();
    Prompt prompt = HandMade.prompt(needle.stream().mapToInt(i -> i).toArray(), new Span(0, n));
    int[] all = IntStream.range(0, n).toArray(); // one head a position
    Trace trace =
        HandMade.trace(
            1,
            n,
            prompt,
            false,
            answer.stream().map(id -> HandMade.looks(id, all)).toArray(Step[]::new));
    ScoreMatrix scores = CopyPasteScore.byPosition(trace);
    ScoreMatrix values = CopyPasteScore.of(trace);
    for (int t = 0; t < answer.size(); t++) {
      int expected = -1;
      for (int length = Math.min(n, answer.size()); length > 0 && expected < 0; length--) {
        for (int i = 0; i < n && expected < 0; i++) {
          for (int back = 0; back < length && expected < 0; back++) {
            int a = t - back;
            int b = i - back;
            if (a >= 0
                && b >= 0
                && a + length <= answer.size()
                && b + length <= n
                && answer.subList(a, a + length).equals(needle.subList(b, b + length))) {
              expected = i;
            }
          }
        }
      }
      HeadSet found = scores.dynamicHeads(t);
      assertThat(found)
          .isEqualTo(expected < 0 ? HeadSet.empty() : HeadSet.of(new HeadId(0, expected)));
      assertThat(found.minus(values.dynamicHeads(t))).isEmpty();
    }
  }

  @Test
  void aTraceThatCannotBeScoredSaysWhatToDo() {
    Trace noNeedle =
        HandMade.trace(1, 1, Prompt.ofIds(1, 2), false, HandMade.looks(1, new int[] {0}));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> CopyPasteScore.of(noNeedle))
        .withMessageContainingAll("no span \"needle\"", "withSpan");
    assertThatIllegalArgumentException().isThrownBy(() -> CopyPasteScore.byPosition(noNeedle));
    Trace blind = HandMade.trace(1, 1, PROMPT, false, HandMade.looks(1, new int[0]));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> CopyPasteScore.of(blind))
        .withMessageContaining("Capture.heads()");
  }

  @Test
  void aScoreIsFoundByItsName() {
    assertThat(Score.named("copy-paste")).isSameAs(CopyPasteScore.standard());
    assertThat(Score.named("reasoning")).isEqualTo(ReasoningScore.standard());
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Score.named("copy"))
        .withMessageContainingAll("copy-paste", "reasoning", "got \"copy\"");
  }
}

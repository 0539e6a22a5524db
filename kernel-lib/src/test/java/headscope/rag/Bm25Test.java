package headscope.rag;

import static org.assertj.core.api.Assertions.assertThat;

import headscope.trace.Span;
import headscope.trace.Spans;
import java.util.List;
import org.junit.jupiter.api.Test;

class Bm25Test {
  private static final List<String> TEXTS =
      List.of(
          "Ada was born in Oslo in 1901.",
          "Oslo is a town on the river Aker.",
          "Bo was fond of chess.",
          "Bo was born in Bergen in 1899.");

  @Test
  void rareWordsCountMoreThanCommonOnes() {
    // born is in two texts, chess in one; of equal ranks the order stays
    assertThat(new Bm25(TEXTS).ranked("chess born")).containsExactly(2, 0, 3, 1);
    assertThat(new Bm25(TEXTS).ranked("ADA Aker")).startsWith(0, 1);
  }

  @Test
  void aShorterTextWithTheSameWordComesFirst() {
    assertThat(new Bm25(List.of("one two three four oslo", "oslo one", "two")).ranked("oslo"))
        .containsExactly(1, 0, 2);
  }

  @Test
  void withoutAWordInCommonTheOrderStays() {
    assertThat(new Bm25(TEXTS).ranked("zebra")).containsExactly(0, 1, 2, 3);
    assertThat(new Bm25(TEXTS).ranked(" ... ")).containsExactly(0, 1, 2, 3);
  }

  @Test
  void sentencesEndAtAFullStopOrALineAndCoverTheContext() {
    List<String> texts = List.of("x", "Oslo", "\n", "It", " is", ".", " Yes", " no");
    assertThat(Sentences.of(texts, Spans.of(1, 8)))
        .containsExactly(new Span(1, 3), new Span(3, 6), new Span(6, 8));
  }
}

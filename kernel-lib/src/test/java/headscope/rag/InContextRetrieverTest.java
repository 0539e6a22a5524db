package headscope.rag;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import headscope.trace.Span;
import headscope.trace.Spans;
import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class InContextRetrieverTest {
  private static final InContextRetriever STANDARD = InContextRetriever.standard();

  private static double[] weights(int n, double... positionsAndWeights) {
    double[] w = new double[n];
    for (int i = 0; i < positionsAndWeights.length; i += 2) {
      w[(int) positionsAndWeights[i]] = positionsAndWeights[i + 1];
    }
    return w;
  }

  @Test
  void neighboursShareAWindowRoundTheGreatestOfThem() {
    // 50, 58, 66 are one cluster, link by link; 75 is nine behind 66
    Passages p = STANDARD.withK(4).passages(weights(200, 50, .1, 58, .3, 66, .2, 75, .25));
    assertThat(p.positions()).containsExactly(58, 75, 66, 50);
    assertThat(p.representatives()).containsExactly(58, 75);
    assertThat(p.windows()).isEqualTo(Spans.of(42, 91)); // 42:74 and 59:91 overlap
  }

  @Test
  void windowsThatTouchAreOneAndThoseApartAreTwo() {
    assertThat(STANDARD.withK(2).passages(weights(200, 50, 1, 82, 1)).windows())
        .isEqualTo(Spans.of(34, 98));
    assertThat(STANDARD.withK(2).passages(weights(200, 50, 1, 83, 1)).windows())
        .isEqualTo(Spans.parse("34:66,67:99"));
  }

  @Test
  void tiesGoToTheLowerPosition() {
    Passages p = STANDARD.withK(3).passages(weights(100, 40, .5, 43, .5, 90, .5, 20, .5));
    assertThat(p.positions()).containsExactly(20, 40, 43);
    assertThat(p.representatives()).containsExactly(20, 40);
    // all weights are zero: still the first k
    assertThat(STANDARD.withK(2).passages(new double[30]).positions()).containsExactly(0, 1);
    assertThat(STANDARD.withK(1).passages(new double[] {-0.0, 0.0}).positions()).containsExactly(0);
  }

  @Test
  void windowsEndWithTheContext() {
    Passages p =
        STANDARD
            .withK(2)
            .passages(weights(300, 103, 1, 195, .9, 20, 5, 250, 7), Spans.of(100, 200));
    assertThat(p.representatives()).containsExactly(103, 195);
    assertThat(p.windows()).isEqualTo(Spans.parse("100:119,179:200"));
    // a context of two stretches: what lies between is no part of it
    assertThat(
            STANDARD
                .withK(1)
                .passages(weights(80, 25, 9, 32, 1), Spans.parse("10:20,30:40"))
                .windows())
        .isEqualTo(Spans.parse("16:20,30:40"));
  }

  @Test
  void everySizeIsAnOption() {
    double[] w = weights(200, 50, 1, 55, .9, 120, .8);
    assertThat(STANDARD.withK(3).withGap(4).withRadius(2).passages(w).windows())
        .isEqualTo(Spans.parse("48:52,53:57,118:122"));
    assertThat(STANDARD.withK(3).withGap(5).withRadius(2).passages(w).windows())
        .isEqualTo(Spans.parse("48:52,118:122"));
    assertThat(STANDARD.withK(3).withGap(500).withRadius(Integer.MAX_VALUE).passages(w).windows())
        .isEqualTo(Spans.of(0, 200));
  }

  @Test
  void smallContextsAreShownWhole() {
    assertThat(STANDARD.passages(new double[] {.3})) // one token
        .isEqualTo(new Passages(java.util.List.of(0), java.util.List.of(0), Spans.of(0, 1)));
    assertThat(STANDARD.passages(weights(7, 3, 1)).positions()).hasSize(7); // k = 10
    assertThat(STANDARD.passages(weights(7, 3, 1)).windows()).isEqualTo(Spans.of(0, 7));
    assertThat(STANDARD.passages(new double[0]).windows().isEmpty()).isTrue();
    assertThat(STANDARD.passages(new double[9], Spans.none()).positions()).isEmpty();
  }

  @Property(tries = 300)
  void windowsAreThoseOfTheRuleSaidPositionByPosition(
      @ForAll @IntRange(min = 1, max = 120) int n,
      @ForAll @IntRange(min = 1, max = 20) int k,
      @ForAll @IntRange(min = 0, max = 12) int gap,
      @ForAll @IntRange(min = 1, max = 20) int radius,
      @ForAll long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    double[] w = IntStream.range(0, n).mapToDouble(i -> random.nextInt(8)).toArray(); // many ties
    boolean[] hit = new boolean[n];
    for (int i = 0; i < n; i++) {
      int at = i;
      hit[i] =
          IntStream.range(0, n).filter(j -> w[j] > w[at] || w[j] == w[at] && j < at).count() < k;
    }
    boolean[] shown = new boolean[n];
    for (int i = 0; i < n; i++) {
      if (hit[i] && representative(i, hit, w, gap)) {
        Arrays.fill(shown, Math.max(0, i - radius), Math.min(n, i + radius), true);
      }
    }
    Passages p = new InContextRetriever(k, gap, radius, STANDARD.query()).passages(w);
    for (int i = 0; i < n; i++) {
      assertThat(p.windows().contains(i)).as("position %d", i).isEqualTo(shown[i]);
    }
    assertThat(p.windows().list()).isEqualTo(Spans.of(p.windows().list()).list());
    assertThat(p.windows().list()).extracting(Span::length).allMatch(length -> length > 0);
  }

  /** Whether no hit that is linked to this one by gaps is greater, or equal and before it. */
  private static boolean representative(int i, boolean[] hit, double[] w, int gap) {
    for (int step : new int[] {-1, 1}) {
      int last = i;
      for (int j = i + step; j >= 0 && j < hit.length && Math.abs(j - last) <= gap; j += step) {
        if (hit[j]) {
          last = j;
          if (w[j] > w[i] || w[j] == w[i] && j < i) {
            return false;
          }
        }
      }
    }
    return true;
  }

  @Test
  void whatDoesNotFitIsRefusedWithItsNumbers() {
    assertThatThrownBy(() -> STANDARD.withK(0)).hasMessageContaining("k 0");
    assertThatThrownBy(() -> STANDARD.withGap(-1)).hasMessageContaining("gap -1");
    assertThatThrownBy(() -> STANDARD.withRadius(0)).hasMessageContaining("radius 0");
    assertThatThrownBy(() -> STANDARD.passages(new double[3], Spans.of(1, 9)))
        .hasMessageContaining("1:9")
        .hasMessageContaining("3");
    assertThatThrownBy(() -> STANDARD.passages(new double[] {1, Double.NaN}))
        .hasMessageContaining("position 1")
        .hasMessageContaining("NaN");
  }

  @Test
  void windowsOfSoManyTokensAreThoseNearestToTheGreatest() {
    double[] weights = new double[100];
    weights[50] = 3;
    weights[53] = 2; // within the gap of 50: no representative while others suffice
    weights[80] = 1;
    InContextRetriever retriever = InContextRetriever.standard().withGap(4).withRadius(4);
    Spans all = Spans.of(0, 100);
    assertThat(retriever.passages(weights, all, 3).windows()).isEqualTo(Spans.of(49, 52));
    assertThat(retriever.passages(weights, all, 8).windows()).isEqualTo(Spans.of(46, 54));
    assertThat(retriever.passages(weights, all, 10).windows())
        .isEqualTo(Spans.parse("46:54,79:81"));
    assertThat(retriever.passages(weights, all, 10).representatives()).containsExactly(50, 80);
    assertThat(retriever.passages(weights, all, 10).positions()).containsExactly(50, 80);
    for (int tokens : new int[] {0, 1, 17, 63, 99, 100, 1000}) {
      assertThat(retriever.passages(weights, all, tokens).windows().length())
          .isEqualTo(Math.min(100, tokens));
    }
    Spans two = Spans.parse("10:20,60:70");
    assertThat(retriever.passages(weights, two, 15).windows().minus(two).isEmpty()).isTrue();
    assertThat(retriever.passages(weights, two, 15).windows().length()).isEqualTo(15);
  }
}

package headscope.rag;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import headscope.head.HeadSet;
import headscope.probe.HeadPredictor;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class HeadSelectorTest {
  private static HeadSelector.At at(int retrieval, float... hidden) {
    return new HeadSelector.At(retrieval, hidden, 3, 4);
  }

  /** A predictor of 3 x heads heads that expects of head i the value i modulo 5, times hidden. */
  private static HeadPredictor predictor(int headsPerLayer) {
    return new HeadPredictor() {
      @Override
      public int layers() {
        return 3;
      }

      @Override
      public int headsPerLayer() {
        return headsPerLayer;
      }

      @Override
      public double[] predict(float[] hidden) {
        return IntStream.range(0, 12).mapToDouble(i -> i % 5 * hidden[0]).toArray();
      }
    };
  }

  @Test
  void theProbeAsksTheHeadsOfWhichItExpectsMost() {
    HeadSelector probe = HeadSelector.probe(predictor(4), 3);
    // 4 and 9 have 4; of those with 3 (3 and 8) the lower one comes first
    assertThat(probe.heads(at(0, 1))).isEqualTo(HeadSet.parse("L0-H3,L1-H0,L2-H1"));
    assertThat(probe.heads(at(0, -1))).isEqualTo(HeadSet.parse("L0-H0,L1-H1,L2-H2"));
    assertThat(HeadSelector.probe(predictor(4), 99).heads(at(0, 1)).size()).isEqualTo(12);
  }

  @Test
  void aProbeOfAnotherModelIsRefused() {
    assertThatThrownBy(() -> HeadSelector.probe(predictor(6), 3).heads(at(0, 1)))
        .hasMessageContaining("3 x 6")
        .hasMessageContaining("3 x 4");
    assertThatThrownBy(() -> HeadSelector.probe(predictor(4), 3).heads(at(0, Float.NaN)))
        .hasMessageContaining("no number");
  }

  @Test
  void randomHeadsPerRetrievalChangeAndThosePerRunDoNot() {
    HeadSelector changing = HeadSelector.randomPerRetrieval(5, 1);
    HeadSelector fixed = HeadSelector.randomPerRun(5, 1);
    Set<HeadSet> sets = new HashSet<>();
    for (int r = 0; r < 6; r++) {
      HeadSet heads = changing.heads(at(r));
      assertThat(heads.size()).isEqualTo(5);
      assertThat(changing.heads(at(r))).isEqualTo(heads);
      assertThat(fixed.heads(at(r))).isEqualTo(fixed.heads(at(0)));
      sets.add(heads);
    }
    assertThat(sets.size()).isGreaterThan(4);
    assertThat(HeadSelector.randomPerRun(5, 2).heads(at(0))).isNotEqualTo(fixed.heads(at(0)));
  }

  @Test
  void everyHeadIsDrawnAboutEquallyOften() {
    int[] drawn = new int[12];
    for (int seed = 0; seed < 1200; seed++) {
      HeadSelector.randomPerRun(3, seed).heads(at(0)).forEach(h -> drawn[h.index(4)]++);
    }
    // 300 expected, standard deviation 15
    assertThat(Arrays.stream(drawn)).allMatch(n -> n > 240 && n < 360);
  }

  @Test
  void onlySelectorsWithHeadsRetrieve() {
    assertThat(HeadSelector.none().retrieves()).isFalse();
    assertThat(HeadSelector.wholeContext().retrieves()).isFalse();
    assertThat(HeadSelector.fixed("static", HeadSet.parse("L0-H1")).retrieves()).isTrue();
    assertThatThrownBy(() -> HeadSelector.fixed("static", HeadSet.empty()))
        .hasMessageContaining("at least 1 head");
    assertThatThrownBy(() -> HeadSelector.randomPerRun(0, 1)).hasMessageContaining("got 0");
    assertThatThrownBy(() -> HeadSelector.fixed("s", HeadSet.parse("L3-H0")).heads(at(0)))
        .hasMessageContaining("L3-H0");
  }
}

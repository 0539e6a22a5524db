package headscope.head;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import headscope.draw.Draws;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;

/** The algebra of head sets, against the laws of sets and against java.util's own. */
class HeadSetTest {
  private static final int LAYERS = 4;
  private static final int HEADS = 3;

  @Provide
  Arbitrary<HeadId> heads() {
    return Combinators.combine(
            Arbitraries.integers().between(0, LAYERS - 1),
            Arbitraries.integers().between(0, HEADS - 1))
        .as(HeadId::new);
  }

  @Provide
  Arbitrary<HeadSet> sets() {
    return heads().list().ofMaxSize(2 * LAYERS * HEADS).map(HeadSet::of).withoutEdgeCases();
  }

  @Property
  void unionAndIntersectionAreThoseOfSets(@ForAll("sets") HeadSet a, @ForAll("sets") HeadSet b) {
    HashSet<HeadId> union = new HashSet<>(a.toList());
    union.addAll(b.toList());
    HashSet<HeadId> common = new HashSet<>(a.toList());
    common.retainAll(b.toList());
    assertThat(new HashSet<>(a.union(b).toList())).isEqualTo(union);
    assertThat(new HashSet<>(a.intersect(b).toList())).isEqualTo(common);
    assertThat(a.union(b)).isEqualTo(b.union(a)).hasSameHashCodeAs(b.union(a));
    assertThat(a.intersect(b)).isEqualTo(b.intersect(a));
  }

  @Property
  void whatIsTakenAwayIsThereNoMore(@ForAll("sets") HeadSet a, @ForAll("sets") HeadSet b) {
    assertThat(a.minus(b).intersect(b).isEmpty()).isTrue();
    assertThat(a.minus(b).union(a.intersect(b))).isEqualTo(a);
    assertThat(a.minus(b)).isEqualTo(a.where(h -> !b.contains(h)));
    assertThat(a.minus(a)).isEqualTo(HeadSet.empty());
  }

  @Property
  void intersectionSpreadsOverUnion(
      @ForAll("sets") HeadSet a, @ForAll("sets") HeadSet b, @ForAll("sets") HeadSet c) {
    assertThat(a.intersect(b.union(c))).isEqualTo(a.intersect(b).union(a.intersect(c)));
    HeadSet all = HeadSet.all(LAYERS, HEADS);
    assertThat(all.minus(a.union(b))).isEqualTo(all.minus(a).intersect(all.minus(b)));
  }

  @Property
  void jaccardIsCommonOverAll(@ForAll("sets") HeadSet a, @ForAll("sets") HeadSet b) {
    if (a.isEmpty() && b.isEmpty()) {
      assertThat(a.jaccard(b)).isNaN();
      return;
    }
    double share = (double) a.intersect(b).size() / a.union(b).size();
    assertThat(a.jaccard(b)).isEqualTo(share).isEqualTo(b.jaccard(a)).isBetween(0.0, 1.0);
    assertThat(a.jaccard(b) == 1).isEqualTo(a.equals(b));
  }

  @Property
  void orderAndRepetitionOfTheInputDoNotMatter(
      @ForAll("sets") HeadSet set, @ForAll long seed, @ForAll @IntRange(min = 1, max = 3) int n) {
    List<HeadId> shuffled = new ArrayList<>();
    Collections.nCopies(n, set.toList()).forEach(shuffled::addAll);
    Collections.shuffle(shuffled, new Random(seed));
    assertThat(HeadSet.of(shuffled)).isEqualTo(set).hasToString(set.toString());
    assertThat(set.toList()).isSorted().doesNotHaveDuplicates();
  }

  @Property
  void theTextOfASetIsReadBack(@ForAll("sets") HeadSet set) {
    assertThat(HeadSet.parse(set.toString())).isEqualTo(set);
    set.stream().forEach(h -> assertThat(HeadId.ofIndex(h.index(HEADS), HEADS)).isEqualTo(h));
  }

  @Property
  void whatIsDrawnIsPartOfTheSetAndTheSameForASeed(
      @ForAll("sets") HeadSet set, @ForAll @IntRange(max = 20) int count, @ForAll long seed) {
    HeadSet drawn = set.drawn(count, new Draws(seed));
    assertThat(drawn.size()).isEqualTo(Math.min(count, set.size()));
    assertThat(drawn.minus(set).isEmpty()).isTrue();
    assertThat(set.drawn(count, new Draws(seed))).isEqualTo(drawn);
  }

  @Property
  void theTopHeadsAreThoseOfGreatestScore(@ForAll @IntRange(max = 14) int n, @ForAll long seed) {
    Random random = new Random(seed);
    double[] scores = new double[LAYERS * HEADS];
    for (int i = 0; i < scores.length; i++) {
      int s = random.nextInt(6); // so that ties and NaN occur
      scores[i] = s == 5 ? Double.NaN : s / 4.0;
    }
    HeadSet top = HeadSet.top(scores, HEADS, n);
    for (HeadId in : top) {
      assertThat(scores[in.index(HEADS)]).isNotNaN();
      for (HeadId out : HeadSet.all(LAYERS, HEADS).minus(top)) {
        double inner = scores[in.index(HEADS)];
        double outer = scores[out.index(HEADS)];
        assertThat(Double.isNaN(outer) || inner > outer || inner == outer && in.compareTo(out) < 0)
            .isTrue();
      }
    }
    long there = java.util.Arrays.stream(scores).filter(s -> !Double.isNaN(s)).count();
    assertThat(top.size()).isEqualTo((int) Math.min(n, there));
  }

  @Example
  void headsOutsideAModelAreNamed() {
    assertThatThrownBy(() -> HeadSet.parse("L0-H1,L4-H0").checkWithin(LAYERS, HEADS))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("L4-H0")
        .hasMessageContaining("layers 0 to 3");
    assertThat(HeadSet.all(LAYERS, HEADS).checkWithin(LAYERS, HEADS).size()).isEqualTo(12);
  }

  @Example
  void whatIsNoHeadIsRefusedByItsText() {
    for (String text : List.of("L1H2", "L-1-H0", "L1-H2,", "l1-h2", "L1-H9999999", "L٣-H١")) {
      assertThatThrownBy(() -> HeadSet.parse(text))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("L3-H7");
    }
    assertThat(HeadSet.parse("  ")).isEqualTo(HeadSet.empty());
    assertThat(HeadSet.parse(" L1-H2 , L0-H0 ")).hasToString("L0-H0,L1-H2");
  }

  @Example
  void layerMatchedHeadsAreAsManyOthersOfEachLayer() {
    HeadSet heads = HeadSet.parse("L0-H1,L2-H0,L2-H3");
    for (long seed = 0; seed < 20; seed++) {
      HeadSet others = heads.layerMatched(4, seed);
      assertThat(others.intersect(heads)).isEqualTo(HeadSet.empty());
      assertThat(others.where(h -> h.layer() == 0).size()).isEqualTo(1);
      assertThat(others.where(h -> h.layer() == 2).size()).isEqualTo(2);
      assertThat(others.size()).isEqualTo(3);
    }
    assertThat(HeadSet.all(1, 3).layerMatched(3, 1)).isEqualTo(HeadSet.empty());
  }
}

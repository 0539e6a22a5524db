package headscope.ablation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import headscope.head.HeadId;
import headscope.head.HeadSet;
import java.util.List;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;

class MaskingPolicyTest {
  private static final int LAYERS = 4;
  private static final int HEADS = 5;

  private static MaskingPolicy.At at(int step, HeadSet dynamic) {
    return new MaskingPolicy.At(step, dynamic.toList(), LAYERS, HEADS);
  }

  private static HeadSet some(long seed, int count) {
    return MaskingPolicy.random(count, HeadSet.empty(), seed).heads(at(0, HeadSet.empty()));
  }

  @Property(tries = 300)
  void randomHeadsNeitherRetrieveNorAreStatic(
      @ForAll long seed,
      @ForAll @IntRange(max = 8) int dynamicHeads,
      @ForAll @IntRange(max = 8) int staticHeads,
      @ForAll @IntRange(max = 20) int count,
      @ForAll @IntRange(max = 5) int step) {
    HeadSet dynamic = some(seed + 1, dynamicHeads);
    HeadSet fixed = some(seed + 2, staticHeads);
    int free = HeadSet.all(LAYERS, HEADS).minus(dynamic).minus(fixed).size();
    MaskingPolicy.RandomHeads random = MaskingPolicy.random(count, fixed, seed);
    for (MaskingPolicy.RandomHeads policy :
        List.of(random, random.asManyAsDynamic(), random.layerMatched(), random.oncePerSample())) {
      HeadSet heads = policy.heads(at(step, dynamic));
      assertThat(heads.intersect(dynamic).union(heads.intersect(fixed)).isEmpty()).isTrue();
      assertThat(policy.heads(at(step, dynamic))).isEqualTo(heads);
    }
    assertThat(random.heads(at(step, dynamic)).size()).isEqualTo(Math.min(count, free));
    assertThat(random.asManyAsDynamic().heads(at(step, dynamic)).size())
        .isEqualTo(Math.min(dynamic.size(), free));
    HeadSet matched = random.layerMatched().heads(at(step, dynamic));
    for (int layer = 0; layer < LAYERS; layer++) {
      int l = layer;
      int there = HeadSet.all(1, HEADS).size();
      int wanted = dynamic.where(h -> h.layer() == l).size();
      int left = there - dynamic.union(fixed).where(h -> h.layer() == l).size();
      assertThat(matched.where(h -> h.layer() == l).size()).isEqualTo(Math.min(wanted, left));
    }
  }

  @Property(tries = 100)
  void drawsDifferFromStepToStepUnlessOneServesAll(@ForAll long seed) {
    MaskingPolicy.RandomHeads random = MaskingPolicy.random(5, HeadSet.empty(), seed);
    List<HeadSet> drawn = new java.util.ArrayList<>();
    for (int s = 0; s < 6; s++) {
      drawn.add(random.heads(at(s, HeadSet.empty())));
      assertThat(random.oncePerSample().heads(at(s, HeadSet.empty())))
          .isEqualTo(random.oncePerSample().heads(at(0, HeadSet.empty())));
    }
    assertThat(drawn.stream().distinct().count()).isGreaterThan(3);
  }

  @Example
  void theStrongestDynamicHeadsComeFirst() {
    List<HeadId> ranked =
        List.of(new HeadId(3, 1), new HeadId(0, 2), new HeadId(1, 1), new HeadId(0, 0));
    MaskingPolicy.At at = new MaskingPolicy.At(0, ranked, LAYERS, HEADS);
    assertThat(MaskingPolicy.dynamic(2).heads(at).toString()).isEqualTo("L0-H2,L3-H1");
    assertThat(MaskingPolicy.dynamic(0).heads(at).isEmpty()).isTrue();
    assertThat(MaskingPolicy.dynamic(9).heads(at).size()).isEqualTo(4);
    assertThat(MaskingPolicy.dynamic().heads(at).size()).isEqualTo(4);
    assertThat(MaskingPolicy.none().needsCleanPass()).isFalse();
    assertThatThrownBy(() -> MaskingPolicy.dynamic(-1)).hasMessageContaining("-1");
    assertThatThrownBy(() -> MaskingPolicy.random(-2, HeadSet.empty(), 1))
        .hasMessageContaining("-2");
    assertThatThrownBy(
            () -> MaskingPolicy.random(2, HeadSet.empty(), 1).oncePerSample().layerMatched())
        .hasMessageContaining("given number");
    assertThatThrownBy(() -> MaskingPolicy.fixed("s", HeadSet.parse("L9-H0")).heads(at))
        .hasMessageContaining("L9-H0");
  }

  private static MaskingPolicy.At led(int step, HeadSet dynamic, HeadSet leader) {
    return new MaskingPolicy.At(step, dynamic.toList(), leader, LAYERS, HEADS);
  }

  @Property(tries = 300)
  void yokedBaselinesMaskAsManyAsTheirLeaderDid(
      @ForAll long seed,
      @ForAll @IntRange(max = 8) int own,
      @ForAll @IntRange(max = 8) int leaders,
      @ForAll @IntRange(max = 5) int step) {
    HeadSet dynamic = some(seed + 1, own);
    HeadSet leader = some(seed + 2, leaders);
    HeadSet fixed = some(seed + 3, 3);
    List<HeadId> ranking = HeadSet.all(LAYERS, HEADS).toList();
    HeadCount yoked = HeadCount.yoked(9);
    MaskingPolicy.At at = led(step, dynamic, leader);

    MaskingPolicy first = MaskingPolicy.first(ranking, yoked);
    assertThat(first.heads(at)).isEqualTo(HeadSet.of(ranking.subList(0, leaders)));
    assertThat(first.needsCleanPass()).isFalse();
    MaskingPolicy.RandomHeads random = MaskingPolicy.random(yoked, fixed, seed);
    assertThat(random.heads(at).size())
        .isEqualTo(Math.min(leaders, 20 - dynamic.union(fixed).size()));
    assertThat(random.heads(at).intersect(dynamic.union(fixed)).isEmpty()).isTrue();
    MaskingPolicy matched = random.layerMatched();
    for (int layer = 0; layer < LAYERS; layer++) {
      int l = layer;
      int wanted = leader.where(h -> h.layer() == l).size();
      int left = HEADS - dynamic.union(fixed).where(h -> h.layer() == l).size();
      assertThat(matched.heads(at).where(h -> h.layer() == l).size())
          .isEqualTo(Math.min(wanted, left));
    }
    for (MaskingPolicy policy : List.of(first, random, matched)) {
      assertThat(policy.asked(at)).isEqualTo(leaders);
      assertThat(policy.leader()).contains(new MaskingPolicy.Dynamic(9));
    }
  }

  @Example
  void ownCountsFollowTheBaselinesCleanPassUpToTheirK() {
    HeadSet dynamic = HeadSet.parse("L0-H0,L0-H1,L2-H2");
    List<HeadId> ranking = HeadSet.parse("L3-H0,L3-H1,L3-H2,L3-H3").toList();
    assertThat(MaskingPolicy.first(ranking, HeadCount.own(9)).heads(at(0, dynamic)).toString())
        .isEqualTo("L3-H0,L3-H1,L3-H2");
    assertThat(MaskingPolicy.first(ranking, HeadCount.own(2)).heads(at(0, dynamic)).toString())
        .isEqualTo("L3-H0,L3-H1");
    assertThat(MaskingPolicy.first(ranking, HeadCount.constant(9)).asked(at(0, dynamic)))
        .as("asked for, though the ranking has four")
        .isEqualTo(9);
    assertThat(
            MaskingPolicy.random(HeadCount.own(2), HeadSet.empty(), 1)
                .layerMatched()
                .heads(at(0, dynamic))
                .stream()
                .map(HeadId::layer))
        .containsExactly(0, 0);
    assertThatThrownBy(() -> HeadCount.own(-1)).hasMessageContaining("-1");
    assertThatThrownBy(() -> HeadCount.constant(-3)).hasMessageContaining("-3");
    assertThatThrownBy(
            () -> MaskingPolicy.random(HeadCount.own(2), HeadSet.empty(), 1).oncePerSample())
        .hasMessageContaining("given number");
  }
}

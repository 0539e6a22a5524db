package headscope.score;

import headscope.draw.Draws;
import headscope.failure.Section;
import headscope.head.HeadId;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Collections;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Which heads retrieve at each step of one sample, as bits: those of a set are the indexes of its
 * heads. What is drawn many times over is counted on these.
 *
 * @param heads of the model
 * @param steps a set a step; not changed
 */
record StepSets(int heads, List<BitSet> steps) {

  static StepSets of(ScoreMatrix scores) {
    return new StepSets(
        scores.layers() * scores.headsPerLayer(),
        IntStream.range(0, scores.steps())
            .mapToObj(t -> bits(scores.dynamicHeads(t), scores.headsPerLayer()))
            .toList());
  }

  /**
   * The sets of several samples.
   *
   * @throws IllegalArgumentException if there is none, or they are of models of other shapes
   */
  static List<StepSets> of(String what, List<ScoreMatrix> samples) {
    if (samples.isEmpty()) {
      throw Section.SCORES.wrong(what + " needs at least one sample, got none");
    }
    ScoreMatrix first = samples.get(0);
    for (ScoreMatrix s : samples) {
      if (s.layers() != first.layers() || s.headsPerLayer() != first.headsPerLayer()) {
        throw Section.SCORES.wrong(
            "samples are of one model, got " + first + " and " + s + " of another shape");
      }
    }
    return samples.stream().map(StepSets::of).toList();
  }

  static BitSet bits(Iterable<HeadId> heads, int headsPerLayer) {
    BitSet bits = new BitSet();
    heads.forEach(head -> bits.set(head.index(headsPerLayer)));
    return bits;
  }

  /** |A ∩ B| / |A ∪ B|; NaN where both are empty. */
  static double jaccard(BitSet a, BitSet b) {
    int common = common(a, b);
    return (double) common / (a.cardinality() + b.cardinality() - common);
  }

  static int common(BitSet a, BitSet b) {
    BitSet both = (BitSet) a.clone();
    both.and(b);
    return both.cardinality();
  }

  /** The order null: the sets that are not empty permuted among their places. */
  StepSets reordered(Draws draws) {
    List<BitSet> some = new ArrayList<>(steps.stream().filter(s -> !s.isEmpty()).toList());
    draws.shuffle(some);
    List<BitSet> all = new ArrayList<>();
    int next = 0;
    for (BitSet set : steps) {
      all.add(set.isEmpty() ? set : some.get(next++));
    }
    return new StepSets(heads, all);
  }

  /** At how many steps each head retrieves: [heads]. */
  int[] uses() {
    int[] uses = new int[heads];
    steps.forEach(set -> set.stream().forEach(h -> uses[h]++));
    return uses;
  }

  /** The marginal null: each head at each step with the frequency it has over the steps. */
  StepSets independent(Draws draws) {
    int[] uses = uses();
    List<BitSet> all = new ArrayList<>();
    for (int t = 0; t < steps.size(); t++) {
      BitSet set = new BitSet();
      for (int h = 0; h < heads; h++) {
        if (uses[h] > 0 && draws.share() < (double) uses[h] / steps.size()) {
          set.set(h);
        }
      }
      all.add(set);
    }
    return new StepSets(heads, Collections.unmodifiableList(all));
  }

  /** Adjacent steps of which not both are empty: how many, and the sum of their Jaccard indexes. */
  Ratio adjacentJaccard() {
    double sum = 0;
    int pairs = 0;
    for (int t = 1; t < steps.size(); t++) {
      BitSet now = steps.get(t);
      BitSet before = steps.get(t - 1);
      if (!now.isEmpty() || !before.isEmpty()) {
        sum += jaccard(now, before);
        pairs++;
      }
    }
    return new Ratio(sum, pairs);
  }

  /** Adjacent steps of which none is empty: how many, and how many of them differ. */
  Ratio changes() {
    int changed = 0;
    int pairs = 0;
    for (int t = 1; t < steps.size(); t++) {
      BitSet now = steps.get(t);
      BitSet before = steps.get(t - 1);
      if (!now.isEmpty() && !before.isEmpty()) {
        changed += now.equals(before) ? 0 : 1;
        pairs++;
      }
    }
    return new Ratio(changed, pairs);
  }

  /** What a sample adds to a mean: a sum, and what it is over. */
  record Ratio(double sum, double count) {}
}

package headscope.ablation;

import headscope.draw.Draws;
import headscope.failure.Section;
import headscope.head.HeadId;
import headscope.head.HeadSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Which heads are masked at a step: the conditions of Figs. 2 and 3.
 *
 * <pre>
 *   MaskingPolicy.dynamic();                      // all heads that retrieve at this step
 *   MaskingPolicy.dynamic(5);                     // the five that do so most
 *   MaskingPolicy.fixed("static", ranking.top(20));
 *   MaskingPolicy.random(2, ranking.top(20), seed).layerMatched();
 *   MaskingPolicy.first(ranking.heads(), HeadCount.yoked(5));   // as many as dynamic(5) masked
 * </pre>
 */
public sealed interface MaskingPolicy {
  /** What figures and results call it. */
  String name();

  /**
   * Whether the heads that retrieve at a step decide, so that a clean pass must find them first.
   */
  boolean needsCleanPass();

  /**
   * The heads that are masked at a step.
   *
   * @param at what is known before the masked pass
   */
  HeadSet heads(At at);

  /**
   * How many heads are to be masked at a step; {@link #heads} has fewer where there are no more.
   *
   * @param at what is known before the masked pass
   */
  int asked(At at);

  /** The policy that has to run beside this one, because its masks are counted. */
  default Optional<Dynamic> leader() {
    return Optional.empty();
  }

  /**
   * What is known before the masked pass of a step.
   *
   * @param step the step, from 0
   * @param dynamic the heads that retrieve in the clean pass, the strongest first; empty where no
   *     clean pass was needed
   * @param leader the heads that the {@link MaskingPolicy#leader} masked at its step of this number
   * @param layers the model's layers
   * @param headsPerLayer its query heads a layer
   */
  record At(int step, List<HeadId> dynamic, HeadSet leader, int layers, int headsPerLayer) {
    public At {
      dynamic = List.copyOf(dynamic);
    }

    /** What is known where no other policy is followed. */
    public At(int step, List<HeadId> dynamic, int layers, int headsPerLayer) {
      this(step, dynamic, HeadSet.empty(), layers, headsPerLayer);
    }
  }

  /** No head is masked. */
  static MaskingPolicy none() {
    return new Fixed("none", HeadSet.empty());
  }

  /** All heads that retrieve at the step. */
  static MaskingPolicy dynamic() {
    return new Dynamic(Integer.MAX_VALUE);
  }

  /**
   * The k heads that retrieve most at the step: by score, of a binary one by the weight at its
   * maximum, then lower layer, lower head; all where there are fewer.
   *
   * @param k 0 or more
   */
  static MaskingPolicy dynamic(int k) {
    return new Dynamic(k);
  }

  /** The same heads at every step, such as the top of a static ranking. */
  static MaskingPolicy fixed(String name, HeadSet heads) {
    return new Fixed(name, heads);
  }

  /**
   * The first heads of a ranking, retrieving now or not: the static baseline.
   *
   * @param ranking the static heads, the strongest first
   * @param count how many at a step; all of the ranking where it has fewer
   */
  static MaskingPolicy first(List<HeadId> ranking, HeadCount count) {
    return new First("static", ranking, count);
  }

  /**
   * Random heads, drawn anew at every step among those that neither retrieve now nor are static.
   *
   * @param count how many; all that may be drawn where there are fewer
   * @param excluded heads that are never drawn: the static ones
   * @param seed the same seed gives the same heads
   */
  static RandomHeads random(int count, HeadSet excluded, long seed) {
    return random(HeadCount.constant(count), excluded, seed);
  }

  /**
   * Random heads, drawn anew at every step among those that neither retrieve now nor are static.
   *
   * @param count how many at a step; all that may be drawn where there are fewer
   * @param excluded heads that are never drawn: the static ones
   * @param seed the same seed gives the same heads
   */
  static RandomHeads random(HeadCount count, HeadSet excluded, long seed) {
    return new RandomHeads("random", count, false, excluded, false, seed);
  }

  /**
   * All heads that retrieve, or the strongest of them.
   *
   * @param k the most that are masked
   */
  record Dynamic(int k) implements MaskingPolicy {
    public Dynamic {
      if (k < 0) {
        throw Section.MASKING.wrong("0 or more dynamic heads are masked, got " + k);
      }
    }

    @Override
    public String name() {
      return k == Integer.MAX_VALUE ? "dynamic" : "dynamic " + k;
    }

    @Override
    public boolean needsCleanPass() {
      return true;
    }

    @Override
    public HeadSet heads(At at) {
      return HeadSet.of(at.dynamic().stream().limit(k).toList());
    }

    /** The given k; of all heads that retrieve, their number. */
    @Override
    public int asked(At at) {
      return k == Integer.MAX_VALUE ? at.dynamic().size() : k;
    }
  }

  /**
   * The same heads at every step.
   *
   * @param name what results call it
   * @param masked the heads
   */
  record Fixed(String name, HeadSet masked) implements MaskingPolicy {
    @Override
    public boolean needsCleanPass() {
      return false;
    }

    @Override
    public HeadSet heads(At at) {
      return masked.checkWithin(at.layers(), at.headsPerLayer());
    }

    @Override
    public int asked(At at) {
      return masked.size();
    }
  }

  /**
   * The first heads of a ranking, in a number that may change from step to step.
   *
   * @param name what results call it
   * @param ranking the heads, the strongest first
   * @param count how many of them at a step
   */
  record First(String name, List<HeadId> ranking, HeadCount count) implements MaskingPolicy {
    public First {
      ranking = List.copyOf(ranking);
    }

    @Override
    public boolean needsCleanPass() {
      return count.needsCleanPass();
    }

    @Override
    public HeadSet heads(At at) {
      return HeadSet.of(ranking.stream().limit(count.at(at)).toList())
          .checkWithin(at.layers(), at.headsPerLayer());
    }

    @Override
    public int asked(At at) {
      return count.at(at);
    }

    @Override
    public Optional<Dynamic> leader() {
      return count.leader();
    }
  }

  /**
   * Random heads that neither retrieve at the step nor are excluded.
   *
   * @param name what results call it
   * @param count how many at a step
   * @param byLayer whether in every layer as many are drawn as {@link HeadCount#like} has there,
   *     fewer where a layer has no more to draw
   * @param excluded heads that are never drawn
   * @param once whether one draw serves all steps of a sample; a drawn head that retrieves at a
   *     step is then spared at that step
   * @param seed of the draws
   */
  record RandomHeads(
      String name, HeadCount count, boolean byLayer, HeadSet excluded, boolean once, long seed)
      implements MaskingPolicy {
    public RandomHeads {
      if (once && (byLayer || !(count instanceof HeadCount.Constant))) {
        throw Section.MASKING.wrong(
            "one draw for all steps has a given number of heads, the number here is "
                + (byLayer ? "that of each layer" : count));
      }
    }

    /**
     * In every layer as many as the count's heads have there; of a given number, as many as
     * retrieve there at the step.
     */
    public RandomHeads layerMatched() {
      return new RandomHeads("random, layer-matched", count, true, excluded, once, seed);
    }

    /** As many as retrieve at the step. */
    public RandomHeads asManyAsDynamic() {
      return new RandomHeads(name, HeadCount.own(Integer.MAX_VALUE), byLayer, excluded, once, seed);
    }

    /** One draw for all steps of a sample. */
    public RandomHeads oncePerSample() {
      return new RandomHeads("random, fixed", count, byLayer, excluded, true, seed);
    }

    /** The same policy for another sample. */
    public RandomHeads withSeed(long other) {
      return new RandomHeads(name, count, byLayer, excluded, once, other);
    }

    /** Heads that retrieve now are never drawn. */
    @Override
    public boolean needsCleanPass() {
      return true;
    }

    @Override
    public Optional<Dynamic> leader() {
      return count.leader();
    }

    @Override
    public int asked(At at) {
      return byLayer ? count.like(at).size() : count.at(at);
    }

    @Override
    public HeadSet heads(At at) {
      HeadSet dynamic = HeadSet.of(at.dynamic());
      Draws draws = new Draws(seed);
      for (int s = 0; !once && s < at.step(); s++) {
        draws = draws.split(); // a stream of its own for every step
      }
      HeadSet all = HeadSet.all(at.layers(), at.headsPerLayer()).minus(excluded);
      if (once) {
        return all.drawn(asked(at), draws).minus(dynamic);
      }
      HeadSet free = all.minus(dynamic);
      if (!byLayer) {
        return free.drawn(asked(at), draws);
      }
      HeadSet heads = HeadSet.empty();
      for (Map.Entry<Integer, Integer> layer : perLayer(count.like(at)).entrySet()) {
        HeadSet there = free.where(h -> h.layer() == layer.getKey());
        heads = heads.union(there.drawn(layer.getValue(), draws));
      }
      return heads;
    }

    private static Map<Integer, Integer> perLayer(HeadSet heads) {
      Map<Integer, Integer> counts = new LinkedHashMap<>();
      heads.forEach(h -> counts.merge(h.layer(), 1, Integer::sum));
      return counts;
    }
  }
}

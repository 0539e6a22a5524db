package headscope.ablation;

import headscope.failure.Section;
import headscope.head.HeadSet;
import java.util.Optional;

/**
 * How many heads a baseline masks at a step (DEFINITIONS.md, 19 and 33).
 *
 * <pre>
 *   HeadCount.constant(2);      // two at every step
 *   HeadCount.own(4);           // as many as retrieve in the clean pass of its own, at most four
 *   HeadCount.yoked(4);         // as many as dynamic(4) masked in fact, which runs beside it
 * </pre>
 */
public sealed interface HeadCount {
  /** How many at a step. */
  default int at(MaskingPolicy.At at) {
    return like(at).size();
  }

  /** The heads that a baseline follows layer by layer. */
  HeadSet like(MaskingPolicy.At at);

  /** Whether the heads that retrieve in the baseline's own clean pass decide. */
  boolean needsCleanPass();

  /** The policy that runs beside it and whose masks it counts. */
  default Optional<MaskingPolicy.Dynamic> leader() {
    return Optional.empty();
  }

  /** The same number at every step. */
  static HeadCount constant(int heads) {
    return new Constant(heads);
  }

  /**
   * As many as retrieve in the clean pass of the baseline's own: one that still copies then masks
   * more.
   *
   * @param k the most
   */
  static HeadCount own(int k) {
    return new Own(k);
  }

  /**
   * As many as the dynamic condition of that k masked in fact at its step of the same number; after
   * its end, as at its step t mod its length.
   *
   * @param k the most that it masks
   */
  static HeadCount yoked(int k) {
    return new Yoked(new MaskingPolicy.Dynamic(k));
  }

  /**
   * A number that is given.
   *
   * @param heads 0 or more
   */
  record Constant(int heads) implements HeadCount {
    public Constant {
      if (heads < 0) {
        throw Section.MASKING.wrong("a baseline masks 0 heads or more, got " + heads);
      }
    }

    @Override
    public int at(MaskingPolicy.At at) {
      return heads;
    }

    /** The heads that retrieve at the step: a number alone says nothing of layers. */
    @Override
    public HeadSet like(MaskingPolicy.At at) {
      return HeadSet.of(at.dynamic());
    }

    @Override
    public boolean needsCleanPass() {
      return false;
    }
  }

  /**
   * As many as retrieve in the baseline's own clean pass.
   *
   * @param k the most
   */
  record Own(int k) implements HeadCount {
    public Own {
      if (k < 0) {
        throw Section.MASKING.wrong("a baseline masks at most 0 heads or more, got " + k);
      }
    }

    @Override
    public HeadSet like(MaskingPolicy.At at) {
      return HeadSet.of(at.dynamic().stream().limit(k).toList());
    }

    @Override
    public boolean needsCleanPass() {
      return true;
    }
  }

  /**
   * As many as another policy masked.
   *
   * @param dynamic that policy
   */
  record Yoked(MaskingPolicy.Dynamic dynamic) implements HeadCount {
    @Override
    public HeadSet like(MaskingPolicy.At at) {
      return at.leader();
    }

    @Override
    public boolean needsCleanPass() {
      return false;
    }

    @Override
    public Optional<MaskingPolicy.Dynamic> leader() {
      return Optional.of(dynamic);
    }
  }
}

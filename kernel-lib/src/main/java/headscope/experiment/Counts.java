package headscope.experiment;

import headscope.ablation.HeadCount;
import headscope.json.Keyed;
import java.util.Locale;

/** How many heads the baselines of a masking experiment mask at a step; DEFINITIONS.md, 33. */
public enum Counts implements Keyed {
  /** As many as the dynamic condition of the same k masked in fact at its step. */
  YOKED,
  /** As many as retrieve in the baseline's own clean pass, at most k. */
  OWN,
  /** The mean number of dynamic heads a step in clean runs, at most k; DEFINITIONS.md, 19. */
  CONSTANT,
  /** The k of the condition, whatever retrieves: lists of a given length, such as static 8. */
  GIVEN;

  @Override
  public String key() {
    return name().toLowerCase(Locale.ROOT);
  }

  /**
   * The count of a baseline.
   *
   * @param k the k of its condition
   * @param size the mean number of dynamic heads a step in clean runs
   */
  HeadCount of(int k, int size) {
    return switch (this) {
      case YOKED -> HeadCount.yoked(k);
      case OWN -> HeadCount.own(k);
      case CONSTANT -> HeadCount.constant(Math.min(k, size));
      case GIVEN -> HeadCount.constant(k);
    };
  }
}

package headscope.head;

import headscope.failure.Section;
import java.util.Collections;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/**
 * Heads whose output is taken away, and what stands in its place. A mask changes z, the head's
 * output <em>before</em> the output projection; the attention of a masked head is still computed
 * and recorded.
 *
 * @param heads the masked heads
 * @param mode what masking does
 * @param means for {@link MaskMode#MEAN} a vector [headDim] of every masked head, more are allowed;
 *     else empty
 */
public record HeadMask(HeadSet heads, MaskMode mode, Map<HeadId, float[]> means) {
  private static final HeadMask NONE = zero(HeadSet.empty());

  public HeadMask {
    if (mode == MaskMode.MEAN) {
      for (HeadId h : heads) {
        if (!means.containsKey(h)) {
          throw Section.HEADS.wrong(
              "mode MEAN needs a mean z for every masked head, there is none for " + h);
        }
      }
    } else if (!means.isEmpty()) {
      throw Section.HEADS.wrong("means are for mode MEAN alone, the mode is " + mode);
    }
    // One order whatever the caller's map, so that two equal masks are computed alike.
    means = Collections.unmodifiableMap(new TreeMap<>(means));
  }

  /** The mask that changes nothing. */
  public static HeadMask none() {
    return NONE;
  }

  /** Sets the z of the heads to zero. */
  public static HeadMask zero(HeadSet heads) {
    return new HeadMask(heads, MaskMode.ZERO, Map.of());
  }

  /** Spreads the attention of the heads evenly over what their query may see. */
  public static HeadMask uniform(HeadSet heads) {
    return new HeadMask(heads, MaskMode.UNIFORM, Map.of());
  }

  /**
   * Replaces the z of the heads by the given vectors [headDim]; those of other heads wait unused.
   */
  public static HeadMask mean(HeadSet heads, Map<HeadId, float[]> means) {
    return new HeadMask(heads, MaskMode.MEAN, means);
  }

  /** The same treatment for other heads. */
  public HeadMask withHeads(HeadSet other) {
    return new HeadMask(other, mode, means);
  }

  /** Whether it changes nothing. */
  public boolean isEmpty() {
    return heads.isEmpty();
  }

  @Override
  public String toString() {
    return "HeadMask["
        + mode.name().toLowerCase(Locale.ROOT)
        + ", "
        + (heads.isEmpty() ? "no heads" : heads)
        + "]";
  }
}

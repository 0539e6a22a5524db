package headscope.head;

import headscope.failure.Section;
import java.util.Arrays;
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
 *     for {@link MaskMode#RESAMPLE} a vector of every step, [steps * headDim]; else empty
 */
public record HeadMask(HeadSet heads, MaskMode mode, Map<HeadId, float[]> means) {
  private static final HeadMask NONE = zero(HeadSet.empty());

  public HeadMask {
    if (mode == MaskMode.MEAN || mode == MaskMode.RESAMPLE) {
      for (HeadId h : heads) {
        if (!means.containsKey(h)) {
          throw Section.HEADS.wrong(
              String.format(
                  "mode %s needs a %s for every masked head, there is none for %s",
                  mode, mode == MaskMode.MEAN ? "mean z" : "z of another run", h));
        }
      }
    } else if (!means.isEmpty()) {
      throw Section.HEADS.wrong(
          "vectors are for modes MEAN and RESAMPLE alone, the mode is " + mode);
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

  /**
   * Replaces the z of the heads by what another run had at the same step; behind its end, at that
   * step modulo its length.
   *
   * @param outputs z of another run, [steps * headDim] a head, as {@code LanguageModel.headOutputs}
   *     records it; those of other heads wait unused
   */
  public static HeadMask resample(HeadSet heads, Map<HeadId, float[]> outputs) {
    return new HeadMask(heads, MaskMode.RESAMPLE, outputs);
  }

  /**
   * The mask of one step: of mode RESAMPLE with the vectors of that step, else the same.
   *
   * @param step from 0
   * @param headDim numbers of a vector
   */
  public HeadMask at(int step, int headDim) {
    if (mode != MaskMode.RESAMPLE || heads.isEmpty()) {
      return this;
    }
    Map<HeadId, float[]> of = new TreeMap<>();
    for (HeadId h : heads) {
      float[] all = means.get(h);
      if (all.length == 0 || all.length % headDim != 0) {
        throw Section.HEADS.wrong(
            String.format(
                "the z of another run has %d numbers a step, that of %s has %d in all; record it"
                    + " with this model",
                headDim, h, all.length));
      }
      int from = step % (all.length / headDim) * headDim;
      of.put(h, Arrays.copyOfRange(all, from, from + headDim));
    }
    return new HeadMask(heads, mode, of);
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

package headscope.model;

import java.util.List;

/**
 * How the angles of the rotary embedding are stretched beyond the length a model was trained with.
 * All frequencies are computed in float32 in the order of operations of Hugging Face transformers:
 * one unit in the last place of a frequency moves the logits of a long prompt.
 */
public sealed interface RopeScaling {
  /**
   * The inverse frequencies for a sequence of some length.
   *
   * @param powers [rotary dims / 2], {@code theta ^ (2 i / dims)}
   * @param theta the base
   * @param length positions of the sequence
   * @return [rotary dims / 2]
   */
  float[] inverseFrequencies(float[] powers, double theta, int length);

  /** The factor on cosine and sine. */
  default double attentionFactor() {
    return 1;
  }

  /** Whether sequences of these lengths are turned by the same frequencies. */
  default boolean sameFrequencies(int lengthA, int lengthB) {
    return true;
  }

  /**
   * The longest sequence.
   *
   * @param maxPositions {@code max_position_embeddings}
   */
  default int positions(int maxPositions) {
    return maxPositions;
  }

  /** No scaling. */
  record Default() implements RopeScaling {
    @Override
    public float[] inverseFrequencies(float[] powers, double theta, int length) {
      return map(powers, p -> 1 / p);
    }
  }

  /** Every position is divided by a factor. */
  record Linear(double factor) implements RopeScaling {
    static Linear read(ConfigJson r) {
      return new Linear(r.positive("factor"));
    }

    @Override
    public float[] inverseFrequencies(float[] powers, double theta, int length) {
      return map(powers, p -> (1 / p) / (float) factor);
    }
  }

  /** Llama 3: long waves are divided by a factor, short ones kept, those between blended. */
  record Llama3(double factor, double lowFrequency, double highFrequency, int originalLength)
      implements RopeScaling {
    static Llama3 read(ConfigJson r, int original) {
      double low = r.positive("low_freq_factor");
      double high = r.positive("high_freq_factor");
      if (high <= low) {
        throw r.refuse("high_freq_factor", "more than low_freq_factor = " + low);
      }
      return new Llama3(r.positive("factor"), low, high, original);
    }

    @Override
    public float[] inverseFrequencies(float[] powers, double theta, int length) {
      float longest = (float) (originalLength / lowFrequency);
      float shortest = (float) (originalLength / highFrequency);
      return map(
          powers,
          p -> {
            float frequency = 1 / p;
            // a quotient with a tensor below is a product with its reciprocal there
            float wave = (1 / frequency) * (float) (2 * Math.PI);
            if (wave > longest) {
              return frequency / (float) factor;
            }
            if (wave < shortest) {
              return frequency;
            }
            float smooth =
                ((1 / wave) * originalLength - (float) lowFrequency)
                    / (float) (highFrequency - lowFrequency);
            return (1 - smooth) * frequency / (float) factor + smooth * frequency;
          });
    }
  }

  /**
   * YaRN (Peng et al. 2023): a ramp over the dimensions between kept and divided frequencies.
   *
   * @param attentionFactor the factor on cosine and sine
   */
  record Yarn(
      double factor,
      int originalLength,
      double attentionFactor,
      double betaFast,
      double betaSlow,
      boolean truncate)
      implements RopeScaling {

    static Yarn read(ConfigJson r, int maxPositions, int original) {
      double factor = r.positive("factor", (double) maxPositions / original);
      double attention =
          r.positive(
              "attention_factor",
              attentionFactor(factor, r.number("mscale", 0), r.number("mscale_all_dim", 0)));
      return new Yarn(
          factor,
          original,
          attention,
          r.positive("beta_fast", 32),
          r.positive("beta_slow", 1),
          r.flag("truncate", true));
    }

    /** Published configs often keep the trained length in max_position_embeddings. */
    @Override
    public int positions(int maxPositions) {
      return (int) Math.min(Integer.MAX_VALUE, Math.max(maxPositions, factor * originalLength));
    }

    /** The attention factor where config.json has none. */
    private static double attentionFactor(double factor, double mscale, double mscaleAllDim) {
      return mscale != 0 && mscaleAllDim != 0
          ? scale(factor, mscale) / scale(factor, mscaleAllDim)
          : scale(factor, 1);
    }

    private static double scale(double factor, double mscale) {
      return factor <= 1 ? 1 : 0.1 * mscale * Math.log(factor) + 1;
    }

    @Override
    public float[] inverseFrequencies(float[] powers, double theta, int length) {
      int dims = 2 * powers.length;
      double low = dimensionOf(betaFast, dims, theta);
      double high = dimensionOf(betaSlow, dims, theta);
      if (truncate) {
        low = Math.floor(low);
        high = Math.ceil(high);
      }
      low = Math.max(low, 0);
      high = Math.min(high, dims - 1);
      if (low == high) {
        high += 0.001;
      }
      float[] out = new float[powers.length];
      for (int i = 0; i < out.length; i++) {
        float ramp = Math.min(1, Math.max(0, (i - (float) low) / (float) (high - low)));
        float kept = 1 - ramp;
        float interpolated = 1 / ((float) factor * powers[i]);
        out[i] = interpolated * (1 - kept) + (1 / powers[i]) * kept;
      }
      return out;
    }

    /** The dimension whose wave turns that many times over the original length. */
    private double dimensionOf(double rotations, int dims, double theta) {
      return dims * Math.log(originalLength / (rotations * 2 * Math.PI)) / (2 * Math.log(theta));
    }
  }

  /**
   * LongRoPE (Phi-3, Phi-4-mini): a factor per dimension, one list up to the original length,
   * another beyond it, for all positions of the sequence.
   */
  record LongRope(
      List<Double> shortFactors,
      List<Double> longFactors,
      int originalLength,
      double attentionFactor)
      implements RopeScaling {

    static LongRope read(ConfigJson r, int dims, int maxPositions, int original) {
      if (original < 2) {
        throw r.refuse("original_max_position_embeddings", "at least 2");
      }
      double stretch = r.positive("factor", (double) maxPositions / original);
      return new LongRope(
          r.numbers("short_factor", dims / 2),
          r.numbers("long_factor", dims / 2),
          original,
          r.positive("attention_factor", attentionFactor(stretch, original)));
    }

    /** The attention factor where config.json has none. */
    private static double attentionFactor(double factor, int originalLength) {
      return factor <= 1 ? 1 : Math.sqrt(1 + Math.log(factor) / Math.log(originalLength));
    }

    @Override
    public float[] inverseFrequencies(float[] powers, double theta, int length) {
      List<Double> factors = length > originalLength ? longFactors : shortFactors;
      float[] out = new float[powers.length];
      for (int i = 0; i < out.length; i++) {
        out[i] = 1 / (factors.get(i).floatValue() * powers[i]);
      }
      return out;
    }

    @Override
    public boolean sameFrequencies(int lengthA, int lengthB) {
      return lengthA > originalLength == lengthB > originalLength;
    }
  }

  /** float to float, which java.util.function lacks. */
  interface FloatMap {
    float apply(float x);
  }

  private static float[] map(float[] powers, FloatMap f) {
    float[] out = new float[powers.length];
    for (int i = 0; i < out.length; i++) {
      out[i] = f.apply(powers[i]);
    }
    return out;
  }
}

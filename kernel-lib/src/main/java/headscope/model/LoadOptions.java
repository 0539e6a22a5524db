package headscope.model;

import headscope.failure.Section;
import java.util.Arrays;
import java.util.Locale;
import java.util.stream.Collectors;

/**
 * How a checkpoint is held and computed.
 *
 * @param dtype the type of the weights and of every product with them; norms, attention and the
 *     residual stream are float32 always
 * @param device {@code cpu}, {@code gpu} or {@code gpu:1}
 * @param chunk how many prompt positions are computed at once
 * @param ignoreGenerationConfig whether tokens are taken plainly greedily, whatever rules and
 *     lengths the checkpoint asks for, see {@link #withoutGenerationConfig}
 */
public record LoadOptions(Dtype dtype, String device, int chunk, boolean ignoreGenerationConfig) {

  /** Element types of weights. */
  public enum Dtype {
    FLOAT32(Kernels.FLOAT32, 4, 0),
    FLOAT16(Kernels.FLOAT16, 2, 13),
    BFLOAT16(Kernels.BFLOAT16, 2, 16);

    final long code;
    final int bytes;

    /** Bits of a float32's fraction that this type has not. */
    private final int dropped;

    Dtype(long code, int bytes, int dropped) {
      this.code = code;
      this.bytes = bytes;
      this.dropped = dropped;
    }

    /** The nearest number of this type, the even one of two, for numbers around 1. */
    float rounded(float x) {
      int bits = Float.floatToIntBits(x);
      int half = (1 << dropped) / 2;
      int up = half == 0 ? 0 : half - 1 + (bits >> dropped & 1);
      return Float.intBitsToFloat(bits + up >> dropped << dropped);
    }

    /**
     * Reads {@code float32}, {@code float16} or {@code bfloat16}.
     *
     * @throws IllegalArgumentException for any other text
     */
    public static Dtype parse(String text) {
      return Arrays.stream(values())
          .filter(d -> d.toString().equals(text))
          .findFirst()
          .orElseThrow(
              () ->
                  Section.LOAD_OPTIONS.wrong(
                      "the dtype \""
                          + text
                          + "\" is unknown; supported: "
                          + Arrays.stream(values())
                              .map(Dtype::toString)
                              .collect(Collectors.joining(", "))));
    }

    @Override
    public String toString() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  public LoadOptions {
    if (!device.matches("cpu|gpu(:\\d{1,2})?")) {
      throw Section.LOAD_OPTIONS.wrong(
          "the device \"" + device + "\" is unknown; supported: cpu, gpu, gpu:1 and so on");
    }
    if (chunk < 1) {
      throw Section.LOAD_OPTIONS.wrong("a chunk has at least 1 position, got " + chunk);
    }
  }

  /** float32 on the CPU, 512 positions at once. */
  public static LoadOptions defaults() {
    return new LoadOptions(Dtype.FLOAT32, "cpu", 512, false);
  }

  public LoadOptions withDtype(Dtype other) {
    return new LoadOptions(other, device, chunk, ignoreGenerationConfig);
  }

  public LoadOptions withDevice(String other) {
    return new LoadOptions(dtype, other, chunk, ignoreGenerationConfig);
  }

  public LoadOptions withChunk(int positions) {
    return new LoadOptions(dtype, device, positions, ignoreGenerationConfig);
  }

  /**
   * No rule of {@code generation_config.json} acts on logits and no length is taken from it; the
   * end tokens are those of {@code config.json}, if it names any.
   */
  public LoadOptions withoutGenerationConfig() {
    return new LoadOptions(dtype, device, chunk, true);
  }
}

package headscope.page;

import headscope.trace.Prompt;
import headscope.trace.Step;
import headscope.trace.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * One number a head and step that a page can colour heads by.
 *
 * @param name what the page calls it
 * @param low the lowest value it is drawn with
 * @param high the highest
 * @param own whether it is a measurement of the user's own
 * @param values value of a head at a step; NaN where there is none
 */
record HeadMeasure(String name, float low, float high, boolean own, Values values) {
  private static final List<String> PARTS =
      List.of(Prompt.NEEDLE, Step.EFFECTIVE, Step.NEEDLE_EFFECTIVE);

  /** Eq. 2 is 0 where its divisor is smaller (DEFINITIONS.md, 9). */
  private static final float LEAST = 1e-4f;

  interface Values {
    float at(int step, int head);
  }

  /** A measure as the page's script reads it: numbers of so many bytes, in base64. */
  record Packed(String name, int width, float low, float high, boolean own, String data) {}

  /** What a trace has, the greatest weight first. */
  static List<HeadMeasure> of(List<Step> steps) {
    List<HeadMeasure> all = new ArrayList<>();
    all.add(share("greatest weight", (s, h) -> steps.get(s).argmaxWeight()[h]));
    List<String> captured = steps.isEmpty() ? List.of() : List.copyOf(steps.get(0).mass().keySet());
    if (captured.contains(Prompt.NEEDLE)) {
      all.add(share("mass on needle", mass(steps, Prompt.NEEDLE)));
    }
    if (captured.contains(Step.EFFECTIVE) && captured.contains(Step.NEEDLE_EFFECTIVE)) {
      Values needle = mass(steps, Step.NEEDLE_EFFECTIVE);
      Values every = mass(steps, Step.EFFECTIVE);
      all.add(
          share(
              "reasoning score (Eq. 2)",
              (s, h) -> every.at(s, h) < LEAST ? 0 : needle.at(s, h) / every.at(s, h)));
    }
    for (String name : captured) {
      if (!PARTS.contains(name)) {
        all.add(share("mass on " + name, mass(steps, name)));
      }
    }
    if (!steps.isEmpty()) {
      steps
          .get(0)
          .tensors()
          .forEach(
              (name, tensor) -> {
                if (isOfHeads(tensor, steps.get(0).argmaxIndex().length)) {
                  all.add(own(name, tensors(steps, name)));
                }
              });
    }
    return all;
  }

  private static boolean isOfHeads(Tensor tensor, int heads) {
    return tensor.axes().equals(List.of("layers", "heads")) && tensor.values().length == heads;
  }

  /** A measurement that is no share: from 0, or as far below as above it. */
  private static HeadMeasure own(String name, float[][] values) {
    float low = 0;
    float high = 0;
    for (float[] step : values) {
      for (float v : step) {
        if (Float.isFinite(v)) {
          low = Math.min(low, v);
          high = Math.max(high, v);
        }
      }
    }
    float most = Math.max(-low, high);
    return new HeadMeasure(
        name,
        low < 0 ? -most : 0,
        most > 0 ? most : 1,
        true,
        (s, h) -> Float.isInfinite(values[s][h]) ? Float.NaN : values[s][h]);
  }

  /** [steps, heads]; not a number where a step lacks it. */
  private static float[][] tensors(List<Step> steps, String name) {
    float[] none = new float[steps.get(0).argmaxIndex().length];
    Arrays.fill(none, Float.NaN);
    return steps.stream()
        .map(
            step -> {
              Tensor t = step.tensors().get(name);
              return t != null && isOfHeads(t, none.length) ? t.values() : none;
            })
        .toArray(float[][]::new);
  }

  /** A share of the attention, from 0 to 1. */
  private static HeadMeasure share(String name, Values values) {
    return new HeadMeasure(name, 0, 1, false, values);
  }

  private static Values mass(List<Step> steps, String span) {
    return (s, h) -> {
      float[] mass = steps.get(s).mass().getOrDefault(span, new float[0]);
      return h < mass.length ? mass[h] : Float.NaN;
    };
  }

  /** In steps of a 65534th or a 254th of its range; the number behind the last is none. */
  Packed packed(int steps, int heads, int width) {
    int none = width == 2 ? 65535 : 255;
    String data =
        LittleEndian.base64(
            steps * heads,
            width,
            i -> {
              float v = values.at(i / heads, i % heads);
              float share = Math.max(0, Math.min(1, (v - low) / (high - low)));
              return Float.isNaN(v) ? none : Math.round(share * (none - 1));
            });
    return new Packed(name, width, low, high, own, data);
  }
}

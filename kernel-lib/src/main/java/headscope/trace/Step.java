package headscope.trace;

import headscope.failure.Section;
import headscope.head.HeadId;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/**
 * What one row of a generation saw when it produced its token. Arrays of heads are flat, layer by
 * layer: index {@code layer * headsPerLayer + head}. What was not captured is empty.
 *
 * @param token the id of the token
 * @param logprob its log-probability, in nats
 * @param entropy the entropy of the distribution it was taken from, in nats
 * @param argmaxIndex [heads], the position of the greatest attention weight, the lowest on a tie
 * @param argmaxWeight [heads], that weight
 * @param mass attention summed over each declared span: name to [heads]
 * @param hidden [hidden size], the final hidden state
 * @param rows whole attention rows, [positions], of the heads they were asked for
 * @param logits [vocabulary]
 * @param tensors what else was measured, by its name in the file
 */
public record Step(
    int token,
    float logprob,
    float entropy,
    int[] argmaxIndex,
    float[] argmaxWeight,
    Map<String, float[]> mass,
    float[] hidden,
    Map<HeadId, float[]> rows,
    float[] logits,
    Map<String, Tensor> tensors) {

  /** Mass of the first positions. */
  public static final String SINK = "sink";

  /** Mass of the last positions, the query's own among them, without those of the sink. */
  public static final String LOCAL = "local";

  /** Mass of everything outside sink and local: the divisor of Eq. 2. */
  public static final String EFFECTIVE = "effective";

  /** Mass of the needle outside sink and local: the dividend of Eq. 2. */
  public static final String NEEDLE_EFFECTIVE = "needle_effective";

  public Step {
    mass = Collections.unmodifiableMap(new LinkedHashMap<>(mass));
    rows = Collections.unmodifiableMap(new TreeMap<>(rows));
    tensors = Collections.unmodifiableMap(new LinkedHashMap<>(tensors));
  }

  /** A step of which nothing else was measured. */
  public Step(
      int token,
      float logprob,
      float entropy,
      int[] argmaxIndex,
      float[] argmaxWeight,
      Map<String, float[]> mass,
      float[] hidden,
      Map<HeadId, float[]> rows,
      float[] logits) {
    this(token, logprob, entropy, argmaxIndex, argmaxWeight, mass, hidden, rows, logits, Map.of());
  }

  /**
   * The same row with another token: as heads are read where a token is forced. Its log-probability
   * is not known here, nor what was measured of the token: attribution and lens.
   */
  public Step saying(int other) {
    if (other == token) {
      return this;
    }
    Map<String, Tensor> own = new LinkedHashMap<>(tensors);
    own.keySet().removeIf(name -> !name.startsWith(Tensor.OWN));
    return new Step(
        other, Float.NaN, entropy, argmaxIndex, argmaxWeight, mass, hidden, rows, logits, own);
  }

  /**
   * Where each head looked, {@link #argmaxIndex}: [heads].
   *
   * @throws IllegalArgumentException if that was not captured
   */
  public int[] looked() {
    if (argmaxIndex.length == 0) {
      throw Section.TRACE_CONTENT.wrong(
          "this run did not record where heads look; generate with Capture.heads()");
    }
    return argmaxIndex;
  }

  /**
   * Attention summed over a span: [heads].
   *
   * @throws IllegalArgumentException if the span was not captured, naming those that were
   */
  public float[] mass(String span) {
    float[] m = mass.get(span);
    if (m == null) {
      throw Section.TRACE_CONTENT.wrong(
          "no mass was captured of the span \""
              + span
              + "\"; captured: "
              + mass.keySet()
              + ". Declare it on the prompt, and capture heads");
    }
    return m;
  }

  /**
   * What a {@link Measure} of that name kept: of query heads [layers * heads], layer by layer.
   *
   * @throws IllegalArgumentException if there was none, naming those there were
   */
  public float[] own(String name) {
    return tensor(Tensor.OWN + name, "declare it with Capture.with(Measure.of(...))").values();
  }

  /**
   * A tensor of that name.
   *
   * @param remedy what to do where it is absent
   * @throws IllegalArgumentException if it is
   */
  public Tensor tensor(String name, String remedy) {
    Tensor tensor = tensors.get(name);
    if (tensor == null) {
      throw Section.TRACE_CONTENT.wrong(
          "this step has no tensor \"" + name + "\", it has " + tensors.keySet() + "; " + remedy);
    }
    return tensor;
  }

  @Override
  public String toString() {
    return String.format(
        Locale.ROOT,
        "Step[token %d, log-probability %.3f, entropy %.3f, %s]",
        token,
        logprob,
        entropy,
        argmaxIndex.length == 0 ? "no heads" : argmaxIndex.length + " heads");
  }
}

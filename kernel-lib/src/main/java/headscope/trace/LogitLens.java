package headscope.trace;

/**
 * The logit lens of a step (DEFINITIONS.md, 40): the residual stream behind every layer, read
 * through the final norm and the output matrix as if the layer were the last. Of the last one it is
 * the model's own output.
 *
 * <pre>
 *   Trace trace = model.generate(prompt, Capture.tokens().withLens());
 *   LogitLens lens = LogitLens.of(trace.steps().get(3));
 *   lens.rank();                     // [layers]: 214, 80, 3, 1
 * </pre>
 *
 * @param rank [layers], of the token that was said among all: 1 is the most likely
 * @param logprob [layers], its log-probability, in nats
 * @param entropy [layers], of the layer's distribution, in nats
 * @param token [layers], the id of the layer's most likely token
 */
public record LogitLens(float[] rank, float[] logprob, float[] entropy, float[] token) {
  /** Begins the names of its tensors. */
  public static final String PREFIX = "lens.";

  /**
   * Of a step.
   *
   * @throws IllegalArgumentException if the step has none
   */
  public static LogitLens of(Step step) {
    String how = "generate with Capture.heads().withLens()";
    return new LogitLens(
        step.tensor(PREFIX + "rank", how).values(),
        step.tensor(PREFIX + "logprob", how).values(),
        step.tensor(PREFIX + "entropy", how).values(),
        step.tensor(PREFIX + "token", how).values());
  }

  @Override
  public String toString() {
    return "LogitLens[" + rank.length + " states]";
  }
}

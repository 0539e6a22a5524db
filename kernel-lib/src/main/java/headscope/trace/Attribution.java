package headscope.trace;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Direct logit attribution of a step (DEFINITIONS.md, 39): what each part of the model wrote of a
 * logit, or of the difference of two. The residual stream behind the last layer is the sum of what
 * embedding, heads, MLPs and biases added to it; with post-norms and the final norm as they were at
 * that step the logit is linear in them, so the parts sum to it.
 *
 * <pre>
 *   Trace trace = model.generate(prompt, Capture.heads().withAttribution());
 *   Attribution said = Attribution.ofSaid(trace.steps().get(3));
 *   said.heads();                    // [layers * heads], in logits
 *   said.sum() - said.logit();       // 0 but for rounding
 * </pre>
 *
 * @param heads [layers * heads], of each head z W_O
 * @param mlps [layers], of each MLP, without its bias
 * @param biases [layers], of the biases of output projection and MLP; 0 where there are none
 * @param embedding of the token's embedding
 * @param logit what is attributed
 */
public record Attribution(
    float[] heads, float[] mlps, float[] biases, float embedding, float logit) {
  /** Begins the names of the tensors for the token that was said. */
  public static final String SAID = "attribution.said.";

  /** The same for the needle's next token less the best other one. */
  public static final String NEEDLE = "attribution.needle.";

  private static final String HOW = "generate with Capture.heads().withAttribution()";

  /**
   * Of the logit of the token that was said.
   *
   * @throws IllegalArgumentException if the step has none
   */
  public static Attribution ofSaid(Step step) {
    return of(step, SAID);
  }

  /**
   * Of the logit of the needle's next token, see {@link #nextOfNeedle}, less that of the best other
   * token. All zero where the needle has no next token.
   *
   * @throws IllegalArgumentException if the step has none, or the prompt no needle
   */
  public static Attribution ofNeedle(Step step) {
    return of(step, NEEDLE);
  }

  private static Attribution of(Step step, String prefix) {
    String how =
        prefix.equals(NEEDLE) ? HOW + ", from a prompt that declares a span \"needle\"" : HOW;
    return new Attribution(
        step.tensor(prefix + "heads", how).values(),
        step.tensor(prefix + "mlps", how).values(),
        step.tensor(prefix + "biases", how).values(),
        step.tensor(prefix + "embedding", how).values()[0],
        step.tensor(prefix + "logit", how).values()[0]);
  }

  /** The sum of all parts. */
  public double sum() {
    return sum(false);
  }

  /** The sum of the absolute values of all parts: what their rounding is measured by. */
  public double absoluteSum() {
    return sum(true);
  }

  private double sum(boolean absolute) {
    double sum = absolute ? Math.abs(embedding) : embedding;
    for (float[] parts : List.of(heads, mlps, biases)) {
      for (float part : parts) {
        sum += absolute ? Math.abs(part) : part;
      }
    }
    return sum;
  }

  /** Its tensors, by name. */
  public Map<String, Tensor> tensors(String prefix, int layers) {
    String what =
        prefix.equals(SAID)
            ? "the logit of the token said"
            : "the logit of the needle's next token less that of the best other one";
    String direct = "direct attribution to " + what;
    List<String> perLayer = List.of("layers");
    Map<String, Tensor> map = new LinkedHashMap<>(); // files have them in this order
    map.put(
        prefix + "heads",
        new Tensor(
            direct, List.of("layers", "heads"), List.of(layers, heads.length / layers), heads));
    map.put(prefix + "mlps", new Tensor(direct, perLayer, List.of(layers), mlps));
    map.put(prefix + "biases", new Tensor(direct, perLayer, List.of(layers), biases));
    map.put(prefix + "embedding", Tensor.ofNumber(direct, embedding));
    map.put(prefix + "logit", Tensor.ofNumber(what, logit));
    return map;
  }

  /**
   * Where in the needle the text goes on: behind the longest run of last generated tokens that
   * equals consecutive tokens of a stretch of the needle, of equal ones the lowest place; at the
   * needle's start where the last token is none of it. Empty, -1, where that run ends a stretch and
   * where there is no needle.
   *
   * @param generated [steps], the tokens that were said before
   * @return a position of the prompt, or -1
   */
  public static int nextOfNeedle(Prompt prompt, int[] generated) {
    List<Integer> starts = new ArrayList<>();
    int longest = 0;
    int next = -1;
    for (Span span : prompt.span(Prompt.NEEDLE).list()) {
      starts.add(span.from());
      for (int i = span.from(); i < span.to(); i++) {
        int run = 0;
        while (run < generated.length
            && i - run >= span.from()
            && prompt.ids()[i - run] == generated[generated.length - 1 - run]) {
          run++;
        }
        if (run > longest) {
          longest = run;
          next = i + 1 < span.to() ? i + 1 : -1;
        }
      }
    }
    return longest > 0 || starts.isEmpty() ? next : starts.get(0);
  }

  @Override
  public String toString() {
    return "Attribution[" + heads.length + " heads, " + mlps.length + " MLPs, logit " + logit + "]";
  }
}

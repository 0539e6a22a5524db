package headscope.experiment;

import headscope.claim.Claim;
import headscope.claim.Finding;
import headscope.claim.Paired;
import headscope.task.Metric;
import java.util.List;

/**
 * R1 to R4: windows chosen by the probe's heads against those at random places, of static heads, of
 * random heads, and of BM25 over sentences, as many tokens on each question; DEFINITIONS.md, 37.
 *
 * <pre>
 *   RagClaims.of(result, "smollm2-world", "16 to 32 paragraphs");
 * </pre>
 */
public final class RagClaims {
  private RagClaims() {}

  /** The findings, of F1 paired by question. */
  public static List<Finding> of(RagResult result, String model, String setting) {
    double[] dynamic = result.metric(RagExperiment.DYNAMIC, Metric.F1);
    double[] random = new double[dynamic.length];
    for (String draw : RagExperiment.RANDOM) {
      double[] f1 = result.metric(draw, Metric.F1);
      for (int i = 0; i < random.length; i++) {
        random[i] += f1[i] / RagExperiment.RANDOM.size();
      }
    }
    return List.of(
        found("R1", dynamic, result.metric("random places", Metric.F1), model, setting),
        found("R2", dynamic, result.metric("static", Metric.F1), model, setting),
        found("R3", dynamic, random, model, setting),
        found("R4", dynamic, result.metric("BM25", Metric.F1), model, setting));
  }

  private static Finding found(
      String id, double[] dynamic, double[] rival, String model, String setting) {
    return Claim.of(id).found(model, setting, Paired.of(dynamic, rival));
  }
}

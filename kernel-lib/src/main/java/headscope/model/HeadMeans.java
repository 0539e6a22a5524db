package headscope.model;

import ai.djl.ndarray.NDArray;
import headscope.failure.Section;
import headscope.head.HeadId;
import headscope.trace.Capture;
import headscope.trace.Hook;
import headscope.trace.Prompt;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Sums z of every head over positions, and gives the mean. */
final class HeadMeans implements Taps {
  private final int heads;
  private final int dim;
  private final double[] sums; // [layers * heads * dim]
  private long positions;

  private HeadMeans(ModelConfig config) {
    heads = config.heads();
    dim = config.headDim();
    sums = new double[config.totalHeads() * dim];
  }

  /** The mean over all positions of prompts: a vector [headDim] a head. */
  static Map<HeadId, float[]> over(List<Prompt> prompts, LanguageModel model) {
    if (prompts.isEmpty()) {
      throw Section.MODEL_USE.wrong("a mean is over at least one reference prompt, got none");
    }
    HeadMeans sums = new HeadMeans(model.config());
    for (Prompt prompt : prompts) {
      try (Session session = model.session(prompt, Capture.tokens())) {
        session.observeAgain(prompt.ids()[prompt.length() - 1], sums);
      }
      sums.positions += prompt.length();
    }
    return sums.means();
  }

  @Override
  public void see(Hook hook, int layer, NDArray z) {
    if (hook != Hook.Z) {
      return;
    }
    float[] sum = z.sum(new int[] {0, 2}).toFloatArray(); // [H, headDim]
    for (int i = 0; i < sum.length; i++) {
      sums[layer * heads * dim + i] += sum[i];
    }
  }

  private Map<HeadId, float[]> means() {
    Map<HeadId, float[]> means = new TreeMap<>();
    for (int h = 0; h < sums.length / dim; h++) {
      float[] mean = new float[dim];
      for (int i = 0; i < dim; i++) {
        mean[i] = (float) (sums[h * dim + i] / positions);
      }
      means.put(HeadId.ofIndex(h, heads), mean);
    }
    return means;
  }
}

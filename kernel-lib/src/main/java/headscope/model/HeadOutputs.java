package headscope.model;

import headscope.head.HeadId;
import headscope.trace.Capture;
import headscope.trace.Hook;
import headscope.trace.Prompt;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Records z of every head, step by step. */
final class HeadOutputs {
  private HeadOutputs() {}

  /** Of each head z of all steps, [steps * headDim]. */
  static Map<HeadId, float[]> of(LanguageModel model, Prompt prompt, GenerateOptions how) {
    List<float[]> seen = new ArrayList<>(); // [heads * headDim], layer by layer, step by step
    Observer observer = Observer.of(a -> seen.add(a.values()), Hook.Z);
    model.generate(prompt, Capture.tokens(), how.withObserver(observer));
    ModelConfig config = model.config();
    int dim = config.headDim();
    int steps = seen.size() / config.layers();
    Map<HeadId, float[]> outputs = new TreeMap<>();
    for (int h = 0; h < config.totalHeads(); h++) {
      HeadId head = HeadId.ofIndex(h, config.heads());
      float[] z = new float[steps * dim];
      for (int s = 0; s < steps; s++) {
        float[] layer = seen.get(s * config.layers() + head.layer());
        System.arraycopy(layer, head.head() * dim, z, s * dim, dim);
      }
      outputs.put(head, z);
    }
    return outputs;
  }
}

package headscope.experiment;

import headscope.head.HeadId;
import headscope.model.LanguageModel;
import headscope.model.ModelConfig;
import headscope.safetensors.MalformedFileException;
import headscope.safetensors.SafeTensors;
import headscope.safetensors.SafeTensorsWriter;
import headscope.trace.Prompt;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.IntStream;

/**
 * The vectors that stand in for masked heads: the mean output of each over the ranking prompts,
 * [layers, heads, headDim] in their file.
 */
record KeptMeans(Trials trials) implements Run.Kept<Map<HeadId, float[]>> {
  private static final String TENSOR = "mean";

  @Override
  public String file() {
    return "head_means.safetensors";
  }

  @Override
  public Map<HeadId, float[]> compute(LanguageModel model) {
    List<Prompt> prompts =
        IntStream.range(0, trials.ranking())
            .mapToObj(i -> trials.rankingTrial(model.tokenizer(), i).prompt())
            .toList();
    return model.meanHeadOutputs(prompts);
  }

  @Override
  public void save(Map<HeadId, float[]> means, LanguageModel model, Path file) {
    ModelConfig shape = model.config();
    float[] all = new float[shape.totalHeads() * shape.headDim()];
    means.forEach(
        (head, mean) ->
            System.arraycopy(
                mean, 0, all, head.index(shape.heads()) * shape.headDim(), shape.headDim()));
    new SafeTensorsWriter()
        .floats(TENSOR, all, shape.layers(), shape.heads(), shape.headDim())
        .write(file);
  }

  @Override
  public Map<HeadId, float[]> load(LanguageModel model, Path file) {
    ModelConfig shape = model.config();
    Map<HeadId, float[]> means = new TreeMap<>();
    try (SafeTensors in = SafeTensors.open(file)) {
      long[] wanted = {shape.layers(), shape.heads(), shape.headDim()};
      if (!in.tensors().containsKey(TENSOR)
          || !in.tensor(TENSOR).shape().equals(Arrays.stream(wanted).boxed().toList())) {
        throw new MalformedFileException(
            file, "holds no means of this model's heads, a tensor mean " + Arrays.toString(wanted));
      }
      float[] all = in.floats(TENSOR);
      for (int h = 0; h < shape.totalHeads(); h++) {
        means.put(
            HeadId.ofIndex(h, shape.heads()),
            Arrays.copyOfRange(all, h * shape.headDim(), (h + 1) * shape.headDim()));
      }
    }
    return means;
  }
}

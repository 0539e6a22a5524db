package headscope.study;

import headscope.experiment.DynamismLine;
import headscope.json.Flat;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;

/**
 * A generation without its trace: what was said, and which heads retrieved at every step.
 *
 * @param line what the experiment writes of it
 * @param layers of the model
 * @param headsPerLayer its query heads a layer
 * @param ids of the generated tokens, the end token included
 * @param tokens the text of each counted step's token
 * @param answerSteps counted steps of the answer span; DEFINITIONS.md, 30
 * @param margin the smallest lead of the best logit over the next, where it was recorded
 * @param means reading → mean score of every head over the counted steps, layer by layer, of a
 *     sample that ranks the heads; else none
 * @param heads reading → counted step → heads that retrieve, each by its place, layer by layer
 */
public record ReadSample(
    @Flat DynamismLine line,
    int layers,
    int headsPerLayer,
    List<Integer> ids,
    List<String> tokens,
    int answerSteps,
    OptionalDouble margin,
    Map<String, List<Double>> means,
    Map<String, List<List<Integer>>> heads) {
  public ReadSample {
    ids = List.copyOf(ids);
    tokens = List.copyOf(tokens);
    means = Collections.unmodifiableMap(new LinkedHashMap<>(means));
    heads = Collections.unmodifiableMap(new LinkedHashMap<>(heads));
  }

  /** Whether it ranks the heads, else it is evaluated. */
  public boolean ranking() {
    return line.set() == DynamismLine.Set.RANKING;
  }

  /** The counted steps. */
  public int steps() {
    return tokens.size();
  }

  @Override
  public String toString() {
    return "ReadSample["
        + (ranking() ? "ranking" : "evaluated")
        + (line.correct() ? ", answered, " : ", not answered, ")
        + steps()
        + " steps, readings "
        + heads.keySet()
        + "]";
  }
}

package headscope.page;

import headscope.head.HeadId;
import headscope.trace.Capture;
import headscope.trace.Prompt;
import headscope.trace.Spans;
import headscope.trace.Step;
import headscope.trace.Trace;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.stream.IntStream;

/** Traces of any size, drawn from a seed: sinks, local heads, and heads that copy the needle. */
final class Explored {
  private Explored() {}

  static Trace trace(int promptLength, int steps, int layers, int headsPerLayer) {
    List<String> words = List.of(" the", " lake", " was", " still", ",", " and", " rain", ".\n");
    SplittableRandom r = new SplittableRandom(3);
    int[] ids = IntStream.range(0, promptLength).map(i -> (int) (r.nextLong() & 1023)).toArray();
    int from = promptLength / 2;
    int to = Math.min(promptLength, from + 40);
    Map<String, Spans> spans = new LinkedHashMap<>();
    spans.put(Prompt.CONTEXT, Spans.of(promptLength / 10, promptLength - promptLength / 10));
    spans.put(Prompt.NEEDLE, Spans.of(from, to));
    spans.put(Prompt.QUESTION, Spans.of(promptLength - promptLength / 10, promptLength - 1));
    List<String> texts = IntStream.of(ids).mapToObj(id -> words.get(id % words.size())).toList();
    Prompt prompt = new Prompt(ids, "", texts, spans);
    int heads = layers * headsPerLayer;
    List<Step> rows = new ArrayList<>();
    List<String> tokens = new ArrayList<>();
    for (int s = 0; s < steps; s++) {
      int source = from + s % (to - from);
      int[] index = new int[heads];
      float[] weight = new float[heads];
      float[] needle = new float[heads];
      for (int h = 0; h < heads; h++) {
        long kind = r.nextLong() & 15;
        index[h] = kind < 7 ? 0 : kind < 13 ? promptLength + s - 1 : source;
        weight[h] = (r.nextLong() >>> 40) / (float) (1 << 24);
        needle[h] = kind < 13 ? weight[h] / 50 : weight[h];
      }
      Map<String, float[]> mass = new LinkedHashMap<>();
      for (String name : List.of("context", "needle", "question", "sink", "local", "effective")) {
        mass.put(name, needle);
      }
      mass.put(Step.NEEDLE_EFFECTIVE, needle);
      rows.add(
          new Step(
              ids[source], -0.1f, 0.5f, index, weight, mass, new float[0], Map.of(), new float[0]));
      tokens.add(texts.get(source));
    }
    return trace(prompt, layers, headsPerLayer, rows, tokens);
  }

  static Trace trace(
      Prompt prompt, int layers, int headsPerLayer, List<Step> steps, List<String> tokens) {
    return new Trace(
        "drawn",
        layers,
        headsPerLayer,
        prompt,
        steps,
        List.of(),
        String.join("", tokens),
        tokens,
        false,
        Map.of("sink", Capture.SINK, "local", 8),
        Map.of());
  }

  /** One step of a model of two heads, which look at the given positions with all their weight. */
  static Step looking(int token, int first, int second) {
    return new Step(
        token,
        -1,
        1,
        new int[] {first, second},
        new float[] {0.75f, 0.5f},
        Map.of("needle", new float[] {0.25f, 0.125f}),
        new float[0],
        Map.of(new HeadId(0, 0), new float[0]),
        new float[0]);
  }
}

package headscope.page;

import headscope.failure.Section;
import headscope.head.HeadId;
import headscope.trace.Prompt;
import headscope.trace.Step;
import headscope.trace.Trace;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.function.DoubleBinaryOperator;
import java.util.stream.IntStream;

/**
 * What the script of a linked figure reads.
 *
 * @param trace where heads looked
 * @param heads of the figure, in its order
 * @param steps of a heatmap's columns; empty of a map
 * @param cells of a heatmap [heads, steps], of a map [heads]; NaN where there is none
 */
record LinkedData(Trace trace, List<HeadId> heads, List<Integer> steps, double[] cells) {
  /** Weights below are not lit. */
  private static final float LEAST = .01f;

  /** The count of a row that was not kept; one that was has 100 such weights at most. */
  private static final int NOT_KEPT = 255;

  /** Weights of whole rows that a page holds: some 3 MB. */
  private static final int MOST = 400_000;

  LinkedData {
    for (HeadId head : heads) {
      if (head.layer() >= trace.layers() || head.head() >= trace.headsPerLayer()) {
        throw foreign(
            head.toString(),
            "its model has " + trace.layers() + " layers of " + trace.headsPerLayer() + " heads");
      }
    }
    trace.steps().forEach(Step::looked);
  }

  static IllegalArgumentException foreign(String what, String there) {
    return Section.FIGURES_AND_PAGES.wrong(
        "the table names "
            + what
            + ", the trace has nothing of it: "
            + there
            + "; give the table and the trace of one generation");
  }

  boolean isMap() {
    return steps.isEmpty();
  }

  /** Whether every score is 0 or 1. */
  boolean isBinary() {
    return !isMap() && Arrays.stream(cells).allMatch(v -> Double.isNaN(v) || v == 0 || v == 1);
  }

  /** As the script reads it, for values of that name. */
  Map<String, Object> values(String name) {
    Prompt prompt = trace.prompt();
    int n = heads.size();
    int count = trace.steps().size();
    int width = prompt.length() + count <= 1 << 16 ? 2 : 4;
    int[] at = heads.stream().mapToInt(h -> h.index(trace.headsPerLayer())).toArray();
    double low = present(Math::min).orElse(0);
    double high = present(Math::max).orElse(1);
    Map<String, Object> data = new LinkedHashMap<>();
    data.put("map", isMap());
    data.put("layers", trace.layers());
    data.put("headsPerLayer", trace.headsPerLayer());
    data.put("value", name);
    // the ends of the figure's own colour bar
    boolean shares = !isMap() && low >= 0 && high <= 1;
    data.put("low", low >= 0 ? 0 : low);
    data.put("high", shares || high <= 0 && low >= 0 ? 1 : high);
    data.put("binary", isBinary());
    data.put("heads", at);
    data.put("columns", steps);
    data.put(
        "values", Arrays.stream(cells).mapToObj(v -> Double.isNaN(v) ? null : (Double) v).toList());
    data.put("promptIds", LittleEndian.base64(prompt.length(), 4, i -> prompt.ids()[i]));
    int[] ids = trace.ids();
    data.put("ids", LittleEndian.base64(count, 4, i -> ids[i]));
    data.put("promptTokens", prompt.tokens().isEmpty() ? null : prompt.tokens());
    data.put("tokens", trace.tokens().isEmpty() ? null : trace.tokens());
    data.put("spans", TraceView.spans(prompt));
    data.put("indexWidth", width);
    data.put(
        "index",
        LittleEndian.base64(
            count * n, width, i -> trace.steps().get(i / n).argmaxIndex()[at[i % n]]));
    data.put(
        "weight",
        LittleEndian.base64(
            count * n, 2, i -> shared(trace.steps().get(i / n).argmaxWeight()[at[i % n]])));
    rows(data, width);
    int[] first = first(at);
    data.put("first", first);
    data.put("step", first[1]);
    return data;
  }

  private static int shared(float weight) {
    return Math.round(Math.max(0, Math.min(1, weight)) * 65535);
  }

  private OptionalDouble present(DoubleBinaryOperator choice) {
    return Arrays.stream(cells).filter(v -> !Double.isNaN(v)).reduce(choice);
  }

  /** The whole rows that there are, each by its weights from .01 on. */
  private void rows(Map<String, Object> data, int width) {
    List<Integer> counts = new ArrayList<>();
    List<Integer> positions = new ArrayList<>();
    List<Integer> weights = new ArrayList<>();
    for (Step step : trace.steps()) {
      for (HeadId head : heads) {
        float[] row = step.rows().getOrDefault(head, new float[0]);
        if (row.length == 0 || positions.size() >= MOST) {
          counts.add(NOT_KEPT);
          continue;
        }
        int before = positions.size();
        IntStream.range(0, row.length)
            .filter(i -> row[i] >= LEAST)
            .forEach(
                i -> {
                  positions.add(i);
                  weights.add(shared(row[i]));
                });
        counts.add(positions.size() - before);
      }
    }
    data.put("rowCounts", LittleEndian.base64(counts.size(), 1, counts::get));
    data.put("rowPositions", LittleEndian.base64(positions.size(), width, positions::get));
    data.put("rowWeights", LittleEndian.base64(weights.size(), 2, weights::get));
  }

  /** What is lit at first: head and step of the highest score, of equal ones of most weight. */
  private int[] first(int[] at) {
    if (cells.length == 0) {
      return new int[] {0, 0};
    }
    if (isMap()) {
      int head = at[best(cells)];
      return new int[] {head, best(intoNeedle(head))};
    }
    double[] withWeight = cells.clone();
    for (int i = 0; i < cells.length; i++) {
      Step step = trace.steps().get(steps.get(i % steps.size()));
      withWeight[i] += step.argmaxWeight()[at[i / steps.size()]] * 1e-6;
    }
    int cell = best(withWeight);
    return new int[] {at[cell / steps.size()], steps.get(cell % steps.size())};
  }

  /** The weight with which a head looks into the needle, [counted steps]. */
  private double[] intoNeedle(int head) {
    return trace.counted().stream()
        .mapToDouble(
            s ->
                trace.prompt().span(Prompt.NEEDLE).contains(s.argmaxIndex()[head])
                    ? s.argmaxWeight()[head]
                    : 0)
        .toArray();
  }

  /** The place of the first greatest number; 0 where there is none. */
  private static int best(double[] of) {
    int best = 0;
    for (int i = 1; i < of.length; i++) {
      if (of[i] > of[best] || Double.isNaN(of[best])) {
        best = i;
      }
    }
    return best;
  }

  /** What a reader should know: which rows are not there. */
  List<String> notes() {
    List<HeadId> kept =
        heads.stream()
            .filter(h -> trace.steps().stream().anyMatch(s -> s.rows().containsKey(h)))
            .toList();
    if (kept.size() == heads.size()) {
      return List.of();
    }
    return List.of(
        kept.isEmpty()
            ? "Whole attention rows were not kept (Capture.withRows): lit is the greatest weight."
            : String.format(
                Locale.ROOT,
                "Whole attention rows were kept of %d of %d heads; of the others the greatest"
                    + " weight is lit.",
                kept.size(),
                heads.size()));
  }
}

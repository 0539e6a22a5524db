package headscope.experiment;

import headscope.failure.Section;
import headscope.rag.DynamicRag;
import headscope.rag.InContextRetriever;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.ToIntFunction;
import tech.tablesaw.api.BooleanColumn;
import tech.tablesaw.api.DoubleColumn;
import tech.tablesaw.api.IntColumn;
import tech.tablesaw.api.Table;

/**
 * How the sizes of a retrieval are chosen, on questions of a seed of their own, before anything is
 * evaluated. The threshold of RIND: the lowest of 1, 2, 5 times a power of ten that at most one in
 * a hundred sentences exceeds which the model writes with the whole context visible. Then the
 * sizes: of those with which the probe's heads show at most {@code mostSeen} of a context on
 * average, the ones with the greatest mean of the task's main metric; of equal ones those that show
 * least, then the first. Where none shows so little, those that show least.
 *
 * @param trials what they are chosen on; no trial of the evaluation
 * @param candidates what is chosen from
 * @param mostSeen share of the context that a token of an answer may see on average, 0 to 1
 */
public record RagSizing(Trials trials, List<Sizes> candidates, double mostSeen) {
  /** A sentence in so many may exceed the threshold of RIND though the context is visible. */
  private static final double OVER = .01;

  /**
   * Sizes of a retrieval.
   *
   * @param k positions of greatest attention
   * @param gap positions at most this far apart are of one cluster
   * @param radius of a window, in tokens
   * @param heads how many are asked
   */
  public record Sizes(int k, int gap, int radius, int heads) {
    /** How results name them. */
    public String title() {
      return "k " + k + ", gap " + gap + ", radius " + radius + ", heads " + heads;
    }

    InContextRetriever retriever(InContextRetriever own) {
      return own.withK(k).withGap(gap).withRadius(radius);
    }
  }

  /** Windows of 16 and 32 tokens, 5 and 10 positions, 5 and 10 heads; the gap half a window. */
  public static final List<Sizes> CANDIDATES =
      List.of(
          new Sizes(5, 8, 8, 5),
          new Sizes(10, 8, 8, 5),
          new Sizes(5, 8, 16, 5),
          new Sizes(10, 8, 16, 5),
          new Sizes(5, 8, 8, 10),
          new Sizes(10, 8, 8, 10),
          new Sizes(5, 8, 16, 10),
          new Sizes(10, 8, 16, 10));

  public RagSizing {
    candidates = List.copyOf(candidates);
    if (candidates.isEmpty() || trials.evaluated() < 1 || !(mostSeen > 0 && mostSeen <= 1)) {
      throw Section.EXPERIMENT_OPTIONS.wrong(
          String.format(
              "sizes are chosen from 1 candidate or more, on 1 trial or more, by a share of the"
                  + " context above 0 and up to 1; got %d, %d, %s",
              candidates.size(), trials.evaluated(), mostSeen));
    }
  }

  /** {@link #CANDIDATES}, of which at most a quarter of the context is shown. */
  public static RagSizing of(Trials trials) {
    return new RagSizing(trials, CANDIDATES, .25);
  }

  Map<String, Object> options() {
    Map<String, Object> map = new LinkedHashMap<>();
    map.put("trials", trials.options());
    map.put("candidates", candidates.stream().map(Sizes::title).toList());
    map.put("mostSeen", mostSeen);
    return map;
  }

  /**
   * What was chosen.
   *
   * @param threshold of RIND
   * @param sizes of the retrieval
   */
  public record Chosen(double threshold, Sizes sizes) {
    DynamicRag loop(DynamicRag own) {
      return own.withRind(own.rind().withThreshold(threshold))
          .withRetriever(sizes.retriever(own.retriever()));
    }
  }

  /** The threshold that sentences give, by the greatest RIND of each. */
  static double threshold(List<RagLine.Watched> lines) {
    List<Double> greatest = lines.stream().flatMap(l -> l.greatestRind().stream()).toList();
    for (int exponent = -6; exponent < 6; exponent++) {
      for (int digit : List.of(1, 2, 5)) {
        double threshold = Double.parseDouble(digit + "e" + exponent);
        long over = greatest.stream().filter(r -> r > threshold).count();
        if (over <= OVER * greatest.size()) {
          return threshold;
        }
      }
    }
    return Double.POSITIVE_INFINITY;
  }

  private record Result(Sizes sizes, double metric, double seen) {}

  private List<Result> results(List<RagLine.Sized> lines) {
    List<Result> results = new ArrayList<>();
    for (int i = 0; i < candidates.size(); i++) {
      int at = i;
      List<RagLine.Row> rows = lines.stream().map(l -> l.rows().get(at)).toList();
      results.add(
          new Result(
              candidates.get(i),
              rows.stream()
                  .mapToDouble(r -> r.metrics().get(trials.metrics().get(0)))
                  .average()
                  .orElse(Double.NaN),
              rows.stream()
                  .mapToDouble(r -> r.run().meanShareSeen())
                  .average()
                  .orElse(Double.NaN)));
    }
    return results;
  }

  /** The sizes that the lines of their stage give. */
  Sizes sizes(List<RagLine.Sized> lines) {
    List<Result> all = results(lines);
    List<Result> small = all.stream().filter(r -> r.seen() <= mostSeen).toList();
    Comparator<Result> least = Comparator.comparingDouble(Result::seen);
    // min of a stream keeps the first of equal ones
    return (small.isEmpty()
            ? all.stream().min(least)
            : small.stream()
                .min(Comparator.comparingDouble((Result r) -> -r.metric()).thenComparing(least)))
        .orElseThrow()
        .sizes();
  }

  /**
   * One row a candidate: columns k, gap, radius, heads, the task's main metric, context seen (per
   * cent), chosen.
   */
  Table table(List<RagLine.Sized> lines) {
    List<Result> all = results(lines);
    Sizes chosen = sizes(lines);
    return Table.create(
        "sizes",
        column("k", all, r -> r.sizes().k()),
        column("gap", all, r -> r.sizes().gap()),
        column("radius", all, r -> r.sizes().radius()),
        column("heads", all, r -> r.sizes().heads()),
        DoubleColumn.create(
            trials.metrics().get(0).title(), all.stream().mapToDouble(Result::metric).toArray()),
        DoubleColumn.create(
            "context seen", all.stream().mapToDouble(r -> 100 * r.seen()).toArray()),
        BooleanColumn.create("chosen", all.stream().map(r -> r.sizes().equals(chosen)).toList()));
  }

  private static IntColumn column(String name, List<Result> all, ToIntFunction<Result> value) {
    return IntColumn.create(name, all.stream().mapToInt(value).toArray());
  }

  @Override
  public String toString() {
    return "RagSizing[" + candidates.size() + " candidates, " + trials + "]";
  }
}

package headscope.experiment;

import headscope.failure.Section;
import headscope.score.Estimate;
import headscope.trace.Capture;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;
import tech.tablesaw.api.DoubleColumn;
import tech.tablesaw.api.IntColumn;
import tech.tablesaw.api.StringColumn;
import tech.tablesaw.api.Table;

/**
 * What {@link ReadingsExperiment} found, and the reading of Eq. 2 that follows from it by rule. The
 * local window is the largest that is at most a tenth of the mean context, else the smallest; the
 * sink is {@link headscope.trace.Capture#SINK}; the threshold is the lowest at which at most one
 * head in twenty retrieves at a step of an answer, else the highest: retrieval heads are few.
 *
 * @param experiment what was asked for
 * @param lines a line a question; those of a run that is not finished will do
 */
public record ReadingsResult(ReadingsExperiment experiment, List<ReadingsLine> lines) {
  /** The share of a model's heads that retrieve at a step, at most. */
  public static final double FEW = .05;

  /** The share of the context that the local window takes, at most. */
  public static final double LOCAL = .1;

  private static final int SINK = Capture.SINK;

  public ReadingsResult {
    lines = List.copyOf(lines);
  }

  private double heads() {
    return lines.isEmpty() ? Double.NaN : lines.get(0).modelHeads();
  }

  /** The local window that the rule gives. */
  public int local() {
    double context = lines.stream().mapToInt(l -> l.facts().length()).average().orElse(0);
    List<Integer> all = experiment.locals();
    return all.stream().filter(n -> n <= LOCAL * context).reduce((a, b) -> b).orElse(all.get(0));
  }

  /** The threshold that the rule gives. */
  public double threshold() {
    List<Double> all = experiment.thresholds();
    return all.stream()
        .filter(t -> headsPerStep(lines, SINK, local(), t).value() <= FEW * heads())
        .findFirst()
        .orElse(all.get(all.size() - 1));
  }

  /** How heads are read from then on. */
  public Protocol chosen() {
    if (!experiment.sinks().contains(SINK)) {
      throw Section.EXPERIMENT_OPTIONS.wrong(
          "the reading is chosen with a sink of " + SINK + ", compared were " + experiment.sinks());
    }
    return Protocol.reasoning().withWindows(SINK, local()).withThreshold(threshold());
  }

  private static List<ReadingsLine.Reading> readings(
      List<ReadingsLine> some, int sink, int local, double threshold) {
    return some.stream()
        .flatMap(l -> l.readings().stream())
        .filter(r -> r.sink() == sink && r.local() == local && r.threshold() == threshold)
        .toList();
  }

  private Estimate headsPerStep(List<ReadingsLine> some, int sink, int local, double threshold) {
    List<ReadingsLine.Reading> all = readings(some, sink, local, threshold);
    return ratio(
        all.stream().mapToDouble(ReadingsLine.Reading::heads).toArray(),
        all.stream().mapToDouble(ReadingsLine.Reading::steps).toArray());
  }

  private Estimate ratio(double[] sums, double[] counts) {
    int n = (int) Arrays.stream(counts).sum();
    return Estimate.ratio(
        sums, counts, Estimate.RESAMPLES, Estimate.LEVEL, experiment.trials().seed(), n);
  }

  /** Tercile bounds of the contexts: questions in three parts of about equal number. */
  private List<List<ReadingsLine>> byLength() {
    List<ReadingsLine> sorted = new ArrayList<>(lines);
    sorted.sort(Comparator.comparingInt(l -> l.facts().length()));
    return IntStream.range(0, 3)
        .mapToObj(i -> sorted.subList(i * sorted.size() / 3, (i + 1) * sorted.size() / 3))
        .filter(some -> !some.isEmpty())
        .map(some -> List.copyOf(some))
        .toList();
  }

  /**
   * One row a reading and third of the questions by length of context, with 95 % bootstrap
   * intervals over questions.
   *
   * @return columns context (tokens, mean), sink, local, threshold, n (questions), heads a step
   *     with low and high, share of heads (per cent), adjacent Jaccard, chosen: 1 where it is the
   *     reading of the rule
   */
  public Table toTable() {
    Table table =
        Table.create(
            "readings of Eq. 2",
            DoubleColumn.create("context"),
            IntColumn.create("sink"),
            IntColumn.create("local"),
            DoubleColumn.create("threshold"),
            IntColumn.create("n"),
            DoubleColumn.create("heads a step"),
            DoubleColumn.create("heads a step low"),
            DoubleColumn.create("heads a step high"),
            DoubleColumn.create("share of heads"),
            DoubleColumn.create("adjacent Jaccard"),
            StringColumn.create("chosen"));
    for (List<ReadingsLine> some : byLength()) {
      double context = some.stream().mapToInt(l -> l.facts().length()).average().orElse(0);
      for (int sink : experiment.sinks()) {
        for (int local : experiment.locals()) {
          for (double threshold : experiment.thresholds()) {
            Estimate e = headsPerStep(some, sink, local, threshold);
            List<ReadingsLine.Reading> all = readings(some, sink, local, threshold);
            int pairs = all.stream().mapToInt(ReadingsLine.Reading::pairs).sum();
            double jaccard = all.stream().mapToDouble(ReadingsLine.Reading::jaccard).sum();
            table.doubleColumn("context").append(context);
            table.intColumn("sink").append(sink);
            table.intColumn("local").append(local);
            table.doubleColumn("threshold").append(threshold);
            table.intColumn("n").append(some.size());
            table.doubleColumn("heads a step").append(e.value());
            table.doubleColumn("heads a step low").append(e.low());
            table.doubleColumn("heads a step high").append(e.high());
            table.doubleColumn("share of heads").append(100 * e.value() / heads());
            table
                .doubleColumn("adjacent Jaccard")
                .append(pairs == 0 ? Double.NaN : jaccard / pairs);
            boolean chosen = sink == SINK && local == local() && threshold == threshold();
            table.stringColumn("chosen").append(chosen ? "chosen" : "");
          }
        }
      }
    }
    return table;
  }

  @Override
  public String toString() {
    return "ReadingsResult["
        + lines.size()
        + " questions, chosen local "
        + local()
        + ", threshold "
        + threshold()
        + "]";
  }
}

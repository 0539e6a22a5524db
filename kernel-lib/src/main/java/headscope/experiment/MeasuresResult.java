package headscope.experiment;

import headscope.claim.Claim;
import headscope.claim.Finding;
import headscope.draw.Draws;
import headscope.failure.Section;
import headscope.head.HeadId;
import headscope.head.HeadSet;
import headscope.score.AttributionScore;
import headscope.score.CopyPasteScore;
import headscope.score.Estimate;
import headscope.score.Score;
import headscope.score.ScoreMatrix;
import headscope.trace.Trace;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.apache.commons.math3.stat.correlation.PearsonsCorrelation;
import org.apache.commons.math3.stat.ranking.NaturalRanking;
import tech.tablesaw.api.DoubleColumn;
import tech.tablesaw.api.StringColumn;
import tech.tablesaw.api.Table;

/**
 * What {@link MeasuresExperiment} found, over its right samples.
 *
 * @param experiment what was asked for
 * @param lines of all trials
 * @param traces theirs
 */
public record MeasuresResult(
    MeasuresExperiment experiment, List<MeasuresLine> lines, List<Trace> traces) {
  /** Resamples of the intervals, as verdicts take them. */
  private static final int RESAMPLES = 10_000;

  /** Draws of the null. */
  private static final int DRAWS = 200;

  /**
   * How far two measures agree.
   *
   * @param claim W1 to W6
   * @param spearman over heads, with its interval over samples
   * @param byChance with heads permuted within their layers: mean, 2.5 and 97.5 %
   */
  public record Agreement(Claim claim, Estimate spearman, Estimate byChance) {}

  public MeasuresResult {
    lines = List.copyOf(lines);
    traces = List.copyOf(traces);
  }

  /** The samples that were answered right: those that are measured. */
  public List<MeasuresLine.Measures> right() {
    return lines.stream().flatMap(l -> l.measures().stream()).toList();
  }

  /**
   * A measure of every head, its mean over right samples: [layers * heads].
   *
   * @param measure one of {@link Claim#MEASURES}
   */
  public double[] measure(String measure) {
    int place = Claim.MEASURES.indexOf(measure);
    if (place < 0) {
      throw Section.EXPERIMENT_OPTIONS.wrong(
          "a measure is one of " + Claim.MEASURES + ", got \"" + measure + "\"");
    }
    double[][][] samples = samples();
    return means(samples, IntStream.range(0, samples.length).toArray())[place];
  }

  /** The heads of greatest mean, the greatest first; of equal ones the lower. */
  public List<HeadId> ranking(String measure) {
    return HeadSet.ranking(measure(measure), headsPerLayer());
  }

  private int headsPerLayer() {
    return right().get(0).headsPerLayer();
  }

  /** [samples][measures][heads]. */
  private double[][][] samples() {
    double[][][] samples =
        right().stream().map(MeasuresLine.Measures::all).toArray(double[][][]::new);
    if (samples.length == 0) {
      throw Section.EXPERIMENT_OPTIONS.failed(
          "none of "
              + lines.size()
              + " samples was answered right, so no head is measured; take more samples, shorter"
              + " contexts or another needle");
    }
    return samples;
  }

  /** [measures][heads]. */
  private static double[][] means(double[][][] samples, int[] chosen) {
    double[][] means = new double[samples[0].length][samples[0][0].length];
    for (int i : chosen) {
      for (int m = 0; m < means.length; m++) {
        for (int h = 0; h < means[m].length; h++) {
          means[m][h] += samples[i][m][h] / chosen.length;
        }
      }
    }
    return means;
  }

  /**
   * One row a head: columns {@code head}, {@code look}, {@code write}, {@code need}, {@code carry}.
   */
  public Table toTable() {
    double[][][] samples = samples();
    double[][] means = means(samples, IntStream.range(0, samples.length).toArray());
    int headsPerLayer = headsPerLayer();
    Table table =
        Table.create(
            "measures",
            StringColumn.create(
                "head",
                IntStream.range(0, means[0].length)
                    .mapToObj(h -> HeadId.ofIndex(h, headsPerLayer).toString())
                    .toList()));
    for (int m = 0; m < means.length; m++) {
      table.addColumns(DoubleColumn.create(Claim.MEASURES.get(m), means[m]));
    }
    return table;
  }

  /** Agreement of every pair of measures by rank, W1 to W6; seeded by the trials. */
  public List<Agreement> agreements() {
    double[][][] samples = samples();
    int n = samples.length;
    int layer = headsPerLayer();
    long seed = experiment.trials().seed();
    double[][] ranks = ranks(means(samples, IntStream.range(0, n).toArray()));
    int pairs = Claim.MEASURES.size() * (Claim.MEASURES.size() - 1) / 2;
    double[][] resampled = new double[pairs][RESAMPLES];
    Draws draws = new Draws(seed);
    for (int r = 0; r < RESAMPLES; r++) {
      int[] chosen = IntStream.range(0, n).map(i -> draws.below(n)).toArray();
      put(correlations(ranks(means(samples, chosen))), resampled, r);
    }
    double[][] byChance = new double[pairs][DRAWS];
    Draws permuting = new Draws(~seed);
    for (int d = 0; d < DRAWS; d++) {
      double[][] permuted = new double[ranks.length][];
      for (int m = 0; m < ranks.length; m++) {
        permuted[m] = withinLayers(ranks[m], layer, permuting);
      }
      put(correlations(permuted, ranks), byChance, d);
    }
    double[] found = correlations(ranks);
    List<Agreement> all = new ArrayList<>();
    for (int p = 0; p < pairs; p++) {
      double mean = Arrays.stream(byChance[p]).average().orElse(Double.NaN);
      all.add(
          new Agreement(
              Claim.of("W" + (p + 1)),
              Estimate.of(found[p], resampled[p], Estimate.LEVEL, n),
              Estimate.of(mean, byChance[p], Estimate.LEVEL, DRAWS)));
    }
    return all;
  }

  private static void put(double[] values, double[][] into, int at) {
    for (int p = 0; p < values.length; p++) {
      into[p][at] = values[p];
    }
  }

  private static double[][] ranks(double[][] measures) {
    return Arrays.stream(measures).map(new NaturalRanking()::rank).toArray(double[][]::new);
  }

  private static double[] correlations(double[][] ranks) {
    return correlations(ranks, ranks);
  }

  /** Of measure i of the first and measure j of the second, i below j, in the order of W1 to W6. */
  private static double[] correlations(double[][] first, double[][] second) {
    List<Double> all = new ArrayList<>();
    for (int i = 0; i < first.length; i++) {
      for (int j = i + 1; j < second.length; j++) {
        all.add(new PearsonsCorrelation().correlation(first[i], second[j]));
      }
    }
    return all.stream().mapToDouble(x -> x).toArray();
  }

  private static double[] withinLayers(double[] ranks, int layer, Draws draws) {
    double[] permuted = new double[ranks.length];
    for (int from = 0; from < ranks.length; from += layer) {
      List<Double> heads = new ArrayList<>();
      for (int h = from; h < from + layer; h++) {
        heads.add(ranks[h]);
      }
      draws.shuffle(heads);
      for (int h = 0; h < layer; h++) {
        permuted[from + h] = heads.get(h);
      }
    }
    return permuted;
  }

  /**
   * One row a pair: columns {@code claim}, {@code pair}, {@code Spearman}, {@code low}, {@code
   * high}, {@code by chance}, {@code chance 97.5 %}.
   */
  public Table agreement() {
    List<Agreement> all = agreements();
    return Table.create(
        "agreement",
        StringColumn.create("claim", all.stream().map(a -> a.claim().id()).toList()),
        StringColumn.create(
            "pair",
            IntStream.range(0, Claim.MEASURES.size())
                .boxed()
                .flatMap(
                    i ->
                        Claim.MEASURES.subList(i + 1, Claim.MEASURES.size()).stream()
                            .map(second -> Claim.MEASURES.get(i) + ", " + second))
                .toList()),
        column("Spearman", all, a -> a.spearman().value()),
        column("low", all, a -> a.spearman().low()),
        column("high", all, a -> a.spearman().high()),
        column("by chance", all, a -> a.byChance().value()),
        column("chance 97.5 %", all, a -> a.byChance().high()));
  }

  private static DoubleColumn column(
      String name, List<Agreement> all, java.util.function.ToDoubleFunction<Agreement> value) {
    return DoubleColumn.create(name, all.stream().mapToDouble(value).toArray());
  }

  /** W1 to W6 as findings for the verdict table. */
  public List<Finding> findings(String model, String setting) {
    int n = right().size();
    return agreements().stream()
        .map(a -> a.claim().found(model, setting, a.spearman(), a.byChance().high(), n))
        .toList();
  }

  /**
   * Dynamic sets by looking (Eq. 1) and by writing (attribution), over the answer spans of right
   * samples: columns {@code by}, {@code mean size}, {@code adjacent Jaccard}, {@code Jaccard with
   * looking} and, as its control, {@code layer-matched}: with as many others of the layers of the
   * heads that look. Steps of which both sets are empty are left out.
   */
  public Table sets() {
    Table table =
        Table.create(
            "sets",
            StringColumn.create("by"),
            DoubleColumn.create("mean size"),
            DoubleColumn.create("adjacent Jaccard"),
            DoubleColumn.create("Jaccard with looking"),
            DoubleColumn.create("layer-matched"));
    List<List<HeadSet>> looking = sets(CopyPasteScore.standard());
    List<List<HeadSet>> matched = matched(looking);
    for (Score by : List.of(CopyPasteScore.standard(), AttributionScore.standard())) {
      List<List<HeadSet>> sets = sets(by);
      table.stringColumn(0).append(by.name());
      table
          .doubleColumn(1)
          .append(
              sets.stream()
                  .flatMap(List::stream)
                  .mapToInt(HeadSet::size)
                  .average()
                  .orElse(Double.NaN));
      table.doubleColumn(2).append(adjacent(sets));
      table.doubleColumn(3).append(jaccard(sets, looking));
      table.doubleColumn(4).append(jaccard(sets, matched));
    }
    return table;
  }

  private List<List<HeadSet>> sets(Score score) {
    List<List<HeadSet>> all = new ArrayList<>();
    for (int i = 0; i < lines.size(); i++) {
      if (lines.get(i).correct()) {
        ScoreMatrix scores = score.matrix(traces.get(i));
        all.add(IntStream.range(0, lines.get(i).span()).mapToObj(scores::dynamicHeads).toList());
      }
    }
    return all;
  }

  private List<List<HeadSet>> matched(List<List<HeadSet>> sets) {
    Draws draws = new Draws(experiment.trials().seed());
    return sets.stream()
        .map(s -> s.stream().map(set -> set.layerMatched(headsPerLayer(), draws)).toList())
        .toList();
  }

  private static double adjacent(List<List<HeadSet>> sets) {
    return jaccard(
        sets.stream().map(s -> s.subList(0, Math.max(0, s.size() - 1))).toList(),
        sets.stream().map(s -> s.subList(Math.min(1, s.size()), s.size())).toList());
  }

  /** The mean over steps of which not both sets are empty. */
  private static double jaccard(List<List<HeadSet>> first, List<List<HeadSet>> second) {
    return IntStream.range(0, first.size())
        .boxed()
        .flatMapToDouble(
            i ->
                IntStream.range(0, first.get(i).size())
                    .mapToDouble(s -> first.get(i).get(s).jaccard(second.get(i).get(s))))
        .filter(j -> !Double.isNaN(j))
        .average()
        .orElse(Double.NaN);
  }

  @Override
  public String toString() {
    return "MeasuresResult[" + right().size() + " of " + lines.size() + " samples right]";
  }
}

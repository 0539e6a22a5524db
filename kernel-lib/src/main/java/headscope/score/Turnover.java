package headscope.score;

import headscope.draw.Draws;
import headscope.failure.Section;
import headscope.head.HeadId;
import headscope.score.StepSets.Ratio;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalInt;
import java.util.function.Function;
import java.util.function.ToDoubleFunction;
import java.util.stream.IntStream;
import tech.tablesaw.api.DoubleColumn;
import tech.tablesaw.api.IntColumn;
import tech.tablesaw.api.StringColumn;
import tech.tablesaw.api.Table;

/**
 * How the set of retrieval heads turns over from step to step, how much of it a fixed list can
 * have, and what is left of both by chance; DEFINITIONS.md, 31 and 32. Every step of every sample
 * is one observation; intervals are percentile bootstraps over samples, in which the lengths of
 * lists stay.
 *
 * <pre>
 *   Turnover turnover = Turnover.of(matrices, ranking);
 *   turnover.changeRate().value();        // 0.94
 *   turnover.least(.8).getAsInt();        // 11 heads cover .8 of a step's heads
 *   turnover.toTable();                   // the statistics beside their nulls
 *   turnover.lists();                     // coverage, Jaccard and its ceiling by length of the list
 * </pre>
 *
 * <p>NaN, missing in a table, where there is nothing to observe: no two adjacent steps with heads,
 * no step with heads.
 */
public final class Turnover {
  /** Means of fractions that are equal to a share may miss it by their rounding. */
  private static final double ROUNDING = 1e-12;

  private final List<StepSets> samples;
  private final List<HeadId> ranking;
  private final int[] rank; // of each head in the ranking, from 0; past its end where it has none
  private final Options options;
  private final int meanSize;

  /** What the sets of a sample are replaced by, so that something is left to chance. */
  public enum Null {
    /** The sets that are not empty, permuted among their places: only their order is lost. */
    ORDER,
    /** Each head at each step with its frequency in the sample: heads know nothing of others. */
    MARGINAL;

    /** What tables call it, such as {@code order}. */
    public String text() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /**
   * How intervals and nulls are drawn.
   *
   * @param resamples of the bootstrap
   * @param draws of a null
   * @param level coverage of both
   * @param seed of both
   */
  public record Options(int resamples, int draws, double level, long seed) {
    public Options {
      if (resamples < 1 || draws < 1 || !(level > 0 && level < 1)) {
        throw Section.SCORES.wrong(
            "a bootstrap has at least 1 resample, a null at least 1 draw, and a level is between 0"
                + " and 1; got "
                + resamples
                + ", "
                + draws
                + ", "
                + level);
      }
    }

    /** 10,000 resamples, 200 draws, 95 %, seed 0. */
    public static Options standard() {
      return new Options(10_000, 200, .95, 0);
    }

    /** With another number of resamples. */
    public Options withResamples(int other) {
      return new Options(other, draws, level, seed);
    }

    /** With another number of draws. */
    public Options withDraws(int other) {
      return new Options(resamples, other, level, seed);
    }

    /** With another seed. */
    public Options withSeed(long other) {
      return new Options(resamples, draws, level, other);
    }
  }

  /**
   * A statistic over all samples under one null.
   *
   * @param changeRate as {@link Turnover#changeRate}: the mean of the draws with their percentiles
   * @param adjacentJaccard as {@link Turnover#adjacentJaccard}
   * @param coverage as {@link Turnover#coverage} of as many heads as a set has on average
   * @param staticJaccard as {@link Turnover#staticJaccard} of as many
   */
  public record ByChance(
      Estimate changeRate, Estimate adjacentJaccard, Estimate coverage, Estimate staticJaccard) {}

  private Turnover(List<StepSets> samples, StaticRanking ranking, Options options) {
    this.samples = samples;
    this.options = options;
    this.ranking = ranking.heads();
    this.rank = new int[samples.get(0).heads()];
    Arrays.fill(rank, this.ranking.size());
    IntStream.range(0, this.ranking.size())
        .forEach(i -> rank[this.ranking.get(i).index(ranking.used().headsPerLayer())] = i);
    this.meanSize = meanSize(samples);
  }

  /**
   * The turnover of some samples, with the standard options.
   *
   * @param samples a matrix a generation, each with its threshold; cut to the steps that count
   * @param ranking of other samples of the same model
   * @throws IllegalArgumentException if there is no sample, or they and the ranking are of models
   *     of other shapes
   */
  public static Turnover of(List<ScoreMatrix> samples, StaticRanking ranking) {
    return of(samples, ranking, Options.standard());
  }

  /** The turnover of some samples. */
  public static Turnover of(List<ScoreMatrix> samples, StaticRanking ranking, Options options) {
    List<StepSets> sets = StepSets.of("turnover", samples);
    ScoreMatrix first = samples.get(0);
    if (ranking.used().layers() != first.layers()
        || ranking.used().headsPerLayer() != first.headsPerLayer()) {
      throw Section.SCORES.wrong(
          "samples and ranking are of one model, got " + first + " and " + ranking);
    }
    return new Turnover(sets, ranking, options);
  }

  private static int meanSize(List<StepSets> samples) {
    long heads = 0;
    long steps = 0;
    for (StepSets s : samples) {
      for (BitSet set : s.steps()) {
        heads += set.cardinality();
        steps += set.isEmpty() ? 0 : 1;
      }
    }
    return steps == 0 ? 1 : Math.max(1, Math.toIntExact((2 * heads + steps) / (2 * steps)));
  }

  /** How many heads a set has on average: over non-empty steps, rounded half up, at least 1. */
  public int meanSize() {
    return meanSize;
  }

  /** How the intervals and nulls are drawn. */
  public Options options() {
    return options;
  }

  /** How many samples the intervals are over. */
  public int samples() {
    return samples.size();
  }

  /** Of adjacent steps, neither set empty, the share whose sets differ. */
  public Estimate changeRate() {
    return estimate(StepSets::changes);
  }

  /** Mean Jaccard index of adjacent sets; two empty ones are left out. */
  public Estimate adjacentJaccard() {
    return estimate(StepSets::adjacentJaccard);
  }

  /**
   * One less {@link #adjacentJaccard}: the share of two adjacent steps' heads that is not both's.
   */
  public Estimate adjacentDistance() {
    return estimate(
        s -> {
          Ratio r = s.adjacentJaccard();
          return new Ratio(r.count() - r.sum(), r.count());
        });
  }

  /**
   * How much of a step's heads the first n of the ranking are: the mean over non-empty steps of |D
   * ∩ list| / |D|.
   *
   * @param n 0 or more; the whole ranking where there are fewer
   */
  public Estimate coverage(int n) {
    int list = listOf(n);
    return estimate(s -> coverage(s, list));
  }

  /** The share of non-empty steps whose heads are all among the first n of the ranking. */
  public Estimate inside(int n) {
    int list = listOf(n);
    return estimate(s -> inside(s, list));
  }

  /**
   * Mean Jaccard index of a step's heads with the first n of the ranking; an empty step counts 0.
   */
  public Estimate staticJaccard(int n) {
    int list = listOf(n);
    return estimate(s -> staticJaccard(s, list));
  }

  /**
   * What {@link #staticJaccard} cannot pass, whatever the list's heads: the mean over steps of min
   * / max of the two sizes.
   */
  public Estimate ceiling(int n) {
    int list = listOf(n);
    return estimate(s -> ceiling(s, list));
  }

  /** {@link #staticJaccard} over its {@link #ceiling}. */
  public Estimate ofCeiling(int n) {
    int list = listOf(n);
    return estimate(
        s -> new Ratio(staticJaccard(s, list).sum(), ceiling(s, list).sum()),
        samples.stream().mapToInt(s -> s.steps().size()).sum());
  }

  /**
   * The least number of the ranking's first heads whose {@link #coverage} reaches a share; empty
   * where the whole ranking does not.
   */
  public OptionalInt least(double share) {
    return IntStream.rangeClosed(0, ranking.size())
        .filter(n -> value(samples, s -> coverage(s, n)) >= share - ROUNDING)
        .findFirst();
  }

  /**
   * The statistics by chance. The stream of numbers is {@link Draws} of the seed: draw by draw,
   * sample by sample. {@link Null#ORDER} shuffles the non-empty sets of a sample ({@link
   * Draws#shuffle}); {@link Null#MARGINAL} takes one {@link Draws#share} a step and head that is
   * ever on, step by step, heads in layer, head order: on where it is below the frequency.
   */
  public ByChance byChance(Null kind) {
    double[][] drawn = new double[4][options.draws()];
    Draws draws = new Draws(options.seed());
    int meanList = listOf(meanSize);
    for (int i = 0; i < options.draws(); i++) {
      List<StepSets> some = new ArrayList<>();
      for (StepSets s : samples) {
        some.add(kind == Null.ORDER ? s.reordered(draws) : s.independent(draws));
      }
      drawn[0][i] = value(some, StepSets::changes);
      drawn[1][i] = value(some, StepSets::adjacentJaccard);
      drawn[2][i] = value(some, s -> coverage(s, meanList));
      drawn[3][i] = value(some, s -> staticJaccard(s, meanList));
    }
    Estimate[] e =
        Arrays.stream(drawn)
            .map(
                d ->
                    Estimate.of(
                        Arrays.stream(d).filter(v -> !Double.isNaN(v)).average().orElse(Double.NaN),
                        d,
                        options.level(),
                        options.draws()))
            .toArray(Estimate[]::new);
    return new ByChance(e[0], e[1], e[2], e[3]);
  }

  /**
   * One row a statistic: columns {@code statistic}, {@code value}, {@code low}, {@code high},
   * {@code samples} (those the interval is over), {@code observations}, then of either null its
   * mean and percentiles: {@code order}, {@code order low}, {@code order high}, {@code marginal}, …
   * Where a null says nothing of a statistic they are missing.
   */
  public Table toTable() {
    Map<Null, ByChance> nulls = new EnumMap<>(Null.class);
    for (Null kind : Null.values()) {
      nulls.put(kind, byChance(kind));
    }
    Table table =
        Table.create(
            "turnover",
            StringColumn.create("statistic"),
            DoubleColumn.create("value"),
            DoubleColumn.create("low"),
            DoubleColumn.create("high"),
            IntColumn.create("samples"),
            IntColumn.create("observations"));
    for (Null kind : Null.values()) {
      table.addColumns(
          DoubleColumn.create(kind.text()),
          DoubleColumn.create(kind.text() + " low"),
          DoubleColumn.create(kind.text() + " high"));
    }
    String first = "first " + meanSize;
    append(table, "set-change rate", changeRate(), nulls, ByChance::changeRate);
    append(table, "adjacent Jaccard", adjacentJaccard(), nulls, ByChance::adjacentJaccard);
    append(table, "coverage by the " + first, coverage(meanSize), nulls, ByChance::coverage);
    append(table, "steps inside the " + first, inside(meanSize), Map.of(), ByChance::coverage);
    append(
        table,
        "Jaccard with the " + first,
        staticJaccard(meanSize),
        nulls,
        ByChance::staticJaccard);
    append(table, "ceiling of that", ceiling(meanSize), Map.of(), ByChance::coverage);
    append(table, "Jaccard / ceiling", ofCeiling(meanSize), Map.of(), ByChance::coverage);
    return table;
  }

  private void append(
      Table table,
      String statistic,
      Estimate e,
      Map<Null, ByChance> nulls,
      Function<ByChance, Estimate> which) {
    table.stringColumn("statistic").append(statistic);
    table.doubleColumn("value").append(e.value());
    table.doubleColumn("low").append(e.low());
    table.doubleColumn("high").append(e.high());
    table.intColumn("samples").append(samples.size());
    table.intColumn("observations").append(e.n());
    for (Null kind : Null.values()) {
      double[] three = {Double.NaN, Double.NaN, Double.NaN};
      if (nulls.containsKey(kind)) {
        Estimate chance = which.apply(nulls.get(kind));
        three = new double[] {chance.value(), chance.low(), chance.high()};
      }
      table.doubleColumn(kind.text()).append(three[0]);
      table.doubleColumn(kind.text() + " low").append(three[1]);
      table.doubleColumn(kind.text() + " high").append(three[2]);
    }
  }

  /**
   * What a fixed list can have, by its length: one row for the first 1, 2, … heads of the ranking,
   * columns {@code heads}, {@code head} (the one that is added), {@code coverage}, {@code steps
   * inside}, {@code Jaccard}, {@code ceiling}, {@code Jaccard / ceiling}.
   */
  public Table lists() {
    Table table =
        Table.create(
            "fixed lists by their length",
            IntColumn.create("heads"),
            StringColumn.create("head"),
            DoubleColumn.create("coverage"),
            DoubleColumn.create("steps inside"),
            DoubleColumn.create("Jaccard"),
            DoubleColumn.create("ceiling"),
            DoubleColumn.create("Jaccard / ceiling"));
    for (int n = 1; n <= ranking.size(); n++) {
      int list = n;
      double jaccard = value(samples, s -> staticJaccard(s, list));
      double ceiling = value(samples, s -> ceiling(s, list));
      table.intColumn("heads").append(n);
      table.stringColumn("head").append(ranking.get(n - 1).toString());
      table.doubleColumn("coverage").append(value(samples, s -> coverage(s, list)));
      table.doubleColumn("steps inside").append(value(samples, s -> inside(s, list)));
      table.doubleColumn("Jaccard").append(jaccard);
      table.doubleColumn("ceiling").append(ceiling);
      table.doubleColumn("Jaccard / ceiling").append(ceiling == 0 ? Double.NaN : jaccard / ceiling);
    }
    return table;
  }

  private int listOf(int n) {
    if (n < 0) {
      throw Section.SCORES.wrong("a list has 0 heads of the ranking or more, got " + n);
    }
    return Math.min(n, ranking.size());
  }

  private int inList(BitSet set, int n) {
    return (int) set.stream().filter(h -> rank[h] < n).count();
  }

  private Ratio coverage(StepSets s, int n) {
    return overSteps(s, false, set -> (double) inList(set, n) / set.cardinality());
  }

  private Ratio inside(StepSets s, int n) {
    return overSteps(s, false, set -> inList(set, n) == set.cardinality() ? 1 : 0);
  }

  private Ratio staticJaccard(StepSets s, int n) {
    return overSteps(
        s,
        true,
        set -> {
          int common = inList(set, n);
          return (double) common / (set.cardinality() + n - common);
        });
  }

  private static Ratio ceiling(StepSets s, int n) {
    return overSteps(
        s, true, set -> (double) Math.min(set.cardinality(), n) / Math.max(set.cardinality(), n));
  }

  /** The sum over non-empty steps; over how many, or over how many with the empty ones. */
  private static Ratio overSteps(StepSets s, boolean emptyOnes, ToDoubleFunction<BitSet> of) {
    double sum = 0;
    int count = 0;
    for (BitSet set : s.steps()) {
      if (!set.isEmpty()) {
        sum += of.applyAsDouble(set);
      }
      count += emptyOnes || !set.isEmpty() ? 1 : 0;
    }
    return new Ratio(sum, count);
  }

  private static double value(List<StepSets> some, Function<StepSets, Ratio> of) {
    double sum = 0;
    double count = 0;
    for (StepSets s : some) {
      Ratio r = of.apply(s);
      sum += r.sum();
      count += r.count();
    }
    return count == 0 ? Double.NaN : sum / count;
  }

  private Estimate estimate(Function<StepSets, Ratio> of) {
    return estimate(of, -1);
  }

  private Estimate estimate(Function<StepSets, Ratio> of, int observations) {
    List<Ratio> each = samples.stream().map(of).toList();
    double[] sums = each.stream().mapToDouble(Ratio::sum).toArray();
    double[] counts = each.stream().mapToDouble(Ratio::count).toArray();
    int n = observations < 0 ? (int) Arrays.stream(counts).sum() : observations;
    return Estimate.ratio(sums, counts, options.resamples(), options.level(), options.seed(), n);
  }

  @Override
  public String toString() {
    return "Turnover["
        + samples.size()
        + " samples, "
        + ranking.size()
        + " heads ranked, "
        + options
        + "]";
  }
}

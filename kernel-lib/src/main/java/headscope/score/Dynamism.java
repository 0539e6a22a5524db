package headscope.score;

import headscope.draw.Draws;
import headscope.failure.Section;
import headscope.head.HeadSet;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.function.ToDoubleFunction;
import tech.tablesaw.api.DoubleColumn;
import tech.tablesaw.api.IntColumn;
import tech.tablesaw.api.StringColumn;
import tech.tablesaw.api.Table;

/**
 * How much the retrieval heads change from step to step: Table 1. Every step of every sample is one
 * observation; intervals are percentile bootstraps over samples, each resample with its statistic
 * computed anew.
 *
 * <pre>
 *   Dynamism d = Dynamism.of(matrices, ranking.top(20));
 *   d.adjacentJaccard().value();     // 0.7129...
 *   d.toTable();                     // statistic, value, low, high, samples, observations
 * </pre>
 *
 * @param headsPerStep mean number of dynamic heads a step
 * @param distinctHeads heads that were dynamic at any step of any sample; without an interval,
 *     since a resample misses samples and its heads: {@link Rarefaction} says how they grow with
 *     samples
 * @param staticJaccard mean Jaccard index of a step's dynamic heads with the static heads
 * @param adjacentJaccard mean Jaccard index of the dynamic heads of adjacent steps of a sample
 * @param entropy of head use, in nats: -Σ p ln p, where p is the share of a head in all activations
 * @param emptySteps share of steps without a dynamic head
 * @param samples that the intervals are over
 * @param options how they were computed
 */
public record Dynamism(
    Estimate headsPerStep,
    Estimate distinctHeads,
    Estimate staticJaccard,
    Estimate adjacentJaccard,
    Estimate entropy,
    Estimate emptySteps,
    int samples,
    Options options) {

  /** What a Jaccard index counts where no head was dynamic. */
  public enum EmptySteps {
    /** With the static heads 0; of two empty steps the pair is left out. */
    STANDARD,
    /** Left out of both means. */
    LEFT_OUT,
    /** 0 in both means. */
    ZERO,
    /** 1 where both sets are empty: an empty step with a non-empty list stays 0. */
    ONE
  }

  /**
   * How the statistics are computed.
   *
   * @param emptySteps what a Jaccard index counts where no head was dynamic
   * @param resamples bootstrap resamples
   * @param level coverage of the intervals
   * @param seed of the resamples
   */
  public record Options(EmptySteps emptySteps, int resamples, double level, long seed) {
    public Options {
      if (resamples < 1 || !(level > 0 && level < 1)) {
        throw Section.SCORES.wrong(
            "a bootstrap has at least 1 resample and a level between 0 and 1, got "
                + resamples
                + " resamples, level "
                + level);
      }
    }

    /** Empty steps as Table 1 counts them, 2,000 resamples, 95 %, seed 0. */
    public static Options standard() {
      return new Options(EmptySteps.STANDARD, Estimate.RESAMPLES, Estimate.LEVEL, 0);
    }

    /** With another reading of empty steps. */
    public Options withEmptySteps(EmptySteps other) {
      return new Options(other, resamples, level, seed);
    }

    /** With another number of resamples. */
    public Options withResamples(int other) {
      return new Options(emptySteps, other, level, seed);
    }

    /** With another coverage. */
    public Options withLevel(double other) {
      return new Options(emptySteps, resamples, other, seed);
    }

    /** With another seed. */
    public Options withSeed(long other) {
      return new Options(emptySteps, resamples, level, other);
    }
  }

  /**
   * One way to read the same generations, such as value match and position match.
   *
   * @param name what the table calls it
   * @param samples a matrix a generation
   * @param ranking the static ranking under this reading
   */
  public record Reading(String name, List<ScoreMatrix> samples, StaticRanking ranking) {
    public Reading {
      samples = List.copyOf(samples);
    }
  }

  /**
   * The statistics of Table 1 with the standard options.
   *
   * @param samples a matrix a generation, each with its threshold
   * @param staticHeads the static heads, {@link StaticRanking#top}
   * @throws IllegalArgumentException if there is no sample, or they are of models of other shapes
   */
  public static Dynamism of(List<ScoreMatrix> samples, HeadSet staticHeads) {
    return of(samples, staticHeads, Options.standard());
  }

  /** The statistics of Table 1. */
  public static Dynamism of(List<ScoreMatrix> samples, HeadSet staticHeads, Options options) {
    List<Counts> counts = counts(samples, staticHeads);
    Counts all = Counts.sum(counts);
    EmptySteps empty = options.emptySteps();
    Bootstrap bootstrap = new Bootstrap(counts, options);
    return new Dynamism(
        bootstrap.estimate(Counts::headsPerStep, all.steps),
        new Estimate(all.distinctHeads(), Double.NaN, Double.NaN, all.steps),
        bootstrap.estimate(c -> c.staticJaccard(empty), all.staticPairs(empty)),
        bootstrap.estimate(c -> c.adjacentJaccard(empty), all.adjacentPairs(empty)),
        bootstrap.estimate(Counts::entropy, all.activations()),
        bootstrap.estimate(Counts::emptyShare, all.steps),
        samples.size(),
        options);
  }

  /**
   * How far the figures of Table 1 depend on what the paper leaves open: one row per reading,
   * threshold, number of static heads and convention for empty steps, without intervals.
   *
   * @param readings such as value match and position match
   * @param thresholds a head with more than this retrieves; one between 0 and 1 for binary scores
   * @param sizes numbers of static heads
   * @return columns reading, threshold, static heads, empty steps, heads a step, static Jaccard,
   *     adjacent Jaccard, entropy, share of empty steps
   */
  public static Table sensitivity(
      List<Reading> readings, List<Double> thresholds, List<Integer> sizes) {
    Table table =
        Table.create(
            "sensitivity of Table 1",
            StringColumn.create("reading"),
            DoubleColumn.create("threshold"),
            IntColumn.create("static heads"),
            StringColumn.create("empty steps"),
            DoubleColumn.create("heads a step"),
            DoubleColumn.create("static Jaccard"),
            DoubleColumn.create("adjacent Jaccard"),
            DoubleColumn.create("entropy"),
            DoubleColumn.create("share of empty steps"));
    for (Reading reading : readings) {
      for (double threshold : thresholds) {
        List<ScoreMatrix> samples =
            reading.samples().stream().map(s -> s.withThreshold(threshold)).toList();
        for (int size : sizes) {
          Counts all = Counts.sum(counts(samples, reading.ranking().top(size)));
          for (EmptySteps empty : EmptySteps.values()) {
            table.stringColumn("reading").append(reading.name());
            table.doubleColumn("threshold").append(threshold);
            table.intColumn("static heads").append(size);
            table
                .stringColumn("empty steps")
                .append(empty.name().toLowerCase(Locale.ROOT).replace('_', ' '));
            table.doubleColumn("heads a step").append(all.headsPerStep());
            table.doubleColumn("static Jaccard").append(all.staticJaccard(empty));
            table.doubleColumn("adjacent Jaccard").append(all.adjacentJaccard(empty));
            table.doubleColumn("entropy").append(all.entropy());
            table.doubleColumn("share of empty steps").append(all.emptyShare());
          }
        }
      }
    }
    return table;
  }

  /**
   * One row a statistic: columns {@code statistic, value, low, high}, {@code samples} (those the
   * interval is over), {@code observations} (what the value is made of: steps, pairs of them or
   * activations).
   */
  public Table toTable() {
    Table table =
        Table.create(
            "Table 1",
            StringColumn.create("statistic"),
            DoubleColumn.create("value"),
            DoubleColumn.create("low"),
            DoubleColumn.create("high"),
            IntColumn.create("samples"),
            IntColumn.create("observations"));
    append(table, "heads a step", headsPerStep);
    append(table, "distinct heads", distinctHeads);
    append(table, "static Jaccard", staticJaccard);
    append(table, "adjacent Jaccard", adjacentJaccard);
    append(table, "entropy", entropy);
    append(table, "share of empty steps", emptySteps);
    return table;
  }

  private void append(Table table, String statistic, Estimate e) {
    table.stringColumn("statistic").append(statistic);
    table.doubleColumn("value").append(e.value());
    table.doubleColumn("low").append(e.low());
    table.doubleColumn("high").append(e.high());
    table.intColumn("samples").append(samples);
    table.intColumn("observations").append(e.n());
  }

  private static List<Counts> counts(List<ScoreMatrix> samples, HeadSet staticHeads) {
    if (samples.isEmpty()) {
      throw Section.SCORES.wrong("Table 1 needs at least one sample, got none");
    }
    ScoreMatrix first = samples.get(0);
    staticHeads.checkWithin(first.layers(), first.headsPerLayer());
    List<Counts> counts = new ArrayList<>();
    for (ScoreMatrix s : samples) {
      if (s.layers() != first.layers() || s.headsPerLayer() != first.headsPerLayer()) {
        throw Section.SCORES.wrong(
            "samples are of one model, got " + first + " and " + s + " of another shape");
      }
      counts.add(Counts.of(s, staticHeads));
    }
    return counts;
  }

  /** All that the statistics need to know of some samples: it adds up. */
  private static final class Counts {
    private int steps;
    private int empty;
    private double overStatic; // sum of the Jaccard indexes of the steps that are not empty
    private int pairs;
    private int emptyPairs;
    private double overPairs; // sum of the Jaccard indexes of the pairs that are not empty
    private final int[] uses; // steps at which a head was dynamic, [heads]
    private final boolean emptyList; // whether there are no static heads

    Counts(int heads, boolean emptyList) {
      this.uses = new int[heads];
      this.emptyList = emptyList;
    }

    static Counts of(ScoreMatrix scores, HeadSet staticHeads) {
      Counts c = new Counts(scores.layers() * scores.headsPerLayer(), staticHeads.isEmpty());
      HeadSet before = HeadSet.empty();
      for (int t = 0; t < scores.steps(); t++) {
        HeadSet now = scores.dynamicHeads(t);
        now.forEach(head -> c.uses[head.index(scores.headsPerLayer())]++);
        c.steps++;
        if (now.isEmpty()) {
          c.empty++;
        } else {
          c.overStatic += now.jaccard(staticHeads);
        }
        if (t > 0) {
          c.pairs++;
          if (now.isEmpty() && before.isEmpty()) {
            c.emptyPairs++;
          } else {
            c.overPairs += now.jaccard(before);
          }
        }
        before = now;
      }
      return c;
    }

    static Counts sum(List<Counts> some) {
      Counts sum = new Counts(some.get(0).uses.length, some.get(0).emptyList);
      some.forEach(sum::add);
      return sum;
    }

    void add(Counts other) {
      steps += other.steps;
      empty += other.empty;
      overStatic += other.overStatic;
      pairs += other.pairs;
      emptyPairs += other.emptyPairs;
      overPairs += other.overPairs;
      for (int h = 0; h < uses.length; h++) {
        uses[h] += other.uses[h];
      }
    }

    int activations() {
      return Arrays.stream(uses).sum();
    }

    double headsPerStep() {
      return (double) activations() / steps;
    }

    double distinctHeads() {
      return Arrays.stream(uses).filter(n -> n > 0).count();
    }

    double emptyShare() {
      return (double) empty / steps;
    }

    int staticPairs(EmptySteps convention) {
      return convention == EmptySteps.LEFT_OUT ? steps - empty : steps;
    }

    double staticJaccard(EmptySteps convention) {
      int ones = convention == EmptySteps.ONE && emptyList ? empty : 0;
      return (overStatic + ones) / staticPairs(convention);
    }

    int adjacentPairs(EmptySteps convention) {
      boolean counted = convention == EmptySteps.ZERO || convention == EmptySteps.ONE;
      return counted ? pairs : pairs - emptyPairs;
    }

    double adjacentJaccard(EmptySteps convention) {
      int ones = convention == EmptySteps.ONE ? emptyPairs : 0;
      return (overPairs + ones) / adjacentPairs(convention);
    }

    double entropy() {
      double all = activations();
      return all == 0
          ? Double.NaN
          : Arrays.stream(uses)
              .filter(n -> n > 0)
              .mapToDouble(n -> -n / all * Math.log(n / all))
              .sum();
    }
  }

  /** Resamples of the samples, drawn once for all statistics. */
  private static final class Bootstrap {
    private final Counts all;
    private final List<Counts> resamples = new ArrayList<>();
    private final double level;

    Bootstrap(List<Counts> samples, Options options) {
      all = Counts.sum(samples);
      level = options.level();
      Draws draws = new Draws(options.seed());
      for (int b = 0; b < options.resamples(); b++) {
        Counts sum = new Counts(all.uses.length, all.emptyList);
        for (int i = 0; i < samples.size(); i++) {
          sum.add(samples.get(draws.below(samples.size())));
        }
        resamples.add(sum);
      }
    }

    Estimate estimate(ToDoubleFunction<Counts> statistic, int n) {
      double[] values = resamples.stream().mapToDouble(statistic).toArray();
      return Estimate.of(statistic.applyAsDouble(all), values, level, n);
    }
  }
}

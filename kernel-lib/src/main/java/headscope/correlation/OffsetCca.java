package headscope.correlation;

import headscope.draw.Draws;
import headscope.failure.Section;
import headscope.matrix.Rows;
import headscope.pairs.Pairs;
import headscope.pairs.ScoredGeneration;
import headscope.pairs.SplitBy;
import headscope.score.Estimate;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CancellationException;
import java.util.stream.IntStream;
import tech.tablesaw.api.DoubleColumn;
import tech.tablesaw.api.IntColumn;
import tech.tablesaw.api.StringColumn;
import tech.tablesaw.api.Table;

/**
 * Does the hidden state at step n tell which heads retrieve at step n + k (Figs. 4 and 8)? For each
 * offset k the scores are scaled to [0, 1] a head, both sides are reduced by PCA, and canonical
 * correlations are taken of what is left.
 *
 * <pre>
 *   OffsetCca.Result r = OffsetCca.standard().of(generations);
 *   r.toTable(OffsetCca.Kind.IN_SAMPLE);      // offset, pairs, ..., first, low, high, top 10, ...
 *   r.toTable();                              // the same with held-out and shuffled pairs beside
 * </pre>
 *
 * <p>Three readings stand side by side. <em>In-sample</em>: fitted and correlated on all pairs.
 * <em>Held-out</em>: scaling, PCA and CCA fitted on {@code (int) (0.7 n)} of the permuted
 * generations, the rest correlated along these directions component by component, in fitted order.
 * <em>Shuffled</em>: the rows of the scores permuted over all pairs, so that nothing is left to
 * find and what remains is what fitting finds in noise.
 *
 * <p>Intervals of the first two are bootstraps over generations along the fitted directions: they
 * say how much the correlation depends on which generations were seen, not how much fitting
 * flatters it. That is what the other two readings are for; refitting resamples instead would
 * flatter more, since a generation that is drawn twice correlates with itself. Of the shuffled
 * pairs the value is the mean over the shuffles and the interval are their percentiles.
 *
 * <p>NaN, missing in the table: all readings of an offset with fewer than two pairs, held-out ones
 * where one side of the split has fewer than two pairs (a single generation, for instance), the
 * interval where all pairs are of one generation. Where nothing varies, such as scores that are all
 * zero, there is no component and every correlation is 0.
 *
 * <p>One class of some length: half of it is options and records of results; the three readings
 * share one fit.
 *
 * @param offsets k, in steps, 0 or more
 * @param hiddenShare of the variance of the hidden states that PCA keeps
 * @param scoreShare of the variance of the scaled scores that PCA keeps
 * @param components the most canonical components
 * @param ridge added to the variances of what PCA left, see {@link Cca#of(double[][], double[][],
 *     double)}; 0: none. With one the correlations are those along the regularised directions
 * @param splitBy what is held out
 * @param resamples of the bootstrap
 * @param shuffles of the scores, at least 1
 * @param level coverage of the intervals
 * @param seed of everything that is drawn
 */
public record OffsetCca(
    List<Integer> offsets,
    double hiddenShare,
    double scoreShare,
    int components,
    double ridge,
    SplitBy splitBy,
    int resamples,
    int shuffles,
    double level,
    long seed) {

  private static final double TRAINING = .7;

  /** Which pairs were fitted on and which correlated. */
  public enum Kind {
    /** Fitted and correlated on all pairs. */
    IN_SAMPLE,
    /** Fitted on some generations, correlated on the others. */
    HELD_OUT,
    /** Fitted and correlated on pairs that do not belong together. */
    SHUFFLED;

    /** What tables call it, such as {@code held-out}. */
    public String text() {
      return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
  }

  /**
   * One reading of one offset.
   *
   * @param kind which pairs were fitted on and which correlated
   * @param pairs the pairs that were correlated
   * @param generations that these pairs are of: what the interval is over
   * @param hiddenComponents what PCA kept of the hidden states
   * @param scoreComponents what PCA kept of the scores
   * @param components canonical components: at most as many as were asked for
   * @param first the correlation of the first component
   * @param top10 the mean of the first ten, of those there are
   * @param top50 the mean of all components, fifty unless another number was asked for
   * @param correlations of each component; of shuffled pairs the mean over the shuffles
   */
  public record Reading(
      Kind kind,
      int pairs,
      int generations,
      int hiddenComponents,
      int scoreComponents,
      int components,
      Estimate first,
      Estimate top10,
      Estimate top50,
      List<Double> correlations) {
    public Reading {
      correlations = List.copyOf(correlations);
    }
  }

  /**
   * The readings of one offset.
   *
   * @param offset k, in steps
   * @param inSample fitted and correlated on all pairs
   * @param heldOut fitted on some generations, correlated on the others
   * @param shuffled fitted and correlated on pairs that do not belong together
   */
  public record Row(int offset, Reading inSample, Reading heldOut, Reading shuffled) {
    /** The reading of a kind. */
    public Reading reading(Kind kind) {
      return switch (kind) {
        case IN_SAMPLE -> inSample;
        case HELD_OUT -> heldOut;
        case SHUFFLED -> shuffled;
      };
    }
  }

  /**
   * All offsets.
   *
   * @param rows one an offset, in the order that was asked for
   * @param options how they were computed
   */
  public record Result(List<Row> rows, OffsetCca options) {
    public Result {
      rows = List.copyOf(rows);
    }

    @Override
    public String toString() {
      return "Result[" + rows.size() + " offsets, " + options + "]";
    }

    /** Three rows an offset: in-sample, held-out, shuffled. */
    public Table toTable() {
      return table("canonical correlation", Kind.values());
    }

    /** One row an offset. */
    public Table toTable(Kind kind) {
      return table("canonical correlation, " + kind.text(), kind);
    }

    private Table table(String name, Kind... kinds) {
      Table table =
          Table.create(
              name,
              IntColumn.create("offset"),
              StringColumn.create("reading"),
              IntColumn.create("pairs"),
              IntColumn.create("generations"),
              IntColumn.create("hidden components"),
              IntColumn.create("score components"),
              IntColumn.create("components"));
      String most = "top " + options.components();
      for (String what : List.of("first", "top 10", most)) {
        if (!table.containsColumn(what)) {
          table.addColumns(
              DoubleColumn.create(what),
              DoubleColumn.create(what + " low"),
              DoubleColumn.create(what + " high"));
        }
      }
      for (Row row : rows) {
        for (Kind kind : kinds) {
          Reading r = row.reading(kind);
          table.intColumn("offset").append(row.offset());
          table.stringColumn("reading").append(kind.text());
          table.intColumn("pairs").append(r.pairs());
          table.intColumn("generations").append(r.generations());
          table.intColumn("hidden components").append(r.hiddenComponents());
          table.intColumn("score components").append(r.scoreComponents());
          table.intColumn("components").append(r.components());
          append(table, "first", r.first());
          append(table, "top 10", r.top10());
          if (options.components() != 10) {
            append(table, most, r.top50());
          }
        }
      }
      return table;
    }

    private static void append(Table table, String what, Estimate e) {
      table.doubleColumn(what).append(e.value());
      table.doubleColumn(what + " low").append(e.low());
      table.doubleColumn(what + " high").append(e.high());
    }
  }

  public OffsetCca {
    offsets = List.copyOf(offsets);
    if (offsets.isEmpty() || offsets.stream().anyMatch(k -> k < 0)) {
      throw Section.CORRELATION.wrong("offsets are steps from 0 on, got " + offsets);
    }
    Pca.checkShare(hiddenShare);
    Pca.checkShare(scoreShare);
    Cca.checkRidge(ridge);
    if (components < 1 || resamples < 1 || shuffles < 1 || !(level > 0 && level < 1)) {
      throw Section.CORRELATION.wrong(
          "there are 1 or more components, resamples and shuffles, and a level is between 0 and 1;"
              + " got "
              + components
              + ", "
              + resamples
              + ", "
              + shuffles
              + ", "
              + level);
    }
  }

  /**
   * Offsets 0 to 10, 95 % of the variance of the hidden states and 99 % of that of the scores, 50
   * components, no ridge, split by generation, 1,000 resamples, 20 shuffles, 95 %, seed 0.
   */
  public static OffsetCca standard() {
    return new OffsetCca(
        IntStream.rangeClosed(0, 10).boxed().toList(),
        .95,
        .99,
        50,
        0,
        SplitBy.GENERATION,
        1_000,
        20,
        .95,
        0);
  }

  /** With other offsets, in steps. */
  public OffsetCca withOffsets(List<Integer> steps) {
    return new OffsetCca(
        steps,
        hiddenShare,
        scoreShare,
        components,
        ridge,
        splitBy,
        resamples,
        shuffles,
        level,
        seed);
  }

  /** With other shares of the variance, of the hidden states and of the scores. */
  public OffsetCca withShares(double ofHidden, double ofScores) {
    return new OffsetCca(
        offsets, ofHidden, ofScores, components, ridge, splitBy, resamples, shuffles, level, seed);
  }

  /** With another greatest number of components. */
  public OffsetCca withComponents(int most) {
    return new OffsetCca(
        offsets, hiddenShare, scoreShare, most, ridge, splitBy, resamples, shuffles, level, seed);
  }

  /** Regularised. */
  public OffsetCca withRidge(double other) {
    return new OffsetCca(
        offsets,
        hiddenShare,
        scoreShare,
        components,
        other,
        splitBy,
        resamples,
        shuffles,
        level,
        seed);
  }

  /** With rows held out, or generations. */
  public OffsetCca withSplit(SplitBy by) {
    return new OffsetCca(
        offsets, hiddenShare, scoreShare, components, ridge, by, resamples, shuffles, level, seed);
  }

  /** With other numbers of resamples and shuffles, and another coverage. */
  public OffsetCca withIntervals(int ofBootstrap, int ofScores, double coverage) {
    return new OffsetCca(
        offsets,
        hiddenShare,
        scoreShare,
        components,
        ridge,
        splitBy,
        ofBootstrap,
        ofScores,
        coverage,
        seed);
  }

  /** With another seed. */
  public OffsetCca withSeed(long other) {
    return new OffsetCca(
        offsets,
        hiddenShare,
        scoreShare,
        components,
        ridge,
        splitBy,
        resamples,
        shuffles,
        level,
        other);
  }

  /** The correlations of some generations. */
  public Result of(List<ScoredGeneration> generations) {
    return of(generations, () -> {});
  }

  /**
   * The correlations of some generations.
   *
   * @param afterEach is run after each offset, for instance {@code progress::step}
   * @throws IllegalArgumentException if no generation has a step, or they are of different models
   * @throws CancellationException if the thread is interrupted
   */
  public Result of(List<ScoredGeneration> generations, Runnable afterEach) {
    List<Row> rows = new ArrayList<>();
    for (int offset : offsets) {
      Pairs pairs = Pairs.of(generations, offset);
      if (pairs.size() < 2) {
        rows.add(
            new Row(
                offset,
                nothing(Kind.IN_SAMPLE, pairs.size()),
                nothing(Kind.HELD_OUT, 0),
                nothing(Kind.SHUFFLED, pairs.size())));
      } else {
        Row all = ofAll(pairs);
        rows.add(new Row(offset, all.inSample(), heldOut(pairs), all.shuffled()));
      }
      afterEach.run();
    }
    return new Result(rows, this);
  }

  /**
   * What is fitted on where some is held out: numbers from 0 of generations, or of pairs where rows
   * are split. The first {@code (int) (0.7 n)} of {@link Draws#permutation} with the seed.
   *
   * @param n how many generations or pairs there are
   * @return [generations], those that are fitted on
   */
  public int[] training(int n) {
    return Arrays.copyOf(Draws.permutation(n, seed), (int) (TRAINING * n));
  }

  /**
   * A shuffle: the hidden state of pair i stands beside the scores of pair {@code shuffle[i]}. It
   * is {@link Draws#permutation} with the seed {@code seed + 1000 * offset + which}.
   *
   * @param pairs how many there are at that offset
   * @param which the number of the shuffle, from 0
   */
  public int[] shuffle(int pairs, int offset, int which) {
    return Draws.permutation(pairs, seed + 1_000L * offset + which);
  }

  /** What one fit to all pairs tells; it is large, and gone when the next one begins. */
  private Row ofAll(Pairs pairs) {
    PairFit fit = fit(pairs);
    return new Row(
        pairs.offset(),
        reading(Kind.IN_SAMPLE, fit, variates(fit, pairs)),
        nothing(Kind.HELD_OUT, 0),
        shuffled(pairs, fit));
  }

  private PairFit fit(Pairs pairs) {
    return fit(pairs.hiddenRows(), pairs.scoreRows(), 0);
  }

  /** Scaling, PCA and CCA of some pairs; a head whose scores differ by no more than flat is 0. */
  PairFit fit(Rows hidden, Rows scores, double flat) {
    return PairFit.of(hidden, scores, flat, this);
  }

  private static Variates variates(PairFit fit, Pairs pairs) {
    int[] groups = IntStream.range(0, pairs.size()).map(pairs::generation).toArray();
    return fit.variates(pairs.hiddenRows(), pairs.scoreRows(), groups);
  }

  private Reading heldOut(Pairs pairs) {
    boolean byGeneration = splitBy == SplitBy.GENERATION;
    int n = byGeneration ? pairs.generations().size() : pairs.size();
    int[] order = Draws.permutation(n, seed);
    int[] some = training(n);
    int[] rest = Arrays.copyOfRange(order, some.length, n);
    Pairs fitted = byGeneration ? pairs.ofGenerations(some) : pairs.only(some);
    Pairs tested = byGeneration ? pairs.ofGenerations(rest) : pairs.only(rest);
    if (fitted.size() < 2 || tested.size() < 2) {
      return nothing(Kind.HELD_OUT, tested.size());
    }
    PairFit fit = fit(fitted);
    return reading(Kind.HELD_OUT, fit, variates(fit, tested));
  }

  private Reading reading(Kind kind, PairFit fit, Variates variates) {
    int[] firsts = {1, Math.min(10, components), components};
    Estimate[] e = variates.estimates(firsts, resamples, level, seed);
    return new Reading(
        kind,
        e[0].n(),
        variates.groups(),
        fit.hidden().components(),
        fit.scores().components(),
        fit.components(),
        e[0],
        e[1],
        e[2],
        Arrays.stream(variates.correlations()).boxed().toList());
  }

  private Reading shuffled(Pairs pairs, PairFit fit) {
    double[][] means = new double[3][shuffles];
    double[] sums = new double[fit.components()];
    for (int i = 0; i < shuffles; i++) {
      stopIfInterrupted();
      double[] c = fit.cca().shuffled(shuffle(pairs.size(), pairs.offset(), i), fit.components());
      means[0][i] = Cca.mean(c, 1);
      means[1][i] = Cca.mean(c, Math.min(10, components));
      means[2][i] = Cca.mean(c, components);
      for (int j = 0; j < c.length; j++) {
        sums[j] += c[j] / shuffles;
      }
    }
    Estimate[] e =
        Arrays.stream(means)
            .map(m -> Estimate.of(Cca.mean(m, shuffles), m, level, pairs.size()))
            .toArray(Estimate[]::new);
    return new Reading(
        Kind.SHUFFLED,
        pairs.size(),
        (int) IntStream.range(0, pairs.size()).map(pairs::generation).distinct().count(),
        fit.hidden().components(),
        fit.scores().components(),
        fit.components(),
        e[0],
        e[1],
        e[2],
        Arrays.stream(sums).boxed().toList());
  }

  private static Reading nothing(Kind kind, int pairs) {
    Estimate none = new Estimate(Double.NaN, Double.NaN, Double.NaN, pairs);
    return new Reading(kind, pairs, 0, 0, 0, 0, none, none, none, List.of());
  }

  static void stopIfInterrupted() {
    if (Thread.interrupted()) {
      throw new CancellationException("stopped on request; offsets are correlated again");
    }
  }
}

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
import java.util.Set;
import java.util.stream.IntStream;
import tech.tablesaw.api.DoubleColumn;
import tech.tablesaw.api.IntColumn;
import tech.tablesaw.api.StringColumn;
import tech.tablesaw.api.Table;

/**
 * What a held-out correlation owes to the position in an answer, and what to the state of its own
 * generation; DEFINITIONS.md, 35. Beside the held-out correlations of {@link OffsetCca} it has
 * those of the <em>partial</em> CCA, of what is left of both sides when the mean of the step index
 * and the mean of the generation are taken off; and of either an <em>exchange null</em>: the hidden
 * states of one generation with the scores of another at the same steps. What a curve has above its
 * null is known from this generation's state.
 *
 * <pre>
 *   ExchangeNull.Result r = ExchangeNull.standard().withOffsets(List.of(0, 1)).of(generations);
 *   r.row(1, ExchangeNull.Reading.HELD_OUT).top10();      // Estimate[value=0.71, ...]
 *   r.row(1, ExchangeNull.Reading.HELD_OUT).byChance10(); // Estimate[value=0.44, low=..., high=...]
 *   r.toTable();
 * </pre>
 *
 * <p>Of a null the scaling and the principal components are those of the true pairs; the CCA is
 * fitted anew on the exchanged pairs of the training generations, and correlated on those of the
 * others. A pair of generations has its common length less the offset pairs.
 *
 * <p>NaN, missing in the table: where one side of the split has fewer than two pairs; a null where
 * one side has a single generation, which has none to be exchanged with.
 *
 * @param cca offsets, shares, components and the seed of the split and of everything drawn
 * @param draws of a null
 * @param resamples of the intervals, a bootstrap over held-out generations along fixed directions
 */
public record ExchangeNull(OffsetCca cca, int draws, int resamples) {
  /** A head whose residuals differ by no more than rounding is constant. */
  private static final double FLAT = 1e-12;

  /** What is correlated. */
  public enum Reading {
    /** The pairs as they are. */
    HELD_OUT("held-out"),
    /** Less the means of step index and generation. */
    PARTIAL("partial");

    private final String text;

    Reading(String text) {
      this.text = text;
    }

    /** What tables call it. */
    public String text() {
      return text;
    }
  }

  /**
   * One reading of one offset, beside its null.
   *
   * @param offset k, in steps
   * @param reading what is correlated
   * @param pairs held-out pairs
   * @param generations held-out generations that have pairs: what the intervals are over
   * @param components canonical components
   * @param first the correlation of the first component
   * @param top10 the mean of the first ten, of those there are
   * @param top50 the mean of all components, fifty unless another number was asked for
   * @param byChance1 of the null: the mean of the draws with their percentiles, of the first
   * @param byChance10 of the first ten
   * @param byChance50 of all
   * @param correlations of each component
   */
  public record Row(
      int offset,
      Reading reading,
      int pairs,
      int generations,
      int components,
      Estimate first,
      Estimate top10,
      Estimate top50,
      Estimate byChance1,
      Estimate byChance10,
      Estimate byChance50,
      List<Double> correlations) {
    public Row {
      correlations = List.copyOf(correlations);
    }
  }

  /**
   * Who is fitted on, and who is exchanged with whom.
   *
   * @param training numbers of the generations that are fitted on
   * @param permutations one a draw: the scores of which generation stand beside the hidden states
   *     of each; no generation has its own, none of the training ones one of the others
   */
  public record Exchange(List<Integer> training, List<List<Integer>> permutations) {
    public Exchange {
      training = List.copyOf(training);
      permutations = permutations.stream().map(List::copyOf).toList();
    }
  }

  /**
   * All offsets.
   *
   * @param rows two an offset: held-out, partial
   * @param exchange the split and the permutations, to be given to another program
   */
  public record Result(List<Row> rows, Exchange exchange) {
    public Result {
      rows = List.copyOf(rows);
    }

    @Override
    public String toString() {
      return "Result[" + rows.size() + " offsets, " + exchange + "]";
    }

    /**
     * The row of an offset.
     *
     * @throws IllegalArgumentException if the offset was not asked for
     */
    public Row row(int offset, Reading reading) {
      return rows.stream()
          .filter(r -> r.offset() == offset && r.reading() == reading)
          .findFirst()
          .orElseThrow(
              () ->
                  Section.CORRELATION.wrong(
                      "there is no offset "
                          + offset
                          + " among "
                          + rows.stream().map(Row::offset).distinct().toList()));
    }

    /**
     * Two rows an offset: columns {@code offset}, {@code reading}, {@code pairs}, {@code
     * generations}, {@code components}, and of {@code first}, {@code top 10} and {@code top 50} the
     * value, {@code … low}, {@code … high}, {@code … null}, {@code … null low}, {@code … null
     * high}.
     */
    public Table toTable() {
      Table table =
          Table.create(
              "held-out correlation beside its exchange null",
              IntColumn.create("offset"),
              StringColumn.create("reading"),
              IntColumn.create("pairs"),
              IntColumn.create("generations"),
              IntColumn.create("components"));
      for (String what : List.of("first", "top 10", "top 50")) {
        for (String part : List.of("", " low", " high", " null", " null low", " null high")) {
          table.addColumns(DoubleColumn.create(what + part));
        }
      }
      for (Row r : rows) {
        table.intColumn("offset").append(r.offset());
        table.stringColumn("reading").append(r.reading().text());
        table.intColumn("pairs").append(r.pairs());
        table.intColumn("generations").append(r.generations());
        table.intColumn("components").append(r.components());
        append(table, "first", r.first(), r.byChance1());
        append(table, "top 10", r.top10(), r.byChance10());
        append(table, "top 50", r.top50(), r.byChance50());
      }
      return table;
    }

    private static void append(Table table, String what, Estimate e, Estimate chance) {
      table.doubleColumn(what).append(e.value());
      table.doubleColumn(what + " low").append(e.low());
      table.doubleColumn(what + " high").append(e.high());
      table.doubleColumn(what + " null").append(chance.value());
      table.doubleColumn(what + " null low").append(chance.low());
      table.doubleColumn(what + " null high").append(chance.high());
    }
  }

  public ExchangeNull {
    if (draws < 1 || resamples < 1) {
      throw Section.CORRELATION.wrong(
          "a null has at least 1 draw, a bootstrap 1 resample; got " + draws + " and " + resamples);
    }
    if (cca.splitBy() != SplitBy.GENERATION || cca.ridge() != 0) {
      throw Section.CORRELATION.wrong(
          "generations are exchanged, so they are what is held out, and without a ridge; got "
              + cca);
    }
  }

  /** The options of {@link OffsetCca#standard}, 200 draws, 10,000 resamples. */
  public static ExchangeNull standard() {
    return new ExchangeNull(OffsetCca.standard(), 200, 10_000);
  }

  /** With other options of the CCA. */
  public ExchangeNull withCca(OffsetCca other) {
    return new ExchangeNull(other, draws, resamples);
  }

  /** With other offsets, in steps. */
  public ExchangeNull withOffsets(List<Integer> steps) {
    return withCca(cca.withOffsets(steps));
  }

  /** With another number of draws; 20 where time is short. */
  public ExchangeNull withDraws(int other) {
    return new ExchangeNull(cca, other, resamples);
  }

  /** With another number of resamples. */
  public ExchangeNull withResamples(int other) {
    return new ExchangeNull(cca, draws, other);
  }

  /** With another seed. */
  public ExchangeNull withSeed(long other) {
    return withCca(cca.withSeed(other));
  }

  /**
   * The split and the permutations that the seed gives: training is {@link OffsetCca#training}; of
   * each draw first the training generations, in the order of their numbers, are shuffled ({@link
   * Draws#shuffle}, one stream of the seed for all) until none is in its own place, then the
   * others.
   *
   * @param generations how many there are
   */
  public Exchange exchange(int generations) {
    int[] training = cca.training(generations);
    List<Integer> fitted = Arrays.stream(training).sorted().boxed().toList();
    Set<Integer> ofTraining = Set.copyOf(fitted);
    List<Integer> rest =
        IntStream.range(0, generations).boxed().filter(g -> !ofTraining.contains(g)).toList();
    List<List<Integer>> permutations = new ArrayList<>();
    Draws draws = new Draws(cca.seed());
    for (int i = 0; i < this.draws && fitted.size() > 1 && rest.size() > 1; i++) {
      Integer[] permutation = new Integer[generations];
      for (List<Integer> part : List.of(fitted, rest)) {
        List<Integer> other = new ArrayList<>(part);
        do {
          draws.shuffle(other);
        } while (IntStream.range(0, part.size()).anyMatch(j -> part.get(j).equals(other.get(j))));
        IntStream.range(0, part.size()).forEach(j -> permutation[part.get(j)] = other.get(j));
      }
      permutations.add(List.of(permutation));
    }
    return new Exchange(fitted, permutations);
  }

  /** The correlations of some generations, with the split and permutations of the seed. */
  public Result of(List<ScoredGeneration> generations) {
    return of(generations, exchange(generations.size()), () -> {});
  }

  /**
   * The correlations of some generations.
   *
   * @param exchange the split and permutations of the seed, or given ones
   * @param afterEach is run after each offset, for instance {@code progress::step}
   * @throws IllegalArgumentException if no generation has a step, they are of different models, or
   *     the permutations are not theirs
   * @throws java.util.concurrent.CancellationException if the thread is interrupted
   */
  public Result of(List<ScoredGeneration> generations, Exchange exchange, Runnable afterEach) {
    boolean[] training = new boolean[generations.size()];
    check(exchange, training);
    List<Row> rows = new ArrayList<>();
    for (int offset : cca.offsets()) {
      Pairs pairs = Pairs.of(generations, offset);
      for (Reading reading : Reading.values()) {
        rows.add(row(pairs, reading, training, exchange.permutations()));
      }
      afterEach.run();
    }
    return new Result(rows, exchange);
  }

  /** Marks who is fitted on. */
  private static void check(Exchange exchange, boolean[] training) {
    for (int g : exchange.training()) {
      if (g < 0 || g >= training.length) {
        throw Section.CORRELATION.wrong(
            "generations have numbers 0 to " + (training.length - 1) + ", got " + g);
      }
      training[g] = true;
    }
    for (List<Integer> permutation : exchange.permutations()) {
      boolean fits =
          permutation.stream()
              .sorted()
              .toList()
              .equals(IntStream.range(0, training.length).boxed().toList());
      for (int g = 0; fits && g < training.length; g++) {
        fits = permutation.get(g) != g && training[permutation.get(g)] == training[g];
      }
      if (!fits) {
        throw Section.CORRELATION.wrong(
            "generations are exchanged for others of their side of the split, each once; got "
                + permutation);
      }
    }
  }

  private Row row(
      Pairs pairs, Reading reading, boolean[] training, List<List<Integer>> permutations) {
    int[] fitted = numbers(pairs, training, true);
    int[] tested = numbers(pairs, training, false);
    if (fitted.length < 2 || tested.length < 2) {
      Estimate none = new Estimate(Double.NaN, Double.NaN, Double.NaN, tested.length);
      return new Row(
          pairs.offset(),
          reading,
          tested.length,
          0,
          0,
          none,
          none,
          none,
          none,
          none,
          none,
          List.of());
    }
    boolean partial = reading == Reading.PARTIAL;
    Rows x = pairs.hiddenRows();
    Rows y = pairs.scoreRows();
    if (partial) {
      x = new Residuals(pairs, x, training);
      y = new Residuals(pairs, y, training);
    }
    PairFit fit = cca.fit(x.only(fitted), y.only(fitted), partial ? FLAT : 0);
    int[] groups = IntStream.of(tested).map(pairs::generation).toArray();
    Variates variates = fit.variates(x.only(tested), y.only(tested), groups);
    int[] firsts = {1, Math.min(10, cca.components()), cca.components()};
    Estimate[] found = variates.estimates(firsts, resamples, cca.level(), cca.seed());
    Rows reducedX = fit.reducedHidden(x);
    Rows reducedY = fit.reducedScores(y);
    double[][] chance = new double[3][permutations.size()];
    for (int d = 0; d < permutations.size(); d++) {
      OffsetCca.stopIfInterrupted();
      double[] c =
          exchanged(pairs, reducedX, reducedY, training, permutations.get(d), fit.components());
      for (int f = 0; f < 3; f++) {
        chance[f][d] = c.length == 0 ? Double.NaN : Cca.mean(c, firsts[f]);
      }
    }
    Estimate[] byChance =
        Arrays.stream(chance)
            .map(
                c ->
                    Estimate.of(
                        Arrays.stream(c).filter(v -> !Double.isNaN(v)).average().orElse(Double.NaN),
                        c,
                        cca.level(),
                        c.length))
            .toArray(Estimate[]::new);
    return new Row(
        pairs.offset(),
        reading,
        tested.length,
        (int) Arrays.stream(groups).distinct().count(),
        fit.components(),
        found[0],
        found[1],
        found[2],
        byChance[0],
        byChance[1],
        byChance[2],
        Arrays.stream(variates.correlations()).boxed().toList());
  }

  private static int[] numbers(Pairs pairs, boolean[] training, boolean fitted) {
    return IntStream.range(0, pairs.size())
        .filter(i -> training[pairs.generation(i)] == fitted)
        .toArray();
  }

  /** The correlations of one draw; none where a side has fewer than two pairs. */
  private static double[] exchanged(
      Pairs pairs, Rows x, Rows y, boolean[] training, List<Integer> permutation, int components) {
    int[] start = new int[training.length]; // of each generation's pairs, which follow each other
    int[] length = new int[training.length];
    for (int i = pairs.size() - 1; i >= 0; i--) {
      start[pairs.generation(i)] = i;
      length[pairs.generation(i)]++;
    }
    int[][] ofX = new int[2][];
    int[][] ofY = new int[2][];
    for (int side = 0; side < 2; side++) {
      boolean fitted = side == 0;
      int[] some = IntStream.range(0, training.length).filter(g -> training[g] == fitted).toArray();
      ofX[side] =
          IntStream.of(some)
              .flatMap(
                  g ->
                      IntStream.range(0, Math.min(length[g], length[permutation.get(g)]))
                          .map(n -> start[g] + n))
              .toArray();
      ofY[side] =
          IntStream.of(some)
              .flatMap(
                  g ->
                      IntStream.range(0, Math.min(length[g], length[permutation.get(g)]))
                          .map(n -> start[permutation.get(g)] + n))
              .toArray();
    }
    if (ofX[0].length < 2 || ofX[1].length < 2) {
      return new double[0];
    }
    if (components == 0) {
      return new double[] {0}; // nothing varies, as for the true pairs
    }
    return Exchanged.of(x.only(ofX[0]), y.only(ofY[0]), components)
        .correlations(x.only(ofX[1]), y.only(ofY[1]));
  }
}

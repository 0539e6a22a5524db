package headscope.probe;

import headscope.matrix.Dense;
import headscope.matrix.Rows;
import headscope.pairs.Pairs;
import headscope.pairs.ScoredGeneration;
import headscope.probe.HeadProbe.Kind;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CancellationException;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import tech.tablesaw.api.BooleanColumn;
import tech.tablesaw.api.DoubleColumn;
import tech.tablesaw.api.StringColumn;
import tech.tablesaw.api.Table;

/**
 * What tells the heads at step n + k without a look at the hidden state: a probe says something
 * only above the best of these; DEFINITIONS.md, 35. Ridge regressions with λ = 1 and a free
 * intercept of the 0s and 1s of a classifier, of the scores of a regressor; predictions are rounded
 * to 1e-9.
 *
 * <pre>
 *   CompetingPredictors rivals = CompetingPredictors.of(split, HeadProbe.Kind.CLASSIFIER);
 *   rivals.toTable();                 // each on the validation and the test pairs
 *   rivals.rival().name();            // set at n
 * </pre>
 *
 * <p>The rival is the best on the validation pairs, the first of equally good ones: by micro F1 at
 * its own best threshold, by variance-weighted R² of scores.
 */
public final class CompetingPredictors {
  /** What a predictor knows of step n. */
  public enum Known {
    /** How many tokens were generated before: 0 to 63, and 64 or more as one. */
    STEP("step index"),
    /** The token that was generated at step n, where it is among the most frequent ones. */
    TOKEN("token"),
    /** The heads that retrieve at step n; at offset 0 those at n − 1, none at the first step. */
    SET("set at n"),
    /** How often each head retrieves. */
    NOTHING("marginal rate"),
    /** Step index, token and set. */
    ALL("all jointly");

    private final String title;

    Known(String title) {
      this.title = title;
    }

    /** What tables call a predictor that knows it. */
    public String title() {
      return title;
    }
  }

  /** Steps from here on are one. */
  public static final int LAST_STEP = 64;

  /** The tokens that are told apart. */
  public static final int TOKENS = 200;

  private static final double LAMBDA = 1;

  private final Split split;
  private final Kind kind;
  private final Map<Known, Baseline> predictors = new LinkedHashMap<>();
  private final Map<Known, Double> onValidation = new LinkedHashMap<>();

  private CompetingPredictors(Split split, Kind kind) {
    this.split = split;
    this.kind = kind;
    List<Integer> tokens = frequent(split.training());
    double[][] targets = ProbeTraining.targets(kind, split.training());
    double[][] validation = ProbeTraining.targets(kind, split.validation());
    for (Known known : Known.values()) {
      if (Thread.interrupted()) {
        throw new CancellationException("stopped on request");
      }
      Baseline fitted = fitted(known, tokens, targets);
      predictors.put(known, fitted);
      onValidation.put(known, quality(fitted.predict(split.validation()), validation));
    }
  }

  /**
   * Fits all of them on the training pairs.
   *
   * @param kind whether sets are predicted, or scores
   * @throws IllegalArgumentException if the tokens of the generations are not known
   */
  public static CompetingPredictors of(Split split, Kind kind) {
    return new CompetingPredictors(split, kind);
  }

  /** The most frequent tokens at the steps of some pairs, of equally frequent ones the lower id. */
  private static List<Integer> frequent(Pairs pairs) {
    Map<Integer, Integer> counts = new TreeMap<>();
    for (int i = 0; i < pairs.size(); i++) {
      counts.merge(token(pairs, i), 1, Integer::sum);
    }
    return counts.entrySet().stream()
        .sorted(Comparator.comparing(e -> -e.getValue())) // stable: ids ascend
        .limit(TOKENS)
        .map(Map.Entry::getKey)
        .toList();
  }

  private static int token(Pairs pairs, int pair) {
    return pairs.generations().get(pairs.generation(pair)).token(pairs.step(pair));
  }

  private Baseline fitted(Known known, List<Integer> tokens, double[][] targets) {
    Rows y = Rows.of("targets of a predictor", targets);
    if (known == Known.NOTHING) {
      double[][] means = Ridge.rounded(new double[][] {y.means()});
      return Baseline.of(
          known.title(),
          pairs -> Collections.nCopies(pairs.size(), means[0]).toArray(double[][]::new));
    }
    Map<Integer, Integer> places =
        IntStream.range(0, tokens.size()).boxed().collect(Collectors.toMap(tokens::get, i -> i));
    Ridge ridge = Ridge.of(rows(known, places, split.training()), y);
    Dense weights = ridge.weights(LAMBDA);
    return Baseline.of(
        known.title(), pairs -> Ridge.rounded(ridge.predict(rows(known, places, pairs), weights)));
  }

  /** What a predictor knows of each pair: a row a pair, of 0s and 1s. */
  private static Rows rows(Known known, Map<Integer, Integer> tokens, Pairs pairs) {
    boolean all = known == Known.ALL;
    int steps = all || known == Known.STEP ? LAST_STEP + 1 : 0;
    int words = all || known == Known.TOKEN ? tokens.size() : 0;
    int heads = all || known == Known.SET ? pairs.heads() : 0;
    return new Rows() {
      @Override
      public int count() {
        return pairs.size();
      }

      @Override
      public int width() {
        return steps + words + heads;
      }

      @Override
      public void read(int row, double[] into, int at) {
        Arrays.fill(into, at, at + width(), 0);
        if (steps > 0) {
          into[at + Math.min(LAST_STEP, pairs.step(row))] = 1;
        }
        if (words > 0) {
          Integer place = tokens.get(token(pairs, row));
          if (place != null) {
            into[at + steps + place] = 1;
          }
        }
        if (heads > 0) {
          ScoredGeneration g = pairs.generations().get(pairs.generation(row));
          int step = pairs.offset() == 0 ? pairs.step(row) - 1 : pairs.step(row);
          if (step >= 0) {
            System.arraycopy(g.labels(step), 0, into, at + steps + words, heads);
          }
        }
      }
    };
  }

  private double quality(double[][] predicted, double[][] targets) {
    return kind == Kind.CLASSIFIER
        ? PrecisionRecall.of(predicted, targets).bestF1()
        : Regression.of(predicted, targets).weightedR2();
  }

  /** The predictor that knows something. */
  public Baseline predictor(Known known) {
    return predictors.get(known);
  }

  /** All of them, as baselines of a {@link ProbeReport}. */
  public List<Baseline> predictors() {
    return List.copyOf(predictors.values());
  }

  /** What the best predictor on the validation pairs knows. */
  public Known best() {
    Known best = Known.STEP;
    for (Known known : Known.values()) {
      // NaN, where no target of the validation pairs varies, is never better
      best = onValidation.get(known) > onValidation.get(best) ? known : best;
    }
    return best;
  }

  /** The best predictor on the validation pairs. */
  public Baseline rival() {
    return predictors.get(best());
  }

  /** What they were fitted on and are judged by. */
  public Split split() {
    return split;
  }

  /** Whether sets are predicted, or scores. */
  public Kind kind() {
    return kind;
  }

  /**
   * One row a predictor: columns {@code predictor}, {@code validation} and {@code test} (micro F1
   * at the threshold of the best F1 on the validation pairs, or variance-weighted R²), {@code
   * rival}.
   */
  public Table toTable() {
    double[][] targets = ProbeTraining.targets(kind, split.test());
    Table table =
        Table.create(
            "competing predictors",
            StringColumn.create("predictor"),
            DoubleColumn.create("validation"),
            DoubleColumn.create("test"),
            BooleanColumn.create("rival"));
    predictors.forEach(
        (known, predictor) -> {
          double[][] predicted = predictor.predict(split.test());
          table.stringColumn("predictor").append(known.title());
          table.doubleColumn("validation").append(onValidation.get(known));
          table
              .doubleColumn("test")
              .append(
                  kind == Kind.CLASSIFIER
                      ? Classification.of(
                              predicted, targets, predictor.threshold(split.validation()))
                          .f1()
                      : Regression.of(predicted, targets).weightedR2());
          table.booleanColumn("rival").append(known == best());
        });
    return table;
  }

  @Override
  public String toString() {
    return "CompetingPredictors[" + predictors.keySet() + "]";
  }
}

package headscope.score;

import headscope.failure.Section;
import headscope.head.HeadId;
import headscope.head.HeadSet;
import headscope.trace.Trace;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.IntStream;
import tech.tablesaw.api.DoubleColumn;
import tech.tablesaw.api.IntColumn;
import tech.tablesaw.api.StringColumn;
import tech.tablesaw.api.Table;

/**
 * The scores of one generation, [counted steps, heads]: who retrieved at which step. Immutable.
 *
 * <pre>
 *   ScoreMatrix scores = CopyPasteScore.of(trace);
 *   scores.dynamicHeads(3);                            // the heads that retrieve at step 3
 *   Figures.headHeatmap(scores.mostVariable(10).toTable());      // Fig. 1
 * </pre>
 */
public final class ScoreMatrix {
  private final String score;
  private final double threshold;
  private final int layers;
  private final int headsPerLayer;
  private final List<HeadId> heads;
  private final List<String> tokens;
  private final double[][] values; // [steps, heads of the list]

  private ScoreMatrix(
      String score,
      double threshold,
      int layers,
      int headsPerLayer,
      List<HeadId> heads,
      List<String> tokens,
      double[][] values) {
    this.score = score;
    this.threshold = threshold;
    this.layers = layers;
    this.headsPerLayer = headsPerLayer;
    this.heads = List.copyOf(heads);
    this.tokens = List.copyOf(tokens);
    this.values = values;
    if (!Double.isFinite(threshold)) {
      throw Section.SCORES.wrong("a threshold is a finite number, got " + threshold);
    }
  }

  /**
   * Scores of every head of a model.
   *
   * @param score the name of the score
   * @param threshold a head with more than this retrieves
   * @param layers the model's layers
   * @param headsPerLayer its query heads a layer
   * @param tokens a label per step: the text of the generated token
   * @param values [steps, layers * heads], finite
   * @throws IllegalArgumentException if the shapes do not agree or a score is not finite
   */
  public static ScoreMatrix of(
      String score,
      double threshold,
      int layers,
      int headsPerLayer,
      List<String> tokens,
      double[][] values) {
    if (layers < 1 || headsPerLayer < 1) {
      throw Section.SCORES.wrong(
          "a model has at least one layer and one head a layer, got "
              + layers
              + " layers of "
              + headsPerLayer
              + " heads");
    }
    if (tokens.size() != values.length) {
      throw Section.SCORES.wrong(
          "scores have a label per step: "
              + values.length
              + " steps, "
              + tokens.size()
              + " labels");
    }
    List<HeadId> heads = HeadSet.all(layers, headsPerLayer).toList();
    double[][] copy = new double[values.length][];
    for (int t = 0; t < copy.length; t++) {
      copy[t] = values[t].clone();
      if (copy[t].length != heads.size()) {
        throw Section.SCORES.wrong(
            String.format(
                "step %d has %d scores, a model of %d layers and %d heads a layer has %d heads",
                t, copy[t].length, layers, headsPerLayer, heads.size()));
      }
      for (int h = 0; h < copy[t].length; h++) {
        if (!Double.isFinite(copy[t][h])) {
          throw Section.SCORES.wrong(
              "scores are finite numbers, that of "
                  + heads.get(h)
                  + " at step "
                  + t
                  + " is "
                  + copy[t][h]);
        }
      }
    }
    return new ScoreMatrix(score, threshold, layers, headsPerLayer, heads, tokens, copy);
  }

  /** Scores of the counted steps of a trace; tokens without a text are labelled with their id. */
  static ScoreMatrix of(Score score, Trace trace, double[][] values) {
    List<String> tokens =
        IntStream.range(0, values.length)
            .mapToObj(
                t ->
                    trace.tokens().isEmpty()
                        ? String.valueOf(trace.steps().get(t).token())
                        : trace.tokens().get(t))
            .toList();
    return of(
        score.name(), score.threshold(), trace.layers(), trace.headsPerLayer(), tokens, values);
  }

  /** The same scores under another name. */
  ScoreMatrix named(String name) {
    return new ScoreMatrix(name, threshold, layers, headsPerLayer, heads, tokens, values);
  }

  /** The same scores with another threshold for {@link #dynamicHeads}. */
  public ScoreMatrix withThreshold(double other) {
    return new ScoreMatrix(score, other, layers, headsPerLayer, heads, tokens, values);
  }

  /** The name of the score. */
  public String score() {
    return score;
  }

  /** A head whose score is greater than this retrieves. */
  public double threshold() {
    return threshold;
  }

  /** The layers of the model. */
  public int layers() {
    return layers;
  }

  /** The query heads a layer of the model. */
  public int headsPerLayer() {
    return headsPerLayer;
  }

  /** The counted steps. */
  public int steps() {
    return values.length;
  }

  /** The heads of the columns, in layer, head order; all of the model unless some were picked. */
  public List<HeadId> heads() {
    return heads;
  }

  /** The text of each step's token, or its id where there is none. */
  public List<String> tokens() {
    return tokens;
  }

  /** The score of a head at a step. */
  public double score(int step, HeadId head) {
    return row(step)[column(head)];
  }

  /** The scores of all {@link #heads} at a step: [heads]. */
  public double[] step(int step) {
    return row(step).clone();
  }

  /** The scores of one head over the steps: [steps]. */
  public double[] head(HeadId head) {
    int h = column(head);
    return Arrays.stream(values).mapToDouble(row -> row[h]).toArray();
  }

  /** The heads whose score at a step is greater than {@link #threshold}. */
  public HeadSet dynamicHeads(int step) {
    return retrieving(step, threshold);
  }

  /** The heads that retrieve at any step. */
  public HeadSet everDynamic() {
    return IntStream.range(0, steps())
        .mapToObj(this::dynamicHeads)
        .reduce(HeadSet.empty(), HeadSet::union);
  }

  /** At how many steps the heads that retrieve are others than at the step before. */
  public int switches() {
    return (int)
        IntStream.range(1, steps())
            .filter(s -> !dynamicHeads(s).equals(dynamicHeads(s - 1)))
            .count();
  }

  /** The heads whose score at a step is greater than a threshold. */
  public HeadSet retrieving(int step, double threshold) {
    double[] row = row(step);
    return HeadSet.of(
        IntStream.range(0, row.length)
            .filter(h -> row[h] > threshold)
            .mapToObj(heads::get)
            .toList());
  }

  /** The score of this sample: the mean over steps of each head; 0 where there is no step. */
  public HeadScores mean() {
    Map<HeadId, double[]> means = new TreeMap<>();
    for (HeadId h : heads) {
      means.put(h, new double[] {Arrays.stream(head(h)).average().orElse(0)});
    }
    return HeadScores.of(layers, headsPerLayer, means);
  }

  /**
   * The n heads of greatest variance over the steps (population variance; of equal ones the lower
   * layer, then the lower head), in layer, head order: the rows of Figs. 1 and 5.
   *
   * @param n how many; all where there are fewer
   */
  public ScoreMatrix mostVariable(int n) {
    if (n < 1) {
      throw Section.SCORES.wrong("at least one head is shown, got " + n);
    }
    double[] variances = new double[layers * headsPerLayer];
    Arrays.fill(variances, Double.NaN);
    for (HeadId h : heads) {
      variances[h.index(headsPerLayer)] = variance(head(h));
    }
    return only(HeadSet.top(HeadScores.withoutNoise(variances), headsPerLayer, n));
  }

  /**
   * The scores of the heads that retrieve at any step, the others left out: rows of a figure that
   * would be empty. All heads where none retrieves.
   */
  public ScoreMatrix busy() {
    HeadSet ever = everDynamic();
    return ever.isEmpty() ? this : only(ever);
  }

  /**
   * The scores of some heads.
   *
   * @throws IllegalArgumentException naming a head that has none
   */
  public ScoreMatrix only(HeadSet some) {
    int[] columns = some.stream().mapToInt(this::column).toArray();
    double[][] picked =
        Arrays.stream(values)
            .map(row -> IntStream.of(columns).mapToDouble(h -> row[h]).toArray())
            .toArray(double[][]::new);
    return new ScoreMatrix(score, threshold, layers, headsPerLayer, some.toList(), tokens, picked);
  }

  /**
   * The scores of the first n steps, such as those of the answer.
   *
   * @param n 0 or more; all where there are fewer
   */
  public ScoreMatrix first(int n) {
    if (n < 0) {
      throw Section.SCORES.wrong("the first steps are 0 or more, got " + n);
    }
    int steps = Math.min(n, steps());
    return new ScoreMatrix(
        score,
        threshold,
        layers,
        headsPerLayer,
        heads,
        tokens.subList(0, steps),
        Arrays.copyOf(values, steps));
  }

  /**
   * One row a step and head, step by step: columns {@code step} (from 0), {@code token}, {@code
   * head} ({@code L3-H7}), {@code score}.
   */
  public Table toTable() {
    IntColumn step = IntColumn.create("step");
    StringColumn token = StringColumn.create("token");
    StringColumn head = StringColumn.create("head");
    DoubleColumn value = DoubleColumn.create("score");
    for (int t = 0; t < values.length; t++) {
      for (int h = 0; h < heads.size(); h++) {
        step.append(t);
        token.append(tokens.get(t));
        head.append(heads.get(h).toString());
        value.append(values[t][h]);
      }
    }
    return Table.create(score, step, token, head, value);
  }

  @Override
  public String toString() {
    return "ScoreMatrix[" + score + ", " + steps() + " steps, " + heads.size() + " heads]";
  }

  private double[] row(int step) {
    if (step < 0 || step >= values.length) {
      throw Section.SCORES.wrong(
          "the counted steps are 0 to " + (values.length - 1) + ", got step " + step);
    }
    return values[step];
  }

  private int column(HeadId head) {
    int h = Collections.binarySearch(heads, head);
    if (h < 0) {
      throw Section.SCORES.wrong(
          "there are no scores of head "
              + head
              + "; there are of "
              + (heads.size() <= 20
                  ? heads
                  : heads.size() + " heads up to " + heads.get(heads.size() - 1)));
    }
    return h;
  }

  private static double variance(double[] x) {
    double mean = Arrays.stream(x).average().orElse(0);
    return Arrays.stream(x).map(v -> (v - mean) * (v - mean)).average().orElse(0);
  }
}

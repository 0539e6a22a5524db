package headscope.pairs;

import headscope.failure.Section;
import headscope.score.Score;
import headscope.score.ScoreMatrix;
import headscope.trace.Step;
import headscope.trace.Trace;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/**
 * What one generation tells of hidden state and heads: a row per counted step, the end token left
 * out. May have no step at all, where a model ended at once.
 *
 * <pre>
 *   ScoredGeneration g = ScoredGeneration.of(trace, CopyPasteScore.standard());
 *   g.hidden(3);           // the hidden state that made token 3
 *   g.scores(3);           // which heads retrieved for it
 * </pre>
 *
 * <p>The arrays are kept, not copied, since they may be large: leave them as they are. Those of
 * very many generations lie in a file, see {@link GenerationStore}.
 */
public final class ScoredGeneration {
  private final int layers;
  private final int headsPerLayer;
  private final double threshold;
  private final Store store;
  private final int steps; // the first of the store
  private final int[] tokens; // [steps]; none where they are not known

  /** Where the numbers of the steps lie. */
  interface Store {
    /** Size of a hidden state. */
    int hiddenSize();

    /** The hidden state of a step: [hidden size]. */
    float[] hidden(int step);

    /** The scores of a step: [heads]. */
    double[] scores(int step);
  }

  /** In memory: [steps, hidden size] and [steps, heads]. */
  private record InMemory(float[][] all, double[][] ofHeads) implements Store {
    @Override
    public int hiddenSize() {
      return all.length == 0 ? 0 : all[0].length;
    }

    @Override
    public float[] hidden(int step) {
      return all[step];
    }

    @Override
    public double[] scores(int step) {
      return ofHeads[step];
    }
  }

  private ScoredGeneration(
      int layers, int headsPerLayer, double threshold, Store store, int steps, int[] tokens) {
    this.layers = layers;
    this.headsPerLayer = headsPerLayer;
    this.threshold = threshold;
    this.store = store;
    this.steps = steps;
    this.tokens = tokens;
  }

  private ScoredGeneration(
      int layers, int headsPerLayer, double threshold, float[][] hidden, double[][] scores) {
    this(layers, headsPerLayer, threshold, new InMemory(hidden, scores), hidden.length, new int[0]);
    if (layers < 1 || headsPerLayer < 1 || !Double.isFinite(threshold)) {
      throw Section.CORRELATION.wrong(
          "a model has at least one layer and one head a layer, and a threshold is finite; got "
              + layers
              + " layers of "
              + headsPerLayer
              + " heads, threshold "
              + threshold);
    }
    if (hidden.length != scores.length) {
      throw Section.CORRELATION.wrong(
          "a generation has a hidden state and a row of scores a step, got "
              + hidden.length
              + " and "
              + scores.length);
    }
    for (int t = 0; t < hidden.length; t++) {
      if (hidden[t].length != hidden[0].length || hidden[t].length == 0) {
        throw Section.CORRELATION.wrong(
            String.format(
                Locale.ROOT,
                "hidden states have one size: step 0 has %d numbers, step %d has %d",
                hidden[0].length,
                t,
                hidden[t].length));
      }
      if (scores[t].length != layers * headsPerLayer) {
        throw Section.CORRELATION.wrong(
            String.format(
                Locale.ROOT,
                "step %d has %d scores, %d layers of %d heads have %d",
                t,
                scores[t].length,
                layers,
                headsPerLayer,
                layers * headsPerLayer));
      }
      for (int i = 0; i < hidden[t].length; i++) {
        if (!Float.isFinite(hidden[t][i])) {
          throw notFinite("hidden states", t, i, hidden[t][i]);
        }
      }
      for (int h = 0; h < scores[t].length; h++) {
        if (!Double.isFinite(scores[t][h])) {
          throw notFinite("scores", t, h, scores[t][h]);
        }
      }
    }
  }

  private static IllegalArgumentException notFinite(String what, int step, int at, double value) {
    return Section.CORRELATION.wrong(
        String.format(
            Locale.ROOT,
            "%s are finite numbers, number %d at step %d is %s; leave this generation out, or run"
                + " it with a wider element type",
            what,
            at,
            step,
            value));
  }

  /**
   * Hidden states and scores of any origin.
   *
   * @param layers the model's layers
   * @param headsPerLayer its query heads a layer
   * @param threshold a head with a higher score retrieves
   * @param hidden [steps, hidden size], finite
   * @param scores [steps, layers * heads], layer by layer, finite
   * @throws IllegalArgumentException if the shapes do not agree or a number is not finite
   */
  public static ScoredGeneration of(
      int layers, int headsPerLayer, double threshold, float[][] hidden, double[][] scores) {
    return new ScoredGeneration(layers, headsPerLayer, threshold, hidden, scores);
  }

  /**
   * The same generation with the tokens that were generated.
   *
   * @param ids [steps]
   */
  public ScoredGeneration withTokens(int... ids) {
    if (ids.length > 0 && ids.length != steps) {
      throw Section.CORRELATION.wrong(
          "a generation has a token a step, got " + ids.length + " tokens of " + steps + " steps");
    }
    return new ScoredGeneration(layers, headsPerLayer, threshold, store, steps, ids.clone());
  }

  /** The same generation with its numbers elsewhere. */
  ScoredGeneration in(Store other) {
    return new ScoredGeneration(layers, headsPerLayer, threshold, other, steps, tokens);
  }

  /**
   * Hidden states, [steps, hidden size], and scores of heads that are taken for one layer's,
   * [steps, heads], with threshold 0.5.
   */
  public static ScoredGeneration of(float[][] hidden, double[][] scores) {
    return of(1, scores.length == 0 ? 1 : scores[0].length, .5, hidden, scores);
  }

  /**
   * The counted steps of a trace.
   *
   * @throws IllegalArgumentException if the trace holds no hidden states, or what the score needs
   *     is missing
   */
  public static ScoredGeneration of(Trace trace, Score score) {
    return of(trace, score.matrix(trace));
  }

  /**
   * The counted steps of a trace with scores that were computed from it.
   *
   * @param scores of all heads at the counted steps
   */
  public static ScoredGeneration of(Trace trace, ScoreMatrix scores) {
    List<Step> steps = trace.counted();
    if (steps.stream().anyMatch(s -> s.hidden().length == 0)) {
      throw Section.CORRELATION.wrong(
          "this trace holds no hidden states; generate it with Capture.heads(), which keeps them");
    }
    if (scores.steps() != steps.size() || scores.heads().size() != trace.heads()) {
      throw Section.CORRELATION.wrong(
          String.format(
              Locale.ROOT,
              "the trace has %d counted steps and %d heads, the scores are %s",
              steps.size(),
              trace.heads(),
              scores));
    }
    double[][] rows = new double[steps.size()][];
    for (int t = 0; t < rows.length; t++) {
      rows[t] = scores.step(t);
    }
    return of(
            trace.layers(),
            trace.headsPerLayer(),
            scores.threshold(),
            steps.stream().map(Step::hidden).toArray(float[][]::new),
            rows)
        .withTokens(steps.stream().mapToInt(Step::token).toArray());
  }

  /**
   * The first n steps, such as those of the answer, on the same arrays.
   *
   * @param n 0 or more; all where there are fewer
   */
  public ScoredGeneration first(int n) {
    if (n < 0) {
      throw Section.CORRELATION.wrong("the first steps are 0 or more, got " + n);
    }
    int some = Math.min(n, steps());
    return new ScoredGeneration(
        layers,
        headsPerLayer,
        threshold,
        store,
        some,
        Arrays.copyOf(tokens, Math.min(tokens.length, some)));
  }

  /** The model's layers. */
  public int layers() {
    return layers;
  }

  /** The query heads a layer. */
  public int headsPerLayer() {
    return headsPerLayer;
  }

  /** All query heads. */
  public int heads() {
    return layers * headsPerLayer;
  }

  /** A head with a higher score retrieves. */
  public double threshold() {
    return threshold;
  }

  /** The counted steps. */
  public int steps() {
    return steps;
  }

  /** The size of a hidden state; 0 where there is no step. */
  public int hiddenSize() {
    return steps() == 0 ? 0 : store.hiddenSize();
  }

  /** The hidden state that produced the token of a step: [hidden size], not a copy. */
  public float[] hidden(int step) {
    return store.hidden(step);
  }

  /**
   * The id of the token that was generated at a step.
   *
   * @throws IllegalArgumentException if the tokens are not known
   */
  public int token(int step) {
    if (tokens.length == 0) {
      throw Section.CORRELATION.wrong(
          "the tokens of this generation are not known; take it from a trace, or add them with"
              + " withTokens");
    }
    return tokens[step];
  }

  /** The heads whose score at a step is above the threshold, as 1, the others 0: [heads]. */
  public double[] labels(int step) {
    return Arrays.stream(store.scores(step)).map(v -> v > threshold ? 1 : 0).toArray();
  }

  /** The score of every head at a step: [heads], not a copy. */
  public double[] scores(int step) {
    return store.scores(step);
  }

  /**
   * Checks that generations can be analysed together.
   *
   * @throws IllegalArgumentException if there is none with a step, or they are of models of
   *     different shapes or thresholds
   */
  public static void check(List<ScoredGeneration> generations) {
    ScoredGeneration first = shape(generations);
    for (ScoredGeneration g : generations) {
      if (g.steps() > 0
          && (g.layers != first.layers
              || g.headsPerLayer != first.headsPerLayer
              || g.threshold != first.threshold
              || g.hiddenSize() != first.hiddenSize())) {
        throw Section.CORRELATION.wrong(
            "generations are of one model and one score, got " + first + " and " + g);
      }
    }
  }

  /** The first generation that has a step, and so the shape of all. */
  public static ScoredGeneration shape(List<ScoredGeneration> generations) {
    return generations.stream()
        .filter(g -> g.steps() > 0)
        .findFirst()
        .orElseThrow(
            () ->
                Section.CORRELATION.wrong(
                    "there is at least one generation with a counted step, got none among "
                        + generations.size()));
  }

  @Override
  public String toString() {
    return String.format(
        Locale.ROOT,
        "ScoredGeneration[%d steps, hidden size %d, %d x %d heads, threshold %s]",
        steps(),
        hiddenSize(),
        layers,
        headsPerLayer,
        threshold);
  }
}

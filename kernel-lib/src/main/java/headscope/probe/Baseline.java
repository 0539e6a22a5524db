package headscope.probe;

import headscope.matrix.Dense;
import headscope.matrix.Rows;
import headscope.pairs.Pairs;
import headscope.pairs.ScoredGeneration;
import headscope.probe.HeadProbe.Kind;
import java.util.Arrays;
import java.util.concurrent.CancellationException;
import java.util.function.Function;
import java.util.stream.IntStream;
import smile.classification.LogisticRegression;

/** What a probe must beat: a simpler way to say which heads retrieve. */
public interface Baseline {
  /** What tables call it. */
  String name();

  /** The prediction of each pair: [pairs, heads]. */
  double[][] predict(Pairs pairs);

  /**
   * From which prediction on a head counts as retrieving: that of the best F1 on the validation
   * pairs, unless a baseline names the heads itself.
   */
  default double threshold(Pairs validation) {
    return PrecisionRecall.of(predict(validation), validation.labels()).bestThreshold();
  }

  /** A baseline of one's own. */
  static Baseline of(String name, Function<Pairs, double[][]> predict) {
    return new Baseline() {
      @Override
      public String name() {
        return name;
      }

      @Override
      public double[][] predict(Pairs pairs) {
        return predict.apply(pairs);
      }
    };
  }

  /** The mean over the training pairs of each head, whatever the hidden state. */
  static Baseline meanPattern(Split split, Kind kind) {
    double[][] targets = ProbeTraining.targets(kind, split.training());
    double[] means =
        IntStream.range(0, targets[0].length)
            .mapToDouble(h -> Arrays.stream(Metrics.column(targets, h)).average().orElseThrow())
            .toArray();
    return of(
        "mean pattern",
        pairs -> IntStream.range(0, pairs.size()).mapToObj(i -> means).toArray(double[][]::new));
  }

  /**
   * The same heads as at the step before, which is looked up, not predicted; 0 for the first step
   * of a generation.
   */
  static Baseline stepBefore(Kind kind) {
    return new Baseline() {
      @Override
      public String name() {
        return "same heads as the step before";
      }

      @Override
      public double[][] predict(Pairs pairs) {
        return IntStream.range(0, pairs.size())
            .mapToObj(i -> before(pairs, i, kind))
            .toArray(double[][]::new);
      }

      @Override
      public double threshold(Pairs validation) {
        return .5; // between no and yes: it names heads
      }
    };
  }

  private static double[] before(Pairs pairs, int pair, Kind kind) {
    ScoredGeneration g = pairs.generations().get(pairs.generation(pair));
    int step = pairs.step(pair) + pairs.offset() - 1;
    if (step < 0) {
      return new double[g.heads()];
    }
    return kind == Kind.REGRESSOR ? g.scores(step) : g.labels(step);
  }

  /**
   * Linear regression of every head on the hidden state with a ridge, also of the 0s and 1s of a
   * classifier: (XᵀX + λI) W = XᵀY with centred sides, by Cholesky. λ is the mean diagonal of XᵀX
   * times 1e-6, 1e-5, ... or 100, whichever predicts the validation pairs with the least squared
   * error, the smaller of equal ones.
   */
  static Baseline ridge(Split split, Kind kind) {
    Pairs training = split.training();
    double[][] targets = ProbeTraining.targets(kind, training);
    double[][] validation = ProbeTraining.targets(kind, split.validation());
    Ridge ridge = Ridge.of(training.hiddenRows(), Rows.of("targets of a ridge", targets));
    double unit = ridge.unit();
    Dense best = ridge.noWeights(); // where no hidden state varies
    double least = Double.POSITIVE_INFINITY;
    for (int power = -6; power <= 2 && unit > 0; power++) {
      if (Thread.interrupted()) {
        throw new CancellationException("stopped on request");
      }
      Dense weights = ridge.weights(unit * Math.pow(10, power));
      double[][] predicted = ridge.predict(split.validation().hiddenRows(), weights);
      double error = Regression.of(predicted, validation).mse();
      if (error < least) {
        least = error;
        best = weights;
      }
    }
    Dense chosen = best;
    return of("ridge regression", pairs -> ridge.predict(pairs.hiddenRows(), chosen));
  }

  /** Up to how many weights, hidden size times heads, a logistic regression is worth its time. */
  int LOGISTIC_WEIGHTS = 100_000;

  /**
   * Logistic regression of each head for itself on the hidden state, with half the squared weights
   * as penalty; the mean of a head that is the same in all training pairs.
   */
  static Baseline logistic(Split split) {
    Pairs training = split.training();
    double[][] x = wide(training);
    double[][] labels = training.labels();
    LogisticRegression.Binomial[] models = new LogisticRegression.Binomial[training.heads()];
    double[] means = new double[models.length];
    for (int h = 0; h < models.length; h++) {
      if (Thread.interrupted()) {
        throw new CancellationException("stopped on request");
      }
      double[] ofHead = Metrics.column(labels, h);
      means[h] = Arrays.stream(ofHead).average().orElseThrow();
      if (means[h] > 0 && means[h] < 1) {
        int[] y = Arrays.stream(ofHead).mapToInt(v -> (int) v).toArray();
        models[h] = LogisticRegression.binomial(x, y, 1, 1e-5, 500);
      }
    }
    return of(
        "logistic regression",
        pairs ->
            Arrays.stream(wide(pairs))
                .map(
                    row ->
                        IntStream.range(0, models.length)
                            .mapToDouble(
                                h ->
                                    models[h] == null
                                        ? means[h]
                                        : AsymmetricLoss.sigmoid(models[h].score(row)))
                            .toArray())
                .toArray(double[][]::new));
  }

  private static double[][] wide(Pairs pairs) {
    return IntStream.range(0, pairs.size())
        .mapToObj(i -> Mlp.widened(pairs.hidden(i)))
        .toArray(double[][]::new);
  }
}

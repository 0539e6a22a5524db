package headscope.probe;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.NDScope;
import ai.djl.ndarray.types.Shape;
import headscope.draw.Draws;
import headscope.failure.Section;
import headscope.pairs.Pairs;
import headscope.pairs.ScoredGeneration;
import headscope.probe.HeadProbe.Epoch;
import headscope.probe.HeadProbe.Kind;
import headscope.probe.HeadProbe.Options;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CancellationException;

/**
 * Trains a probe with arrays of the tensor engine. The backward pass is written out: it is four
 * lines a layer, and what the engine would record instead is not safe from Java's garbage
 * collection, knows neither this loss nor PyTorch's Adam, and draws dropout from a seed that is not
 * ours.
 */
final class ProbeTraining {
  private static final double BETA_1 = .9;
  private static final double BETA_2 = .999;
  private static final double EPSILON = 1e-8;

  /** A validation loss is lower where it is by more than this share, as in PyTorch. */
  private static final double LOWER = 1e-4;

  /** The rate does not fall by less, as in PyTorch. */
  private static final double LEAST_CHANGE = 1e-8;

  static {
    // No download at run time, and no usage call: what is missing is an error at once.
    System.setProperty("ai.djl.offline", "true");
    System.setProperty("OPT_OUT_TRACKING", "true");
  }

  /** A weight or bias with what Adam remembers of its gradients. */
  private record Parameter(NDArray value, NDArray mean, NDArray square) {}

  /** What a forward pass leaves to the backward pass. */
  private record Pass(List<NDArray> inputs, List<NDArray> gates, NDArray outputs) {}

  private final Split split;
  private final Options options;
  private final ScoredGeneration shape;
  private final double[][] trainingTargets;
  private final double[][] validationTargets;
  private final Draws draws;
  private final List<Epoch> history = new ArrayList<>();
  private Mlp best;
  private double lowest = Double.POSITIVE_INFINITY;
  private int adamSteps;

  ProbeTraining(Split split, Options options) {
    this.split = split;
    this.options = options;
    this.draws = new Draws(options.seed());
    this.shape = ScoredGeneration.shape(split.training().generations());
    trainingTargets = targets(options.kind(), split.training());
    validationTargets = targets(options.kind(), split.validation());
    if (options.kind() == Kind.CLASSIFIER) {
      checkPositive("training", trainingTargets);
      checkPositive("validation", validationTargets);
    }
  }

  /** What a probe of a kind should say of some pairs: [pairs, heads]. */
  static double[][] targets(Kind kind, Pairs pairs) {
    return kind == Kind.CLASSIFIER ? pairs.labels() : pairs.scores();
  }

  private void checkPositive(String part, double[][] labels) {
    if (Arrays.stream(labels).flatMapToDouble(Arrays::stream).noneMatch(y -> y == 1)) {
      throw Section.CORRELATION.wrong(
          "no head retrieves in any of the "
              + labels.length
              + " "
              + part
              + " pairs (no score is above "
              + shape.threshold()
              + "), so that there is nothing to classify; take more generations, another seed of"
              + " the split, a lower threshold, or a regressor");
    }
  }

  HeadProbe run(HeadProbe.Listener listener) {
    Mlp initial = initial();
    try (NDManager manager = NDManager.newBaseManager(Device.cpu(), "PyTorch");
        EngineThreads threads = EngineThreads.forWeights(initial.weights())) {
      return run(listener, parameters(manager, initial), manager);
    } catch (CancellationException e) {
      throw new TrainingStoppedException(
          history.size(), Optional.ofNullable(best).map(this::probe));
    } finally {
      listener.ended();
    }
  }

  private HeadProbe run(
      HeadProbe.Listener listener, List<Parameter> parameters, NDManager manager) {
    double rate = options.learningRate();
    double reference = Double.POSITIVE_INFINITY; // the loss that counts as lower by a share
    int bad = 0; // epochs since the rate fell or the loss was lower
    int still = 0; // epochs since the loss was lower
    for (int epoch = 1; epoch <= options.epochs(); epoch++) {
      double training = learn(parameters, manager, rate);
      double validation = loss(parameters, manager);
      if (!Double.isFinite(training) || !Double.isFinite(validation)) {
        throw Section.CORRELATION.failed(
            "the loss is no number any more in epoch "
                + epoch
                + " of the training; lower the learning rate of "
                + options.learningRate());
      }
      Epoch done = new Epoch(epoch, training, validation, rate);
      history.add(done);
      if (validation < lowest) {
        lowest = validation;
        best = mlp(parameters);
      }
      boolean lower = validation < reference * (1 - LOWER);
      reference = lower ? validation : reference;
      bad = lower ? 0 : bad + 1;
      still = lower ? 0 : still + 1;
      if (bad > options.patience()) {
        double lowered = rate * options.factor();
        rate = rate - lowered > LEAST_CHANGE ? lowered : rate;
        bad = 0;
      }
      listener.epoch(done, options.epochs());
      if (options.earlyStop() > 0 && still >= options.earlyStop()) {
        break;
      }
    }
    return probe(best);
  }

  private HeadProbe probe(Mlp mlp) {
    HeadProbe unset = probe(mlp, Double.NaN);
    return options.kind() == Kind.REGRESSOR
        ? unset
        : probe(
            mlp,
            PrecisionRecall.of(unset.predict(split.validation()), validationTargets)
                .bestThreshold());
  }

  private HeadProbe probe(Mlp mlp, double threshold) {
    return new HeadProbe(
        options,
        shape.layers(),
        shape.headsPerLayer(),
        split.training().offset(),
        threshold,
        history,
        mlp);
  }

  /** Weights and biases uniform within 1/√inputs, as PyTorch begins. */
  private Mlp initial() {
    List<Mlp.Layer> layers = new ArrayList<>();
    int in = split.training().hiddenSize();
    List<Integer> widths = new ArrayList<>(options.widths());
    widths.add(shape.heads());
    for (int out : widths) {
      double bound = 1 / Math.sqrt(in);
      layers.add(
          new Mlp.Layer(in, out, uniform(Math.multiplyExact(in, out), bound), uniform(out, bound)));
      in = out;
    }
    return new Mlp(layers);
  }

  private float[] uniform(int n, double bound) {
    float[] values = new float[n];
    for (int i = 0; i < n; i++) {
      values[i] = (float) ((2 * draws.share() - 1) * bound);
    }
    return values;
  }

  /** Weight, bias, weight, bias, ... from the first layer on. */
  static List<Parameter> parameters(NDManager manager, Mlp mlp) {
    List<Parameter> parameters = new ArrayList<>();
    for (Mlp.Layer layer : mlp.layers()) {
      parameters.add(parameter(manager, layer.weight(), new Shape(layer.in(), layer.out())));
      parameters.add(parameter(manager, layer.bias(), new Shape(layer.out())));
    }
    return parameters;
  }

  private static Parameter parameter(NDManager manager, float[] values, Shape shape) {
    return new Parameter(manager.create(values, shape), manager.zeros(shape), manager.zeros(shape));
  }

  private static Mlp mlp(List<Parameter> parameters) {
    List<Mlp.Layer> layers = new ArrayList<>();
    for (int p = 0; p < parameters.size(); p += 2) {
      Shape shape = parameters.get(p).value().getShape();
      layers.add(
          new Mlp.Layer(
              (int) shape.get(0),
              (int) shape.get(1),
              parameters.get(p).value().toFloatArray(),
              parameters.get(p + 1).value().toFloatArray()));
    }
    return new Mlp(layers);
  }

  /** One epoch; the mean of the batches' losses. */
  private double learn(List<Parameter> parameters, NDManager manager, double rate) {
    int n = split.training().size();
    int[] order = Draws.permutation(n, draws.next());
    double sum = 0;
    for (int from = 0; from < n; from += options.batch()) {
      stopIfInterrupted();
      int[] batch = Arrays.copyOfRange(order, from, Math.min(n, from + options.batch()));
      try (NDScope scope = new NDScope()) {
        scope.suppressNotUsedWarning();
        Pass pass = forward(parameters, inputs(manager, split.training(), batch), true);
        float[] outputs = pass.outputs().toFloatArray();
        float[] slopes = new float[outputs.length];
        sum += loss(outputs, trainingTargets, batch, slopes);
        NDArray slope = manager.create(slopes, pass.outputs().getShape());
        step(parameters, gradients(parameters, pass, slope), rate);
      }
    }
    return sum / scale(n);
  }

  /** The loss of the validation pairs, without dropout. */
  private double loss(List<Parameter> parameters, NDManager manager) {
    int n = split.validation().size();
    double sum = 0;
    for (int from = 0; from < n; from += options.batch()) {
      stopIfInterrupted();
      int[] batch = new int[Math.min(n, from + options.batch()) - from];
      Arrays.setAll(batch, i -> i);
      for (int i = 0; i < batch.length; i++) {
        batch[i] += from;
      }
      try (NDScope scope = new NDScope()) {
        scope.suppressNotUsedWarning();
        Pass pass = forward(parameters, inputs(manager, split.validation(), batch), false);
        float[] outputs = pass.outputs().toFloatArray();
        sum += loss(outputs, validationTargets, batch, new float[outputs.length]);
      }
    }
    return sum / scale(n);
  }

  private static void stopIfInterrupted() {
    if (Thread.interrupted()) {
      throw new CancellationException();
    }
  }

  /** What sums of losses are divided by: pairs of a classifier, head-steps of a regressor. */
  private double scale(int pairs) {
    return options.kind() == Kind.CLASSIFIER ? pairs : (double) pairs * shape.heads();
  }

  private static NDArray inputs(NDManager manager, Pairs pairs, int[] batch) {
    int size = pairs.hiddenSize();
    float[] rows = new float[batch.length * size];
    for (int i = 0; i < batch.length; i++) {
      System.arraycopy(pairs.hidden(batch[i]), 0, rows, i * size, size);
    }
    return manager.create(rows, new Shape(batch.length, size));
  }

  private Pass forward(List<Parameter> parameters, NDArray x, boolean dropout) {
    List<NDArray> inputs = new ArrayList<>();
    List<NDArray> gates = new ArrayList<>();
    NDArray a = x; // [batch, in]
    for (int p = 0; p < parameters.size(); p += 2) {
      inputs.add(a);
      a = a.matMul(parameters.get(p).value()).addi(parameters.get(p + 1).value()); // [batch, out]
      if (p < parameters.size() - 2) {
        NDArray gate = a.gt(0).toType(a.getDataType(), false); // ReLU, and its slope
        if (dropout && options.dropout() > 0) {
          gate = gate.muli(kept(x.getManager(), a.getShape()));
        }
        gates.add(gate);
        a = a.muli(gate);
      }
    }
    return new Pass(inputs, gates, a);
  }

  /** 0 for what is dropped, else what keeps the mean. */
  private NDArray kept(NDManager manager, Shape shape) {
    float[] kept = new float[(int) shape.size()];
    float whole = (float) (1 / (1 - options.dropout()));
    for (int i = 0; i < kept.length; i++) {
      kept[i] = draws.share() < options.dropout() ? 0 : whole;
    }
    return manager.create(kept, shape);
  }

  /** The loss of a batch, summed over its entries, and what the trained loss changes by each. */
  private double loss(float[] outputs, double[][] targets, int[] batch, float[] slopes) {
    double sum = 0;
    int heads = shape.heads();
    for (int i = 0; i < outputs.length; i++) {
      double y = targets[batch[i / heads]][i % heads];
      if (options.kind() == Kind.CLASSIFIER) {
        sum += options.loss().entry(outputs[i], y);
        slopes[i] = (float) options.loss().slope(outputs[i], y);
      } else {
        sum += (outputs[i] - y) * (outputs[i] - y);
        slopes[i] = (float) (2 * (outputs[i] - y) / outputs.length);
      }
    }
    return sum;
  }

  /** In the order of the parameters. */
  private static List<NDArray> gradients(List<Parameter> parameters, Pass pass, NDArray slope) {
    NDArray[] gradients = new NDArray[parameters.size()];
    NDArray delta = slope; // [batch, out]
    for (int p = parameters.size() - 2; p >= 0; p -= 2) {
      gradients[p] = pass.inputs().get(p / 2).transpose().matMul(delta); // [in, out]
      gradients[p + 1] = delta.sum(new int[] {0}); // [out]
      if (p > 0) {
        delta =
            delta
                .matMul(parameters.get(p).value().transpose())
                .muli(pass.gates().get(p / 2 - 1)); // [batch, in]
      }
    }
    return List.of(gradients);
  }

  /** One step of Adam along the clipped gradient, as PyTorch takes it. */
  private void step(List<Parameter> parameters, List<NDArray> gradients, double rate) {
    double squares = 0;
    for (NDArray g : gradients) {
      squares += g.mul(g).sum().getFloat();
    }
    double clip = Math.min(1, options.gradientNorm() / (Math.sqrt(squares) + 1e-6));
    adamSteps++;
    double ofMean = 1 - Math.pow(BETA_1, adamSteps);
    double ofSquare = Math.sqrt(1 - Math.pow(BETA_2, adamSteps));
    for (int p = 0; p < parameters.size(); p++) {
      Parameter parameter = parameters.get(p);
      NDArray g = gradients.get(p).muli(clip);
      parameter.mean().muli(BETA_1).addi(g.mul(1 - BETA_1));
      parameter.square().muli(BETA_2).addi(g.mul(g).muli(1 - BETA_2));
      NDArray divisor = parameter.square().sqrt().divi(ofSquare).addi(EPSILON);
      parameter.value().subi(parameter.mean().mul(rate / ofMean).divi(divisor));
    }
  }
}

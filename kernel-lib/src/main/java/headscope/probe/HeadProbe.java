package headscope.probe;

import headscope.failure.Section;
import headscope.pairs.Pairs;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/**
 * A multi-layer perceptron that reads off a hidden state which heads retrieve (Table 2) or how
 * strongly each does (Table 3). Immutable, needs no model and no engine once it is trained, and may
 * be used by several threads.
 *
 * <pre>
 *   Split split = Split.of(generations, seed);
 *   HeadProbe probe = HeadProbe.train(split, HeadProbe.Options.classifier(), Progress.epochs());
 *   ProbeReport.of(probe, split).toTable();       // the probe and its baselines on the test pairs
 *   probe.save(Path.of("niah.probe.safetensors"));
 * </pre>
 *
 * <p>The epoch of the lowest validation loss is kept. The same split and options give the same
 * bytes on the same machine.
 */
public final class HeadProbe implements HeadPredictor {
  /** The hidden layers of the paper: some 90 million weights for an 8B model. */
  public static final List<Integer> PAPER_WIDTHS = List.of(8192, 4096, 4096);

  /** What a probe predicts. */
  public enum Kind {
    /** The probability that a head's score is above the threshold: Table 2. */
    CLASSIFIER,
    /** The score itself, unbounded: Table 3. */
    REGRESSOR
  }

  /**
   * How a probe is trained: Adam, in batches, the rate divided when the validation loss stands
   * still, the gradient's norm over all weights clipped.
   *
   * @param kind what it predicts, which decides its loss: Asymmetric Loss, summed over the batch,
   *     or mean squared error
   * @param widths of the hidden layers; none: a linear probe
   * @param dropout share of each hidden layer's outputs that is zero at a time
   * @param epochs at most
   * @param batch pairs
   * @param learningRate of Adam (0.9, 0.999, 1e-8)
   * @param patience epochs without a lower validation loss (by 1e-4 of it) before the rate falls
   * @param factor what the rate is then multiplied with
   * @param earlyStop epochs without a lower validation loss before training ends; 0: never
   * @param gradientNorm that it is clipped to
   * @param loss of a classifier
   * @param seed of weights, batches and dropout
   */
  public record Options(
      Kind kind,
      List<Integer> widths,
      double dropout,
      int epochs,
      int batch,
      double learningRate,
      int patience,
      double factor,
      int earlyStop,
      double gradientNorm,
      AsymmetricLoss loss,
      long seed) {
    public Options {
      widths = List.copyOf(widths);
      if (widths.stream().anyMatch(w -> w < 1)
          || !(dropout >= 0 && dropout < 1)
          || epochs < 1
          || batch < 1
          || !(learningRate > 0 && learningRate < Double.POSITIVE_INFINITY)
          || patience < 0
          || !(factor > 0 && factor < 1)
          || earlyStop < 0
          || !(gradientNorm > 0)) {
        throw Section.CORRELATION.wrong(
            String.format(
                Locale.ROOT,
                "a probe has widths from 1, dropout from 0 below 1, epochs and batch from 1, a"
                    + " learning rate and gradient norm above 0, patience and early stop from 0, a"
                    + " factor between 0 and 1; got %s, %s, %d, %d, %s, %s, %d, %d, %s",
                widths,
                dropout,
                epochs,
                batch,
                learningRate,
                gradientNorm,
                patience,
                earlyStop,
                factor));
      }
    }

    /**
     * What the paper says, but for the size: hidden layers 512, 256, 256 for the small model; 100
     * epochs, batch 128, rate 3e-4, patience 3, factor 0.1, norm 1, dropout 0.1, no early stop,
     * seed 0.
     */
    public static Options classifier() {
      return new Options(
          Kind.CLASSIFIER,
          List.of(512, 256, 256),
          .1,
          100,
          128,
          3e-4,
          3,
          .1,
          0,
          1,
          AsymmetricLoss.standard(),
          0);
    }

    /** The same with mean squared error. */
    public static Options regressor() {
      Options o = classifier();
      return o.with(Kind.REGRESSOR, o.widths, o.dropout, o.epochs, o.earlyStop, o.seed);
    }

    /** With other hidden layers, such as {@link HeadProbe#PAPER_WIDTHS}. */
    public Options withWidths(List<Integer> other) {
      return with(kind, other, dropout, epochs, earlyStop, seed);
    }

    /** With another dropout. */
    public Options withDropout(double other) {
      return with(kind, widths, other, epochs, earlyStop, seed);
    }

    /** With another number of epochs. */
    public Options withEpochs(int most) {
      return with(kind, widths, dropout, most, earlyStop, seed);
    }

    /** Ending after so many epochs without a lower validation loss; 0: never. */
    public Options withEarlyStop(int patient) {
      return with(kind, widths, dropout, epochs, patient, seed);
    }

    /** With another seed. */
    public Options withSeed(long other) {
      return with(kind, widths, dropout, epochs, earlyStop, other);
    }

    /** With another batch and learning rate. */
    public Options withBatch(int pairs, double rate) {
      return new Options(
          kind,
          widths,
          dropout,
          epochs,
          pairs,
          rate,
          patience,
          factor,
          earlyStop,
          gradientNorm,
          loss,
          seed);
    }

    private Options with(
        Kind k, List<Integer> w, double drop, int most, int patient, long otherSeed) {
      return new Options(
          k,
          w,
          drop,
          most,
          batch,
          learningRate,
          patience,
          factor,
          patient,
          gradientNorm,
          loss,
          otherSeed);
    }
  }

  /**
   * How far a training has come.
   *
   * @param epoch from 1
   * @param trainingLoss of the batches, as they were learned: of a classifier a pair, of a
   *     regressor a head-step
   * @param validationLoss the same of the validation pairs, without dropout
   * @param learningRate that the epoch was learned with
   */
  public record Epoch(int epoch, double trainingLoss, double validationLoss, double learningRate) {}

  /** Is told how far a training has come. */
  @FunctionalInterface
  public interface Listener {
    /** Listens to nothing. */
    Listener NONE = (epoch, most) -> {};

    /**
     * An epoch is done.
     *
     * @param most epochs that there will be, fewer where training stops early
     */
    void epoch(Epoch epoch, int most);

    /** The training is over, at its end or before. */
    default void ended() {}
  }

  private final Options options;
  private final int layers;
  private final int headsPerLayer;
  private final int offset;
  private final double threshold;
  private final List<Epoch> history;
  private final Mlp mlp;

  HeadProbe(
      Options options,
      int layers,
      int headsPerLayer,
      int offset,
      double threshold,
      List<Epoch> history,
      Mlp mlp) {
    this.options = options;
    this.layers = layers;
    this.headsPerLayer = headsPerLayer;
    this.offset = offset;
    this.threshold = threshold;
    this.history = List.copyOf(history);
    this.mlp = mlp;
    if (layers < 1 || headsPerLayer < 1 || mlp.outputs() != layers * headsPerLayer) {
      throw Section.CORRELATION.wrong(
          "a probe has an output a head: "
              + mlp.outputs()
              + " outputs, "
              + layers
              + " layers of "
              + headsPerLayer
              + " heads");
    }
  }

  /**
   * Trains a probe.
   *
   * @param split what is learned and validated
   * @param options how
   * @param listener is told of each epoch, for instance {@code Progress.epochs()}
   * @throws IllegalArgumentException if a classifier finds no positive label among the training or
   *     the validation pairs
   * @throws TrainingStoppedException if the thread is interrupted or the listener throws a {@link
   *     java.util.concurrent.CancellationException}; it holds the best probe so far
   */
  public static HeadProbe train(Split split, Options options, Listener listener) {
    return new ProbeTraining(split, options).run(listener);
  }

  /**
   * Reads what {@link #save} wrote: a probe that predicts the same to the bit.
   *
   * @throws headscope.safetensors.MalformedFileException if it is no whole probe
   * @throws java.io.UncheckedIOException if it cannot be read
   */
  public static HeadProbe load(Path file) {
    return ProbeFile.load(file);
  }

  /**
   * Writes {@code *.probe.safetensors}, format {@code headscope-probe/1}. The file is complete or
   * not there.
   *
   * @throws java.io.UncheckedIOException if it cannot be written
   */
  public void save(Path file) {
    ProbeFile.save(this, file);
  }

  /** How it was trained. */
  public Options options() {
    return options;
  }

  /** What it predicts. */
  public Kind kind() {
    return options.kind();
  }

  /** The size of the hidden states it reads. */
  public int hiddenSize() {
    return mlp.inputs();
  }

  /** From a hidden state to the scores that are predicted from it, in steps. */
  public int offset() {
    return offset;
  }

  /**
   * The probability from which on a head counts as retrieving: that of the best F1 on the
   * validation pairs, the lowest of equal ones. NaN of a regressor.
   */
  public double threshold() {
    return threshold;
  }

  /** The epochs of its training, the kept one and those after it. */
  public List<Epoch> history() {
    return history;
  }

  @Override
  public int layers() {
    return layers;
  }

  @Override
  public int headsPerLayer() {
    return headsPerLayer;
  }

  /** Of a classifier the probability that each head retrieves, of a regressor each head's score. */
  @Override
  public double[] predict(float[] hidden) {
    if (hidden.length != mlp.inputs()) {
      throw Section.CORRELATION.wrong(
          "this probe reads hidden states of "
              + mlp.inputs()
              + " numbers, got "
              + hidden.length
              + "; train one for this model");
    }
    return outputs(mlp.forward(hidden));
  }

  /**
   * The prediction of each pair: [pairs, heads].
   *
   * @throws IllegalArgumentException if the hidden states are not of the size it was trained on
   */
  public double[][] predict(Pairs pairs) {
    if (pairs.size() > 0 && pairs.hiddenSize() != mlp.inputs()) {
      predict(pairs.hidden(0)); // says what is wrong
    }
    return Arrays.stream(mlp.forward(pairs)).map(this::outputs).toArray(double[][]::new);
  }

  private double[] outputs(float[] logits) {
    double[] outputs = Mlp.widened(logits);
    return kind() == Kind.REGRESSOR
        ? outputs
        : Arrays.stream(outputs).map(AsymmetricLoss::sigmoid).toArray();
  }

  Mlp mlp() {
    return mlp;
  }

  @Override
  public String toString() {
    return String.format(
        Locale.ROOT,
        "HeadProbe[%s, %s, %d x %d heads, %d epochs]",
        kind().name().toLowerCase(Locale.ROOT),
        mlp,
        layers,
        headsPerLayer,
        history.size());
  }
}

package headscope.model;

import headscope.failure.Section;
import headscope.model.Family.Trait;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * The shape of a model.
 *
 * @param family which parts differ from the other families
 * @param vocabulary token ids
 * @param hidden size of the residual stream
 * @param intermediate size of the MLP's inner layer
 * @param heads query heads a layer
 * @param keyValueHeads key/value heads a layer; {@code heads} is a multiple
 * @param headDim size of a head
 * @param normEpsilon what is added to the variance in every norm
 * @param tied whether the output matrix is the embedding
 * @param biases which projections have one
 * @param queryScale what the scores of queries and keys are multiplied by
 * @param layerTypes what differs from layer to layer, the lowest first
 * @param maxPositions the longest sequence
 */
public record ModelConfig(
    Family family,
    int vocabulary,
    int hidden,
    int intermediate,
    int heads,
    int keyValueHeads,
    int headDim,
    double normEpsilon,
    boolean tied,
    Biases biases,
    double queryScale,
    List<LayerType> layerTypes,
    int maxPositions) {

  /** Which projections add a bias. */
  public record Biases(boolean queryKeyValue, boolean attentionOutput, boolean mlp) {}

  public ModelConfig {
    layerTypes = List.copyOf(layerTypes);
    if (keyValueHeads < 1 || heads % keyValueHeads != 0) {
      throw Section.CHECKPOINT_CONFIG.wrong(
          String.format(
              "%d query heads cannot share %d key/value heads; supported: a divisor",
              heads, keyValueHeads));
    }
  }

  /** Decoder layers. */
  public int layers() {
    return layerTypes.size();
  }

  /** Query heads in all. */
  public int totalHeads() {
    return layers() * heads;
  }

  /**
   * How many positions a query of each layer sees, its own the last; 0: all before it. Empty where
   * every layer sees everything.
   */
  public List<Integer> windows() {
    return layerTypes.stream().allMatch(t -> t.window().isEmpty())
        ? List.of()
        : layerTypes.stream().map(t -> t.window().orElse(0)).toList();
  }

  /** Refuses what is no token id of the model. */
  void checkToken(int id) {
    if (id < 0 || id >= vocabulary) {
      throw Section.MODEL_USE.wrong(
          "token id " + id + " is outside the vocabulary of " + vocabulary + " ids");
    }
  }

  /** The rotary embeddings of the layers, each once. */
  List<Rope> ropes() {
    return layerTypes.stream().map(LayerType::rope).flatMap(Optional::stream).distinct().toList();
  }

  /** Whether sequences of these lengths are turned by the same frequencies. */
  boolean sameFrequencies(int lengthA, int lengthB) {
    return ropes().stream().allMatch(r -> r.scaling().sameFrequencies(lengthA, lengthB));
  }

  /**
   * Reads the shape of a checkpoint without its weights: what it is, and what it would take.
   *
   * @throws CheckpointException if it is no checkpoint, or of a kind that is not implemented
   */
  public static ModelConfig of(Checkpoint checkpoint) {
    return ConfigReader.read(CheckpointFiles.of(checkpoint));
  }

  /** The numbers that were learned: what "an 8B model" counts. */
  public long parameters() {
    long queries = (long) heads * headDim;
    long keys = (long) keyValueHeads * headDim;
    long attention = hidden * (2 * queries + 2 * keys);
    long bias =
        (biases.queryKeyValue() ? queries + 2 * keys : 0)
            + (biases.attentionOutput() ? hidden : 0)
            + (biases.mlp() ? 2L * intermediate + hidden : 0);
    long mlp = 3L * hidden * intermediate;
    long norms =
        hidden
            * ((family.has(Trait.NO_NORM_BEFORE) ? 0L : 2)
                + (family.has(Trait.NORM_AFTER) ? 2 : 0));
    norms += family.has(Trait.HEAD_NORM) ? 2L * headDim : 0;
    norms += family.has(Trait.WHOLE_NORM) ? queries + keys : 0;
    long embeddings = (tied ? 1L : 2L) * vocabulary * hidden;
    return embeddings + layers() * (attention + bias + mlp + norms) + hidden;
  }

  /** Bytes of the keys and values of one position in one layer: they are float32. */
  public long keyValueBytes() {
    return 2L * Float.BYTES * keyValueHeads * headDim;
  }

  /**
   * Bytes that weights and keys and values of one sequence take; the Java machine and the engine
   * come on top with some 500 MB.
   *
   * @param dtype of the weights; keys and values are float32
   * @param tokens prompt and answer together
   */
  public long memory(LoadOptions.Dtype dtype, long tokens) {
    long positions = 0;
    for (LayerType type : layerTypes) {
      positions += Math.min(tokens, KvCache.positions(type.window()));
    }
    return parameters() * dtype.bytes + positions * keyValueBytes();
  }

  @Override
  public String toString() {
    return String.format(
        Locale.ROOT,
        "%s: %d layers × %d heads = %d, %,d positions, %,d parameters",
        family.modelType(),
        layers(),
        heads,
        totalHeads(),
        maxPositions,
        parameters());
  }
}

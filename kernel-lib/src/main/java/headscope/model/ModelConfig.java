package headscope.model;

import java.util.Set;

/**
 * The shape of a model.
 *
 * @param family which parts differ from the other families
 * @param vocabulary token ids
 * @param hidden size of the residual stream
 * @param intermediate size of the MLP's inner layer
 * @param layers decoder layers
 * @param heads query heads a layer
 * @param keyValueHeads key/value heads a layer; {@code heads} is a multiple
 * @param headDim size of a head
 * @param normEpsilon what is added to the variance in every norm
 * @param tied whether the output matrix is the embedding
 * @param attentionBias whether the projections of attention have a bias
 * @param mlpBias whether those of the MLP have one
 * @param rope how positions turn query and key
 * @param maxPositions the longest sequence
 * @param endTokens ids that end a generation, those of {@code generation_config.json} included
 */
public record ModelConfig(
    Family family,
    int vocabulary,
    int hidden,
    int intermediate,
    int layers,
    int heads,
    int keyValueHeads,
    int headDim,
    double normEpsilon,
    boolean tied,
    boolean attentionBias,
    boolean mlpBias,
    Rope rope,
    int maxPositions,
    Set<Integer> endTokens) {

  public ModelConfig {
    endTokens = Set.copyOf(endTokens);
    if (keyValueHeads < 1 || heads % keyValueHeads != 0) {
      throw new IllegalArgumentException(
          String.format(
              "%d query heads cannot share %d key/value heads; supported: a divisor",
              heads, keyValueHeads));
    }
  }

  /** Query heads in all. */
  public int totalHeads() {
    return layers * heads;
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
    long biases = attentionBias ? queries + 2 * keys + hidden : 0;
    long mlp = 3L * hidden * intermediate + (mlpBias ? 2L * intermediate + hidden : 0);
    long norms = 2L * hidden + (family.queryKeyNorm() ? 2L * headDim : 0);
    long embeddings = (tied ? 1L : 2L) * vocabulary * hidden;
    return embeddings + layers * (attention + biases + mlp + norms) + hidden;
  }

  /**
   * Bytes that weights and keys and values of one sequence take; the Java machine and the engine
   * come on top with some 500 MB.
   *
   * @param dtype of the weights; keys and values are float32
   * @param tokens prompt and answer together
   */
  public long memory(LoadOptions.Dtype dtype, long tokens) {
    return parameters() * dtype.bytes + 8 * tokens * layers * keyValueHeads * headDim;
  }
}

package headscope.probe;

/** Tells from a hidden state which heads retrieve: a probe of section 5, or a stand-in for one. */
public interface HeadPredictor {
  /** The model's layers. */
  int layers();

  /** The query heads a layer. */
  int headsPerLayer();

  /**
   * What each head's score is expected to be.
   *
   * @param hidden the hidden state after the final norm: [hidden size]
   * @return [layers * heads], layer by layer
   * @throws IllegalArgumentException if the hidden state is not of the size it was trained on
   */
  double[] predict(float[] hidden);
}

/**
 * What the hidden state knows of the heads (section 5 of the study): {@link
 * headscope.correlation.OffsetCca} correlates the hidden state of a step with the scores of all
 * heads some steps later (Figs. 4 and 8), {@link headscope.correlation.HeadProbe} predicts the
 * scores from it (Tables 2 and 3). Both see a model only through {@link
 * headscope.correlation.Generation}s and stand beside their controls: held-out and shuffled pairs,
 * and {@link headscope.correlation.Baseline}s. PCA, CCA, losses and metrics take plain arrays.
 */
package headscope.correlation;

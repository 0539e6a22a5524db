/**
 * What the hidden state of a step knows of the heads some steps later (section 5 of the study):
 * PCA, canonical correlations and {@link headscope.correlation.OffsetCca} over time offsets (Figs.
 * 4 and 8), beside their controls, held-out and shuffled pairs. PCA and CCA take plain arrays.
 *
 * <pre>
 *   OffsetCca.Result result = OffsetCca.standard().withOffsets(List.of(0, 1, 2)).of(generations);
 *   Table table = result.toTable();
 * </pre>
 */
package headscope.correlation;

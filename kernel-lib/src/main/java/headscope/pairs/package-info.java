/**
 * Hidden states beside the scores of all heads: what one generation tells ({@link
 * headscope.pairs.ScoredGeneration}), and the pairs of a state with the scores some steps later
 * ({@link headscope.pairs.Pairs}) that correlations and probes are computed from. The analyses see
 * a model only through these.
 *
 * <pre>
 *   Pairs pairs = Pairs.of(generations, 2);               // states beside scores two steps later
 *   float[] state = pairs.hidden(0);
 * </pre>
 */
package headscope.pairs;

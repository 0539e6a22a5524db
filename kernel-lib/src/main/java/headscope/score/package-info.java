/**
 * Which heads retrieve, step by step and on the whole: the scores of Eqs. 1 and 2 as {@link
 * headscope.score.ScoreMatrix}, the static ranking of a model's heads, and the statistics of Table
 * 1 in {@link headscope.score.Dynamism}. All of it is computed from traces, without a model. Figs.
 * 1 and 5 are drawn from {@link headscope.score.ScoreMatrix#mostVariable}.
 *
 * <pre>
 *   ScoreMatrix scores = CopyPasteScore.of(trace);        // [steps, heads], 0 or 1
 *   HeadSet retrieving = scores.dynamicHeads(3);          // at step 3
 * </pre>
 */
package headscope.score;

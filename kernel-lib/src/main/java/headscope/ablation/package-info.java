/**
 * What happens when heads are taken away while a model answers (section 5 of the study): policies
 * that say which heads are masked at a step, the two-pass protocol of Figs. 2 and 6 that finds them
 * with a clean pass and masks them in a second one, how many heads a baseline masks, and the
 * compensation of Figs. 3 and 7. Works with any score.
 *
 * <pre>
 *   TwoPass protocol = TwoPass.of(CopyPasteScore.standard());
 *   Trace masked = protocol.run(model, prompt, MaskingPolicy.dynamic());
 * </pre>
 */
package headscope.ablation;

/**
 * Prompts whose needle is known. {@link headscope.task.NeedleInHaystack} hides sentences in essays
 * at a wanted length and depth, and marks their tokens; {@link headscope.task.HotpotQa} asks
 * questions over paragraphs, whose supporting sentences are the needle. {@link
 * headscope.task.AnswerMetrics} judges the answers. This is section 4 of the study: needles are the
 * task of Figs. 1 to 4, questions that of Figs. 5 to 8 and of Table 4.
 *
 * <pre>
 *   NeedleTrial trial = NeedleInHaystack.standard().trial(model.tokenizer(), 96, .5, 1);
 *   Trace trace = model.generate(trial.prompt(), Capture.heads());
 *   boolean found = trial.answeredBy(trace.text());
 * </pre>
 */
package headscope.task;

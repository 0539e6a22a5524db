/**
 * Prompts whose needle is known: {@link headscope.task.NeedleInHaystack} hides sentences in essays
 * at a wanted length and depth, and marks their tokens. {@link headscope.task.AnswerMetrics} judges
 * the answers. This is section 4 of the study and the tasks of its Figs. 1 and 2.
 *
 * <pre>
 *   NeedleTrial trial = NeedleInHaystack.standard().trial(model.tokenizer(), 96, .5, 1);
 *   Trace trace = model.generate(trial.prompt(), Capture.heads());
 *   boolean found = trial.answeredBy(trace.text());
 * </pre>
 */
package headscope.task;

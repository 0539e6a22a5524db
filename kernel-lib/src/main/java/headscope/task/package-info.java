/**
 * Prompts whose needle is known: {@link headscope.task.NeedleInHaystack} hides sentences in essays
 * at a wanted length and depth, and marks their tokens. {@link headscope.task.AnswerMetrics} judges
 * the answers. This is section 4 of the study and the tasks of its Figs. 1 and 2.
 */
package headscope.task;

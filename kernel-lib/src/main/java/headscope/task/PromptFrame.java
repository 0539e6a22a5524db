package headscope.task;

/**
 * The text around a context and its question, as the chat template writes it: a prompt is {@code
 * before + context + between + question + after}.
 *
 * @param before what stands before the context
 * @param between what stands between context and question
 * @param after what stands behind the question, up to where the answer begins
 */
public record PromptFrame(String before, String between, String after) {}

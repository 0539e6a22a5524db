package headscope.task;

import headscope.failure.Section;
import headscope.model.Encoding;
import headscope.model.Tokenizer;
import headscope.trace.Prompt;
import headscope.trace.Spans;
import java.util.List;
import java.util.Map;
import java.util.function.BiFunction;

/**
 * The form that both tasks ask in: {@code Context:}, {@code Question:} and {@code Instruction:} in
 * the user's turn of a conversation.
 *
 * @param system the system text; a blank one is left out
 * @param instruction what stands behind the question; a blank one is left out with its heading
 * @param rendering writes a conversation
 */
record ContextPrompt(
    String system,
    String instruction,
    BiFunction<Tokenizer, List<Map<String, Object>>, String> rendering) {

  /** What the study tells the model about itself. */
  static final String SYSTEM =
      "You are a helpful AI bot that answers questions for a user."
          + " Keep your response short and direct.";

  ContextPrompt {
    instruction = instruction.strip();
  }

  /** A stretch of characters, {@code [from, to)}. */
  record Stretch(int from, int to) {}

  /**
   * A prompt and the tokens of every needle.
   *
   * @param prompt with the spans needle, context and question
   * @param needles the tokens of each needle, in the order they were given
   */
  record Written(Prompt prompt, List<Spans> needles) {}

  /**
   * Writes a prompt.
   *
   * @param needles where the needles stand in the context
   * @throws IllegalArgumentException if the chat template rewrites the user's text
   */
  Written write(Tokenizer tokenizer, String context, String question, List<Stretch> needles) {
    String beforeContext = "Context:\n";
    String beforeQuestion = "\nQuestion:\n";
    String user =
        beforeContext
            + context
            + beforeQuestion
            + question
            + (instruction.isEmpty() ? "" : "\nInstruction:\n" + instruction);
    String text = rendering.apply(tokenizer, Tokenizer.messages(system, user));
    int userAt = text.lastIndexOf(user);
    if (userAt < 0) {
      throw Section.TASK_OPTIONS.wrong(
          "the chat template rewrites the user's text, so that the needle cannot be located in it;"
              + " give the checkpoint a template that writes message['content'] as it stands");
    }
    int contextAt = userAt + beforeContext.length();
    int questionAt = contextAt + context.length() + beforeQuestion.length();
    Encoding encoding = tokenizer.encode(text);
    List<Spans> tokens =
        needles.stream().map(n -> encoding.span(contextAt + n.from(), contextAt + n.to())).toList();
    Prompt prompt =
        encoding
            .prompt()
            .withSpan(Prompt.NEEDLE, tokens.stream().reduce(Spans.none(), Spans::union))
            .withSpan(Prompt.CONTEXT, encoding.span(contextAt, contextAt + context.length()))
            .withSpan(Prompt.QUESTION, encoding.span(questionAt, questionAt + question.length()));
    return new Written(prompt, tokens);
  }
}

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
   * A rendered conversation, and where the context and the question stand in it, in characters.
   *
   * @param text all of it
   * @param context where the context begins
   * @param question where the question begins
   */
  private record Rendered(String text, int context, int question) {}

  private Rendered rendered(Tokenizer tokenizer, String context, String question) {
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
    return new Rendered(text, contextAt, contextAt + context.length() + beforeQuestion.length());
  }

  /** What stands around a context and a question, whatever they are. */
  PromptFrame frame(Tokenizer tokenizer) {
    String mark = "?";
    Rendered r = rendered(tokenizer, mark, mark);
    return new PromptFrame(
        r.text().substring(0, r.context()),
        r.text().substring(r.context() + mark.length(), r.question()),
        r.text().substring(r.question() + mark.length()));
  }

  /**
   * Writes a prompt.
   *
   * @param needles where the needles stand in the context
   * @throws IllegalArgumentException if the chat template rewrites the user's text
   */
  Written write(Tokenizer tokenizer, String context, String question, List<Stretch> needles) {
    Rendered r = rendered(tokenizer, context, question);
    int from = r.context();
    Encoding encoding = tokenizer.encode(r.text());
    List<Spans> tokens =
        needles.stream().map(n -> encoding.span(from + n.from(), from + n.to())).toList();
    Prompt prompt =
        encoding
            .prompt()
            .withSpan(Prompt.NEEDLE, tokens.stream().reduce(Spans.none(), Spans::union))
            .withSpan(Prompt.CONTEXT, encoding.span(from, from + context.length()))
            .withSpan(
                Prompt.QUESTION, encoding.span(r.question(), r.question() + question.length()));
    return new Written(prompt, tokens);
  }
}

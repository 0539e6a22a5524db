package headscope.model;

import headscope.failure.Section;
import headscope.head.HeadMask;
import headscope.trace.Capture;
import headscope.trace.Prompt;
import headscope.trace.Spans;
import java.util.Arrays;
import java.util.Objects;

/**
 * What one row of a {@link Generation} is: a prompt, and how it goes on.
 *
 * <pre>
 *   Continuation.of(trial.prompt(), GenerateOptions.defaults(), Capture.heads())
 * </pre>
 *
 * @param prompt what is continued
 * @param steering decides over the row from step to step; several rows may have the same one
 * @param capture what every step records
 * @param promptMask the mask of the prompt's rows, but for the last one, which is step 0
 * @param hidden positions of the prompt that no row sees
 */
public record Continuation(
    Prompt prompt, Steering steering, Capture capture, HeadMask promptMask, Spans hidden) {
  public Continuation {
    Objects.requireNonNull(prompt, "prompt");
    Objects.requireNonNull(steering, "steering");
    Objects.requireNonNull(capture, "capture");
    Objects.requireNonNull(promptMask, "promptMask");
    if (hidden.end() > prompt.length()) {
      throw Section.MODEL_USE.wrong(
          String.format(
              "the hidden span %s is outside the prompt, which has %d tokens",
              hidden, prompt.length()));
    }
  }

  /** A prompt that is computed without a mask, and of which nothing is hidden. */
  public static Continuation of(Prompt prompt, Steering steering, Capture capture) {
    return new Continuation(prompt, steering, capture, HeadMask.none(), Spans.none());
  }

  /** With the rows of the prompt under a mask. */
  public Continuation withPromptMask(HeadMask mask) {
    return new Continuation(prompt, steering, capture, mask, hidden);
  }

  /** With positions of the prompt hidden. */
  public Continuation withHidden(Spans positions) {
    return new Continuation(prompt, steering, capture, promptMask, positions);
  }

  /** Checks that a model has the positions, token ids and heads for it. */
  void checkFits(ModelConfig config) {
    capture.rows().checkWithin(config.layers(), config.heads());
    promptMask.heads().checkWithin(config.layers(), config.heads());
    if (prompt.length() > config.maxPositions()) {
      throw Section.MODEL_USE.wrong(
          String.format(
              "the prompt has %d tokens, the model has %d positions; shorten the context",
              prompt.length(), config.maxPositions()));
    }
    Arrays.stream(prompt.ids()).forEach(config::checkToken);
  }
}

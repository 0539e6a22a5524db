package headscope.task;

import headscope.trace.Prompt;
import java.util.Map;

/** One prompt of a task, and what it takes to judge its answer. */
public interface Trial {
  /** The prompt, with the spans needle, context and question. */
  Prompt prompt();

  /** The question as the prompt puts it. */
  String question();

  /** The needle sentences, separated by a space. */
  String needle();

  /**
   * A right response in full: what a model is made to say where an answer's probability is read.
   */
  String rightResponse();

  /**
   * Whether a right response is one of the model's own, as of questions, which can be answered in
   * many ways: forced runs then take that of the clean run, where it is right, in place of {@link
   * #rightResponse} (DEFINITIONS.md, 36).
   */
  default boolean isAnsweredInOwnWords() {
    return false;
  }

  /** Tokens of the context that the task counts: the haystack without its needle, or all of it. */
  int length();

  /** Where the needle should lie, 0 the start to 1 the end: what figures are drawn over. */
  double depth();

  /** Where the needle lies, 0 to 1. */
  double realDepth();

  /** What else is drawn for this trial is drawn from here. */
  long seed();

  /** Whether a response counts as successful where heads are ranked. */
  boolean answeredBy(String response);

  /** When a response has said its answer. */
  AnswerSpan answerSpan();

  /** Every metric of the task, the main one first. */
  Map<Metric, Double> metrics(String response);

  /** What a line of results says of the trial. */
  TrialFacts facts();
}

package headscope.task;

import headscope.trace.Prompt;
import java.util.List;
import java.util.stream.Collectors;

/**
 * One prompt of {@link NeedleInHaystack}, and what it takes to judge its answer.
 *
 * @param prompt the prompt, with the spans needle, context (haystack and needle) and question
 * @param needles what was hidden, in the order of the task
 * @param question the question
 * @param length wanted length: tokens of the haystack before a needle went in
 * @param seed what the first essay and the identifiers were drawn from
 */
public record NeedleTrial(
    Prompt prompt, List<Placed> needles, String question, int length, long seed) {

  /**
   * A needle and where it lies.
   *
   * @param needle the sentence as it stands in the prompt, and its answer
   * @param depth the wanted depth, 0 to 1
   * @param realDepth the share of the haystack's tokens that lie before it
   */
  public record Placed(Needle needle, double depth, double realDepth) {}

  public NeedleTrial {
    needles = List.copyOf(needles);
    if (needles.isEmpty()) {
      throw new IllegalArgumentException("a trial has at least one needle, got none");
    }
  }

  /** The needle sentences, separated by a space. */
  public String needle() {
    return needles.stream().map(p -> p.needle().sentence()).collect(Collectors.joining(" "));
  }

  /** What a right response contains: an answer a needle. */
  public List<String> answers() {
    return needles.stream().map(p -> p.needle().answer()).toList();
  }

  /** The wanted depth of the first needle, 0 to 1: what figures are drawn over. */
  public double depth() {
    return needles.get(0).depth();
  }

  /** The share of the haystack's tokens that lie before the first needle. */
  public double realDepth() {
    return needles.get(0).realDepth();
  }

  /** Tokens of the whole prompt, template and needle included. */
  public int promptLength() {
    return prompt.length();
  }

  /** Whether a response contains every answer: the accuracy of Fig. 2 is the share of these. */
  public boolean answeredBy(String response) {
    return answers().stream().allMatch(answer -> AnswerMetrics.contains(response, answer));
  }

  /** ROUGE-L of a response against the needle sentence, 0 to 1. */
  public double rougeL(String response) {
    return AnswerMetrics.rougeL(response, needle());
  }
}

package headscope.task;

import headscope.failure.Section;
import headscope.trace.Prompt;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
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
    Prompt prompt, List<Placed> needles, String question, int length, long seed) implements Trial {

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
      throw Section.TASK_OPTIONS.wrong("a trial has at least one needle, got none");
    }
  }

  @Override
  public String needle() {
    return needles.stream().map(p -> p.needle().sentence()).collect(Collectors.joining(" "));
  }

  /** The needle sentences: the form in which the task's question is answered. */
  @Override
  public String rightResponse() {
    return needle();
  }

  /** What a right response contains: an answer a needle. */
  public List<String> answers() {
    return needles.stream().map(p -> p.needle().answer()).toList();
  }

  /** The wanted depth of the first needle. */
  @Override
  public double depth() {
    return needles.get(0).depth();
  }

  /** The share of the haystack's tokens that lie before the first needle. */
  @Override
  public double realDepth() {
    return needles.get(0).realDepth();
  }

  /** Whether a response contains every answer: the accuracy of Fig. 2 is the share of these. */
  @Override
  public boolean answeredBy(String response) {
    return answers().stream().allMatch(answer -> AnswerMetrics.contains(response, answer));
  }

  @Override
  public AnswerSpan answerSpan() {
    return AnswerSpan.ofNeedles(answers());
  }

  /** Accuracy, and ROUGE-L against the needle sentences. */
  @Override
  public Map<Metric, Double> metrics(String response) {
    Map<Metric, Double> map = new EnumMap<>(Metric.class);
    map.put(Metric.ACCURACY, answeredBy(response) ? 1.0 : 0.0);
    map.put(Metric.ROUGE_L, AnswerMetrics.rougeL(response, needle()));
    return map;
  }

  @Override
  public TrialFacts facts() {
    return new TrialFacts.OfNeedle(length, depth(), realDepth(), prompt.length(), seed, needle());
  }

  @Override
  public String toString() {
    return "NeedleTrial["
        + prompt.length()
        + " tokens, needle "
        + needle()
        + ", question "
        + question
        + "]";
  }
}

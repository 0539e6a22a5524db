package headscope.task;

import headscope.trace.Prompt;
import java.util.EnumMap;
import java.util.Map;

/**
 * One question of {@link HotpotQa} as a prompt.
 *
 * @param prompt the prompt, with the spans needle (all supporting sentences), context and question
 * @param asked the question
 * @param depth mean place of the supporting sentences in the context, 0 to 1
 * @param form where the answer stands in a response
 * @param seed what else is drawn for this trial is drawn from here
 * @param missingFacts supporting facts that name no sentence of the context
 */
public record QuestionTrial(
    Prompt prompt, Question asked, double depth, HotpotQa.Form form, long seed, int missingFacts)
    implements Trial {

  /** A response with a greater F1 counts as successful. */
  public static final double SUCCESS = .5;

  @Override
  public String question() {
    return asked.question();
  }

  @Override
  public String needle() {
    return String.join(" ", asked.needles());
  }

  /** The supporting sentences and the answer, as the reference model says them. */
  @Override
  public String rightResponse() {
    return form == HotpotQa.Form.DIRECT
        ? asked.answer()
        : needle() + " So the answer is " + asked.answer() + ".";
  }

  @Override
  public boolean isAnsweredInOwnWords() {
    return true;
  }

  /** Tokens of the context. */
  @Override
  public int length() {
    return prompt.span(Prompt.CONTEXT).length();
  }

  /** The depth: where the sentences stand was not wished for. */
  @Override
  public double realDepth() {
    return depth;
  }

  /** The answer that a response gives. */
  public String answerIn(String response) {
    return form == HotpotQa.Form.DIRECT ? response : AnswerMetrics.extract(response);
  }

  /** With the right answer that is nearest, the first of equally near ones. */
  private AnswerMetrics.Overlap overlap(String answer) {
    AnswerMetrics.Overlap best = AnswerMetrics.overlap(answer, asked.answer());
    for (String alias : asked.aliases()) {
      AnswerMetrics.Overlap other = AnswerMetrics.overlap(answer, alias);
      best = other.f1() > best.f1() ? other : best;
    }
    return best;
  }

  @Override
  public boolean answeredBy(String response) {
    return overlap(answerIn(response)).f1() > SUCCESS;
  }

  @Override
  public AnswerSpan answerSpan() {
    return AnswerSpan.ofQuestion(asked.answer());
  }

  @Override
  public Map<Metric, Double> metrics(String response) {
    String answer = answerIn(response);
    AnswerMetrics.Overlap overlap = overlap(answer);
    Map<Metric, Double> map = new EnumMap<>(Metric.class);
    boolean exact = asked.answers().stream().anyMatch(a -> AnswerMetrics.exactMatch(answer, a));
    map.put(Metric.EM, exact ? 1.0 : 0.0);
    map.put(Metric.F1, overlap.f1());
    map.put(Metric.PRECISION, overlap.precision());
    map.put(Metric.RECALL, overlap.recall());
    boolean contained =
        asked.answers().stream().anyMatch(a -> AnswerMetrics.containsWords(response, a));
    map.put(Metric.CONTAINS, contained ? 1.0 : 0.0);
    return map;
  }

  @Override
  public TrialFacts facts() {
    return new TrialFacts.OfQuestion(
        asked.id(),
        asked.type(),
        length(),
        depth,
        depth,
        prompt.length(),
        seed,
        missingFacts,
        asked.answer());
  }
}

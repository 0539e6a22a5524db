package headscope.task;

import headscope.failure.Section;
import headscope.trace.Trace;
import java.util.List;
import java.util.Locale;
import java.util.function.Predicate;

/**
 * How far a generation is its answer: the counted steps up to the end of the sentence in which the
 * answer is first complete, the step that ends it included; DEFINITIONS.md, 30. An answer that is
 * never complete counts up to the first sentence end, and where no sentence ends all steps do.
 *
 * <pre>
 *   AnswerSpan answer = AnswerSpan.of(trial);
 *   answer.steps(trace);                       // 27, of 64 counted steps
 *   scores.first(answer.steps(trace));         // what the heads did in them
 * </pre>
 *
 * <p>While a generation runs, {@link #reading} says when its span is over: what was generated so
 * far has the same span as the whole.
 *
 * <pre>
 *   AnswerSpan.Reading reading = AnswerSpan.of(trial).reading();
 *   reading.read("The", false);                // whether the span is over now
 * </pre>
 */
public final class AnswerSpan {
  private static final String PHRASE = "answer is";

  private final Predicate<String> complete;
  private final Predicate<String> fallback; // asked where the whole text was never complete

  private AnswerSpan(Predicate<String> complete, Predicate<String> fallback) {
    this.complete = complete;
    this.fallback = fallback;
  }

  /** The span of a trial's answer, by its task. */
  public static AnswerSpan of(Trial trial) {
    return trial.answerSpan();
  }

  /**
   * Of needles: complete once the text contains every answer, case and all.
   *
   * @throws IllegalArgumentException if there is none, or one is blank
   */
  public static AnswerSpan ofNeedles(List<String> answers) {
    List<String> all = checked(answers);
    return new AnswerSpan(
        text -> all.stream().allMatch(answer -> AnswerMetrics.contains(text, answer)),
        text -> false);
  }

  /**
   * Of a question: complete once the text contains "answer is" in any case; where that never comes,
   * once the right answer stands in it as whole words, both {@link AnswerMetrics#normalized}.
   *
   * @param answer the right one
   * @throws IllegalArgumentException if it is blank
   */
  public static AnswerSpan ofQuestion(String answer) {
    String words = AnswerMetrics.normalized(checked(List.of(answer)).get(0));
    return new AnswerSpan(
        text -> text.toLowerCase(Locale.ROOT).contains(PHRASE),
        text ->
            !words.isEmpty() // "The" is nothing to be found
                && (" " + AnswerMetrics.normalized(text) + " ").contains(" " + words + " "));
  }

  private static List<String> checked(List<String> answers) {
    if (answers.isEmpty() || answers.stream().anyMatch(String::isBlank)) {
      throw Section.TASK_OPTIONS.wrong(
          "an answer span needs the right answers, none of them blank; got " + answers);
    }
    return List.copyOf(answers);
  }

  /**
   * How many of a generation's first steps are its answer: from 0, where nothing was generated, to
   * all counted ones.
   *
   * @throws IllegalArgumentException if the trace has no texts of its tokens
   */
  public int steps(Trace trace) {
    if (trace.tokens().isEmpty() && !trace.counted().isEmpty()) {
      throw Section.TRACE_CONTENT.wrong(
          "an answer span is read from the texts of the tokens, which this trace lacks; generate"
              + " with a model that has a tokenizer, or count all steps");
    }
    return steps(trace.tokens().subList(0, trace.counted().size()));
  }

  /**
   * The same of the tokens' texts.
   *
   * @param tokens what each counted step adds to the text: [steps], the end token left out
   */
  public int steps(List<String> tokens) {
    int from = first(tokens, complete);
    if (from < 0) {
      from = first(tokens, fallback);
    }
    for (int t = Math.max(0, from); t < tokens.size(); t++) {
      if (SentenceEnd.isAt(tokens.get(t))) {
        return t + 1;
      }
    }
    return tokens.size();
  }

  /** The first step up to which the text meets a condition, -1 if none. */
  private static int first(List<String> tokens, Predicate<String> condition) {
    StringBuilder text = new StringBuilder();
    for (int t = 0; t < tokens.size(); t++) {
      if (condition.test(text.append(tokens.get(t)).toString())) {
        return t;
      }
    }
    return -1;
  }

  /** Begins to read a generation while it runs. */
  public Reading reading() {
    return new Reading();
  }

  /** A generation that is read token by token. For one thread. */
  public final class Reading {
    private final StringBuilder text = new StringBuilder();
    private boolean answered;
    private boolean over;

    private Reading() {}

    /**
     * Takes the next token.
     *
     * <p>True is said as soon as it is sure: the answer is complete, its sentence has ended. What
     * only the whole generation tells (that "answer is" never comes, that an answer is never
     * complete) is not waited for here: such a generation runs to its end, and {@link #steps} cuts
     * it.
     *
     * @param token what it adds to the text
     * @param end whether it is the end token that ends the generation
     * @return whether the span is over: no later token belongs to it
     */
    public boolean read(String token, boolean end) {
      if (over || end) {
        return over = true;
      }
      text.append(token);
      answered = answered || complete.test(text.toString());
      over = answered && SentenceEnd.isAt(token);
      return over;
    }

    /** Whether the span is over. */
    public boolean over() {
      return over;
    }

    @Override
    public String toString() {
      return "Reading[" + (over ? "over" : answered ? "answered" : "not answered yet") + "]";
    }
  }

  @Override
  public String toString() {
    return "AnswerSpan[up to the end of the sentence in which the answer is complete]";
  }
}

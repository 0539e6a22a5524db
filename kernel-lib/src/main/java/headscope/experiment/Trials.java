package headscope.experiment;

import headscope.model.Tokenizer;
import headscope.task.AnswerSpan;
import headscope.task.Metric;
import headscope.task.Trial;
import headscope.task.TrialFacts;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The trials of an experiment: some rank the heads, the others are evaluated, and none does both.
 * The same trials give the same prompts on every machine.
 */
public interface Trials {
  /** How many rank the heads. */
  int ranking();

  /** How many are evaluated. */
  int evaluated();

  /** What was drawn was drawn from here. */
  long seed();

  /** A trial that ranks the heads, by its place. */
  Trial rankingTrial(Tokenizer tokenizer, int index);

  /** A trial that is evaluated, by its place. */
  Trial trial(Tokenizer tokenizer, int index);

  /**
   * The same trial with another needle of as many tokens: what mask mode {@code resample} takes z
   * from.
   *
   * @throws IllegalArgumentException if these trials have no other needles
   */
  Trial another(Tokenizer tokenizer, Trial trial);

  /** Tokens of the longest prompt, or nearly so: what memory is planned by. */
  int longestPrompt(Tokenizer tokenizer);

  /** Those that rank the heads, alone. */
  Trials rankingOnly();

  /**
   * When a response has said the answer of a trial of which only the line was kept.
   *
   * @throws IllegalArgumentException if the facts are of another task
   */
  AnswerSpan answerSpan(TrialFacts facts);

  /** What answers are judged by, the main one first. */
  List<Metric> metrics();

  /** The cells of the figures over length and depth, by length, then depth. */
  List<Cell> cells();

  /** The cell that a trial lies in, if it lies in one. */
  Optional<Cell> cell(double length, double depth);

  /** Everything that decides the trials, to be written with every result: {@code task} first. */
  Map<String, Object> options();
}

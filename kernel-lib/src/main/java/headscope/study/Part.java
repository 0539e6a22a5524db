package headscope.study;

import headscope.experiment.Experiment;
import headscope.model.LanguageModel;
import java.util.List;

/**
 * A part of the study: an experiment, and what is kept of its result. There are those whose lines
 * say everything ({@link LinesPart}: masks, the loop of retrieval), those of which is kept which
 * heads retrieved at every step ({@link AnswersPart}), and those that read the hidden states of
 * another's run and keep tables alone ({@link StatesPart}).
 *
 * @param <L> a line of the experiment
 * @param <R> its result
 */
public interface Part<L, R> {
  /** What it is called, such as {@code ablation-uuid-zero}: the name of its folder, too. */
  String name();

  /** Under which of the stated settings its claims are tested, such as {@code UUID, zero}. */
  String setting();

  /** What is run. */
  Experiment<L, R> experiment();

  /** The part whose run it reads; its own name, unless it reads another's. */
  default String run() {
    return name();
  }

  /**
   * What is kept of a result.
   *
   * @param result of the whole run, with its traces where the experiment keeps them
   * @param subject the model's name in findings
   */
  Contents contents(R result, String subject);

  /**
   * What the recorded lines alone give again: the tables and findings that rest on nothing else.
   * {@code headscope study verify} holds the recorded ones against them.
   */
  Contents ofLines(List<String> lines, String subject);

  /**
   * Computes some recorded trials anew and compares them; none of a part that has no lines, or that
   * needs the traces of a run before it.
   *
   * @param lines that were recorded
   * @param drawn places among them
   */
  List<Redone.Row> again(LanguageModel model, List<String> lines, List<Integer> drawn);
}

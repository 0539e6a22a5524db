package headscope.score;

import headscope.failure.Section;
import headscope.head.HeadId;
import headscope.head.HeadSet;
import headscope.trace.Capture;
import headscope.trace.Measure;
import headscope.trace.Prompt;
import headscope.trace.Step;
import headscope.trace.Trace;
import java.util.Arrays;
import java.util.List;

/**
 * How strongly each head retrieves at a step. The two of the paper are {@link CopyPasteScore} and
 * {@link ReasoningScore}; {@link AttributionScore} asks what heads write. A score of one's own
 * needs a name, a threshold and {@link #scores}, and says what it reads in {@link #capture}; a
 * measurement is one already:
 *
 * <pre>
 *   Score mine = Score.of(Measure.of("z_norm", Hook.Z, Reduce.norm()), 5);
 *   DynamismExperiment.of(NeedleTrials.standard(), Protocol.copyPaste().withScore(mine));
 * </pre>
 */
public interface Score {
  /** What figures and results call it, such as {@code copy-paste}. */
  String name();

  /** A head whose score is greater than this is a dynamic retrieval head of the step. */
  double threshold();

  /** The same with another threshold; itself if there is none to choose, as between 0 and 1. */
  default Score withThreshold(double other) {
    return this;
  }

  /**
   * What a run records so that this score can be read: what it would record anyway, and what else
   * the score needs.
   */
  default Capture capture(Capture base) {
    return base;
  }

  /**
   * A measurement of query heads as a score: a number a head at every step.
   *
   * @param threshold a head with more than this is dynamic
   * @throws IllegalArgumentException if the measurement is not of query heads
   */
  static Score of(Measure measure, double threshold) {
    return new MeasureScore(measure, threshold);
  }

  /**
   * The score of every head at one step: [layers * heads], layer by layer.
   *
   * @param prompt what is continued; the needle is its span of that name
   * @param step what the heads saw, and the token they made of it
   * @throws IllegalArgumentException if the prompt has no needle or attention was not captured
   */
  double[] scores(Prompt prompt, Step step);

  /**
   * What dynamic heads are ranked by where only some are wanted: [layers * heads]. The score itself
   * unless a score says otherwise.
   */
  default double[] weights(Prompt prompt, Step step) {
    return scores(prompt, step);
  }

  /** The dynamic retrieval heads of one step. */
  default HeadSet dynamicHeads(Prompt prompt, Step step, int headsPerLayer) {
    return HeadSet.of(rankedDynamicHeads(prompt, step, headsPerLayer));
  }

  /**
   * The dynamic retrieval heads of one step, by descending {@link #weights}; of equal ones the
   * lower layer, then the lower head comes first.
   */
  default List<HeadId> rankedDynamicHeads(Prompt prompt, Step step, int headsPerLayer) {
    double[] scores = scores(prompt, step);
    double[] weights = weights(prompt, step).clone();
    for (int h = 0; h < scores.length; h++) {
      if (!(scores[h] > threshold())) {
        weights[h] = Double.NaN; // takes no part in the ranking
      }
    }
    return HeadSet.ranking(weights, headsPerLayer);
  }

  /** The scores at every counted step of a generation: all but the end token's. */
  default ScoreMatrix matrix(Trace trace) {
    return matrix(trace, trace.counted());
  }

  /**
   * The scores of the discarded first passes of a two-pass run, each with the token that this pass
   * chose; the steps are labelled with the tokens that were kept.
   *
   * @throws IllegalArgumentException if the run had one pass
   */
  default ScoreMatrix cleanMatrix(Trace trace) {
    if (trace.clean().isEmpty() && !trace.steps().isEmpty()) {
      throw Section.SCORES.wrong(
          "this trace has no clean rows, its run had one pass; score matrix(trace) instead");
    }
    return matrix(trace, trace.countedClean());
  }

  private ScoreMatrix matrix(Trace trace, List<Step> steps) {
    double[][] scores =
        steps.stream().map(step -> scores(trace.prompt(), step)).toArray(double[][]::new);
    return ScoreMatrix.of(this, trace, scores);
  }

  /**
   * The score of that name, with its default threshold.
   *
   * @throws IllegalArgumentException if there is none
   */
  static Score named(String name) {
    List<Score> all =
        List.of(CopyPasteScore.standard(), ReasoningScore.standard(), AttributionScore.standard());
    return all.stream()
        .filter(score -> score.name().equals(name))
        .findFirst()
        .orElseThrow(
            () ->
                Section.SCORES.wrong(
                    "a score is one of "
                        + Arrays.toString(all.stream().map(Score::name).toArray())
                        + ", got \""
                        + name
                        + "\""));
  }
}

package headscope.score;

import headscope.failure.Section;
import headscope.trace.Capture;
import headscope.trace.Measure;
import headscope.trace.Prompt;
import headscope.trace.Step;

/** A measurement of query heads, read as a score. */
record MeasureScore(Measure measure, double threshold) implements Score {
  MeasureScore {
    if (!measure.hook().ofQueryHeads()) {
      throw Section.SCORES.wrong(
          "a score has a number a query head; "
              + measure.hook()
              + " is not of query heads: measure q, pattern or z, or write a Score that makes"
              + " numbers of heads of it");
    }
  }

  @Override
  public String name() {
    return measure.name();
  }

  @Override
  public Score withThreshold(double other) {
    return new MeasureScore(measure, other);
  }

  @Override
  public Capture capture(Capture base) {
    return base.with(measure);
  }

  @Override
  public double[] scores(Prompt prompt, Step step) {
    if (step.tensor(measure.tensor(), "generate with score.capture(...)").shape().size() != 2) {
      throw Section.SCORES.wrong(
          "a score has one number a head, \"" + measure.meaning() + "\" has several");
    }
    float[] own = step.own(measure.name());
    double[] scores = new double[own.length];
    for (int h = 0; h < scores.length; h++) {
      scores[h] = own[h];
    }
    return scores;
  }
}

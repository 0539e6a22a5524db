package headscope.experiment;

import headscope.failure.Section;
import headscope.model.GenerateOptions;
import headscope.score.CopyPasteScore;
import headscope.score.ReasoningScore;
import headscope.score.Score;
import headscope.task.Stop;
import headscope.trace.Capture;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * How trials are answered and their heads are read.
 *
 * @param score what makes a head a retrieval head
 * @param capture what is seen of every step; what the score needs is added
 * @param maxNewTokens the most tokens an answer has
 * @param stop when an answer has said enough
 */
public record Protocol(Score score, Capture capture, int maxNewTokens, Stop stop) {
  /** Context below which the windows and the threshold of Eq. 2 are those of short contexts. */
  public static final int SHORT_CONTEXT = 1_000;

  private static final double SHORT_THRESHOLD = .3;
  private static final int SHORT_LOCAL = 8;

  public Protocol {
    capture = score.capture(capture);
    if (!capture.attention()) {
      throw Section.EXPERIMENT_OPTIONS.wrong(
          "a score reads the heads: use Capture.heads(), not Capture.tokens()");
    }
    if (maxNewTokens < 1) {
      throw Section.EXPERIMENT_OPTIONS.wrong("at least 1 token is generated, got " + maxNewTokens);
    }
  }

  /** Eq. 1, a sink of 4 and a local window of 32 tokens, at most 100 new tokens. */
  public static Protocol copyPaste() {
    return new Protocol(
        CopyPasteScore.standard(), Capture.heads(), GenerateOptions.MAX_NEW_TOKENS, Stop.NONE);
  }

  /** Eq. 2 with threshold .1, a sink of 4 and a local window of 32 tokens. */
  public static Protocol reasoning() {
    return copyPaste().withScore(ReasoningScore.standard());
  }

  /**
   * Eq. 2 with defaults suited to the context: below {@value #SHORT_CONTEXT} tokens a threshold of
   * .3 and a local window of 8, since there .1 is near chance and 32 tokens swallow the question.
   */
  public static Protocol reasoning(int contextTokens) {
    return contextTokens >= SHORT_CONTEXT
        ? reasoning()
        : reasoning().withThreshold(SHORT_THRESHOLD).withWindows(Capture.SINK, SHORT_LOCAL);
  }

  /** With another score. */
  public Protocol withScore(Score other) {
    return new Protocol(other, capture, maxNewTokens, stop);
  }

  /** With another threshold; Eq. 1 has none to change. */
  public Protocol withThreshold(double threshold) {
    return withScore(score.withThreshold(threshold));
  }

  /** With another number of sink and local positions. */
  public Protocol withWindows(int sinkTokens, int localTokens) {
    return new Protocol(score, capture.withWindows(sinkTokens, localTokens), maxNewTokens, stop);
  }

  public Protocol withMaxNewTokens(int tokens) {
    return new Protocol(score, capture, tokens, stop);
  }

  /** With answers that end early: behind their first sentence, line, or the answer itself. */
  public Protocol withStop(Stop other) {
    return new Protocol(score, capture, maxNewTokens, other);
  }

  /** With the lead of each token over the next best one recorded, {@link Margin}. */
  public Protocol withMargins() {
    return new Protocol(score, capture.with(Margin.MEASURE), maxNewTokens, stop);
  }

  /** How an answer is generated. */
  public GenerateOptions generation() {
    return GenerateOptions.defaults().withMaxNewTokens(maxNewTokens);
  }

  /** What is written with every result. */
  Map<String, Object> options() {
    Map<String, Object> map = new LinkedHashMap<>();
    map.put("maxNewTokens", maxNewTokens);
    if (stop != Stop.NONE) {
      map.put("stop", stop.key());
    }
    map.put("score", score.name());
    map.put("threshold", score.threshold());
    map.put("sink", capture.sink());
    map.put("local", capture.local());
    map.putAll(capture.recorded());
    return map;
  }
}

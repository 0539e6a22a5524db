package headscope.task;

import headscope.json.Keyed;
import headscope.trace.Trace;
import java.util.Locale;

/** Which steps of a generation a table is over; DEFINITIONS.md, 30. */
public enum StepSpan implements Keyed {
  /** All counted steps. */
  ALL,
  /** Those of the answer: {@link AnswerSpan}. */
  ANSWER;

  @Override
  public String key() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** What tables say of it, such as {@code answer span}. */
  public String title() {
    return this == ALL ? "all counted steps" : "answer span";
  }

  /** How many of a generation's first steps it has. */
  public int steps(Trace trace, AnswerSpan answer) {
    return this == ALL ? trace.counted().size() : answer.steps(trace);
  }
}

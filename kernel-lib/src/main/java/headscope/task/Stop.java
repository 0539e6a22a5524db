package headscope.task;

import headscope.json.Keyed;
import headscope.model.StopRule;
import java.util.Locale;

/** When an answer has said enough, so that its tail is not generated. */
public enum Stop implements Keyed {
  /** It goes on to its end token, or to the most tokens it may have. The default. */
  NONE,
  /** Behind its first sentence; DEFINITIONS.md, 26. */
  SENTENCE,
  /** Behind its first line that is not blank. */
  LINE,
  /**
   * Behind its answer span, as far as that is sure while it is written: without the fallbacks of
   * DEFINITIONS.md, 30. One that is never complete goes on.
   */
  ANSWER;

  @Override
  public String key() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** The rule for the answers to a trial. */
  public StopRule of(Trial trial) {
    return switch (this) {
      case NONE -> StopRule.NEVER;
      case SENTENCE -> () -> (token, end) -> end || SentenceEnd.isAt(token);
      case LINE -> Line::new;
      case ANSWER ->
          () -> {
            AnswerSpan.Reading reading = AnswerSpan.of(trial).reading();
            return reading::read;
          };
    };
  }

  /** The first line; blank ones before it are none. */
  private static final class Line implements StopRule.Reading {
    private String text = "";

    @Override
    public boolean read(String token, boolean end) {
      text += token;
      return end || text.stripLeading().indexOf('\n') >= 0;
    }
  }
}

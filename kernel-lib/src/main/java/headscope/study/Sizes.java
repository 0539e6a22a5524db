package headscope.study;

import headscope.failure.Section;
import headscope.json.Keyed;
import java.util.Arrays;
import java.util.Locale;

/** How much of the study is computed. */
public enum Sizes implements Keyed {
  /** A minute or two on two cores: what a notebook runs while one waits. */
  LIVE,
  /** The grid that is recorded: at least 45 trials a condition, an hour or two on two cores. */
  MIDDLE,
  /** The cells and runs of the paper, lengths clipped to what the model has positions for. */
  PAPER;

  /**
   * The sizes of that name.
   *
   * @throws IllegalArgumentException if there are none
   */
  public static Sizes of(String name) {
    return Arrays.stream(values())
        .filter(s -> s.key().equals(name))
        .findFirst()
        .orElseThrow(
            () -> Section.STUDY.wrong("sizes are live, middle or paper, got \"" + name + "\""));
  }

  @Override
  public String key() {
    return name().toLowerCase(Locale.ROOT);
  }
}

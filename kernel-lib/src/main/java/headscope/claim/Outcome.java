package headscope.claim;

import headscope.json.Keyed;
import java.util.Collection;

/** How a claim fares; DEFINITIONS.md, 37. */
public enum Outcome implements Keyed {
  /** Its statistic lies on its side of the rival, with its interval and after correction. */
  HOLDS("holds"),
  /** No point of the interval lies on its side. */
  FAILS("fails"),
  /** It holds under some of the settings, not under all. */
  PARTLY("partly"),
  /** Neither is shown. */
  CANNOT_TELL("cannot tell");

  /** A corrected p below this is a result. */
  public static final double LEVEL = .05;

  private final String key;

  Outcome(String key) {
    this.key = key;
  }

  @Override
  public String key() {
    return key;
  }

  /** Over several settings. */
  static Outcome over(Collection<Outcome> settings) {
    if (settings.stream().allMatch(HOLDS::equals)) {
      return HOLDS;
    }
    if (settings.stream().allMatch(FAILS::equals)) {
      return FAILS;
    }
    return settings.contains(HOLDS) || settings.contains(PARTLY) ? PARTLY : CANNOT_TELL;
  }
}

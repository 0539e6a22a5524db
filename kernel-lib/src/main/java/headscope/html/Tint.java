package headscope.html;

import java.util.Locale;

/**
 * Colours by what they mean, as tints: they lie over the ground of a page, white or black, and the
 * text on them keeps the page's own colour.
 */
public enum Tint {
  /** What a head retrieves, or how strongly. */
  LIT(255, 160, 0),
  /** Scores and weights. */
  SCORE(0, 114, 178),
  /** The needle. */
  NEEDLE(0, 158, 115),
  /** The question. */
  QUESTION(150, 80, 200),
  /** The context. */
  CONTEXT(128, 128, 128),
  /** Any other span. */
  OTHER(213, 94, 0);

  /** A tint of this strength is as strong as text can bear. */
  private static final double STRONGEST = .5;

  private final int red;
  private final int green;
  private final int blue;

  Tint(int red, int green, int blue) {
    this.red = red;
    this.green = green;
    this.blue = blue;
  }

  /** The tint of a span of a prompt by its name. */
  public static Tint ofSpan(String name) {
    switch (name) {
      case "needle":
        return NEEDLE;
      case "question":
        return QUESTION;
      case "context":
        return CONTEXT;
      default:
        return OTHER;
    }
  }

  /**
   * A background, as a style.
   *
   * @param strength from 0, none, to 1
   */
  public String style(double strength) {
    return full(STRONGEST * strength);
  }

  /** A background on which no text stands: up to the colour itself. */
  String full(double strength) {
    double opacity = Math.max(0, Math.min(1, strength));
    return String.format(Locale.ROOT, "background:rgba(%d,%d,%d,%.2f)", red, green, blue, opacity);
  }
}

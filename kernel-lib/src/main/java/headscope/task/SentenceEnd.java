package headscope.task;

import java.util.regex.Pattern;

/** Where a sentence of generated text ends; DEFINITIONS.md, 26. */
public final class SentenceEnd {
  // A full stop and, in the same token, the quotes that close behind it; “ closes in German.
  private static final Pattern CLOSED = Pattern.compile("(?U)[.!?][\"'\\p{Pf}\\p{Pi}\\s]*\\z");

  private SentenceEnd() {}

  /**
   * Whether a sentence ends with a token.
   *
   * @param token what the token adds to the text
   */
  public static boolean isAt(String token) {
    return token.indexOf('\n') >= 0 || CLOSED.matcher(token).find();
  }
}

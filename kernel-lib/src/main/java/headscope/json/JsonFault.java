package headscope.json;

import java.io.EOFException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What is wrong with a JSON text, in words that are not those of the parser. */
public final class JsonFault {
  private static final Pattern PLACE = Pattern.compile("line (\\d+) column (\\d+)");

  private JsonFault() {}

  /**
   * Where a parser or a reader of its tree stopped, as the end of a sentence about the text: {@code
   * line 3 column 17 is not what should stand there}.
   */
  public static String of(Throwable e) {
    for (Throwable t = e; t != null; t = t.getCause()) {
      String said = String.valueOf(t.getMessage());
      Matcher place = PLACE.matcher(said);
      boolean ends = t instanceof EOFException || said.contains("End of input");
      if (place.find()) {
        String at = "line " + place.group(1) + " column " + place.group(2);
        return ends || said.contains("Unterminated")
            ? "it ends too early, at " + at
            : "what stands at " + at + " is not what should stand there";
      }
      if (ends) {
        return "it ends too early";
      }
    }
    return isOurs(e) ? e.getMessage() : "a value is missing or of another kind than it should be";
  }

  /** Whether a check of ours threw it: those say what is wrong themselves. */
  private static boolean isOurs(Throwable e) {
    StackTraceElement[] frames = e.getStackTrace();
    return frames.length > 0
        && frames[0].getClassName().startsWith("headscope.")
        && e.getClass() != NullPointerException.class
        && e.getMessage() != null;
  }
}

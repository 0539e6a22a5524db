package headscope.template;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * What Python's {@code str} knows about characters. Positions count code points; no text here holds
 * half a surrogate pair, so finding and splitting may work on UTF-16 units.
 */
final class Text {
  private Text() {}

  static boolean isSpace(int c) {
    return c >= 9 && c <= 13
        || c >= 0x1c && c <= 0x20
        || c == 0x85
        || c == 0xa0
        || c == 0x1680
        || c >= 0x2000 && c <= 0x200a
        || c == 0x2028
        || c == 0x2029
        || c == 0x202f
        || c == 0x205f
        || c == 0x3000;
  }

  /**
   * Newer versions of Unicode, and so of Python, may have a letter where this Java has nothing; but
   * not among the emoji.
   */
  private static void requireKnown(int c) {
    if (Character.getType(c) == Character.UNASSIGNED && c >> 12 != 0x1f) {
      throw Failure.unsupported("the kind of the character U+%04X is not known".formatted(c));
    }
  }

  private static String known(String text) {
    text.codePoints().forEach(Text::requireKnown);
    return text;
  }

  private static boolean isCased(int c) {
    return Character.isUpperCase(c) || Character.isLowerCase(c) || Character.isTitleCase(c);
  }

  /** Whether {@code repr} shows the character itself. */
  static boolean isPrintable(int c) {
    switch (Character.getType(c)) {
      case Character.UNASSIGNED:
        // Newer versions of Unicode, and so of Python, may have a character there.
        if ((c & 0xfffe) != 0xfffe && !(c >= 0xfdd0 && c <= 0xfdef)) {
          throw Failure.unsupported(
              "the character U+%04X inside a printed list or dict is not known".formatted(c));
        }
        return false;
      case Character.CONTROL:
      case Character.FORMAT:
      case Character.SURROGATE:
      case Character.PRIVATE_USE:
      case Character.LINE_SEPARATOR:
      case Character.PARAGRAPH_SEPARATOR:
        return false;
      case Character.SPACE_SEPARATOR:
        return c == ' ';
      default:
        return true;
    }
  }

  /** Whether Python splits the text into lines elsewhere than at {@code \n}, too. */
  static boolean hasLineEndsOfPythonAlone(String text) {
    return text.chars()
        .anyMatch(
            c ->
                c >= 11 && c <= 13
                    || c >= 0x1c && c <= 0x1e
                    || c == 0x85
                    || c == 0x2028
                    || c == 0x2029);
  }

  /** Whether the text is Unicode, that is, has no half of a surrogate pair. */
  static boolean isWellFormed(String text) {
    for (int i = 0; i < text.length(); i++) {
      if (Character.isSurrogate(text.charAt(i))) {
        boolean pair =
            i + 1 < text.length() && Character.isSurrogatePair(text.charAt(i), text.charAt(i + 1));
        if (!pair) {
          return false;
        }
        i++;
      }
    }
    return true;
  }

  static int length(String text) {
    return text.codePointCount(0, text.length());
  }

  // ---- stripping -------------------------------------------------------------------------------

  /** Strips white space where {@code characters} is null. */
  static String strip(String text, String characters, boolean left, boolean right) {
    int start = 0;
    int end = text.length();
    while (left && start < end && strips(text.codePointAt(start), characters)) {
      start += Character.charCount(text.codePointAt(start));
    }
    while (right && start < end && strips(text.codePointBefore(end), characters)) {
      end -= Character.charCount(text.codePointBefore(end));
    }
    return text.substring(start, end);
  }

  private static boolean strips(int c, String characters) {
    return characters == null ? isSpace(c) : characters.indexOf(c) >= 0;
  }

  // ---- splitting -------------------------------------------------------------------------------

  /**
   * Splits at a separator, or at runs of white space if it is null; a negative most is no limit.
   */
  static List<Object> split(String text, String separator, long most) {
    List<Object> parts = new ArrayList<>();
    int from = separator == null ? skipSpaces(text, 0) : 0;
    while (from < text.length() || separator != null) {
      int at = most >= 0 && parts.size() >= most ? -1 : end(text, separator, from);
      if (at < 0) {
        parts.add(text.substring(from));
        return parts;
      }
      parts.add(text.substring(from, at));
      from = separator == null ? skipSpaces(text, at) : at + separator.length();
    }
    return parts;
  }

  /** Where the part that begins here ends, or -1 if no separator follows. */
  private static int end(String text, String separator, int from) {
    if (separator != null) {
      return text.indexOf(separator, from);
    }
    int i = from;
    while (i < text.length() && !isSpace(text.charAt(i))) {
      i++;
    }
    return i < text.length() ? i : -1;
  }

  private static int skipSpaces(String text, int from) {
    int i = from;
    while (i < text.length() && isSpace(text.charAt(i))) {
      i++;
    }
    return i;
  }

  // ---- replacing -------------------------------------------------------------------------------

  static String replace(Run run, String text, String old, String by, long most) {
    Output out = new Output(run);
    int from = 0;
    long count = 0;
    if (old.isEmpty()) {
      // Between all characters, and at both ends.
      for (; (most < 0 || count < most) && from <= text.length(); count++) {
        run.spend(1);
        out.append(by);
        int next = from < text.length() ? text.offsetByCodePoints(from, 1) : from + 1;
        out.append(text.substring(from, Math.min(next, text.length())));
        from = next;
      }
      return out.append(text.substring(Math.min(from, text.length()))).toString();
    }
    for (int at; (most < 0 || count < most) && (at = text.indexOf(old, from)) >= 0; count++) {
      run.spend(1);
      out.append(text.substring(from, at)).append(by);
      from = at + old.length();
    }
    return out.append(text.substring(from)).toString();
  }

  // ---- case ------------------------------------------------------------------------------------

  static String upper(String text) {
    return known(text).toUpperCase(Locale.ROOT);
  }

  static String lower(String text) {
    if (text.indexOf('\u03a3') >= 0) {
      throw Failure.unsupported("lower case of a text with a capital sigma is not supported");
    }
    return known(text).toLowerCase(Locale.ROOT);
  }

  /** The method {@code title()}: every run of letters is a word. */
  static String title(String text) {
    StringBuilder title = new StringBuilder();
    boolean inWord = false;
    for (int i = 0; i < text.length(); ) {
      int c = text.codePointAt(i);
      title.append(inWord ? lower(Character.toString(c)) : titleCase(c));
      inWord = isCased(c);
      i += Character.charCount(c);
    }
    return title.toString();
  }

  static String capitalize(String text) {
    if (text.isEmpty()) {
      return text;
    }
    int first = text.codePointAt(0);
    return titleCase(first) + lower(text.substring(Character.charCount(first)));
  }

  private static String titleCase(int c) {
    if (length(upper(Character.toString(c))) > 1) {
      throw Failure.unsupported(
          "title case of '%s' is not supported".formatted(Character.toString(c)));
    }
    return Character.toString(Character.toTitleCase(c));
  }
}

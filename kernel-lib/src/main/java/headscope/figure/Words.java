package headscope.figure;

import java.util.List;

/** Turns of phrase of the summaries. */
final class Words {
  private static final int ALL_UP_TO = 12;

  private Words() {}

  /** All names if they are few, else the first and the last. */
  static String some(List<String> names) {
    if (names.size() <= ALL_UP_TO) {
      return String.join(", ", names);
    }
    return names.get(0) + " to " + names.get(names.size() - 1);
  }

  static String cells(long n) {
    return n == 1 ? "1 cell" : n + " cells";
  }

  static String sentence(String text) {
    return text.isEmpty()
        ? text
        : new StringBuilder()
            .appendCodePoint(Character.toUpperCase(text.codePointAt(0)))
            .append(text, text.offsetByCodePoints(0, 1), text.length())
            .toString();
  }
}

package headscope.html;

/** Makes text fit to be looked at: white space of tokens visible, nothing that acts unseen. */
public final class Visible {
  private Visible() {}

  /**
   * A token: {@code ␣} for a space, {@code ⏎} for a newline, {@code ⇥} for a tab, {@code ∅} for no
   * text, code points for what has no glyph.
   */
  public static String token(String token) {
    if (token.isEmpty()) {
      return "∅";
    }
    StringBuilder out = new StringBuilder();
    token.codePoints().forEach(c -> append(out, c));
    return out.toString();
  }

  /** Any other text as one line: white space as blanks, code points for what has no glyph. */
  public static String line(String text) {
    StringBuilder out = new StringBuilder();
    text.codePoints()
        .forEach(
            c -> {
              if (Character.isWhitespace(c)) {
                out.append(' ');
              } else {
                glyph(out, c);
              }
            });
    return out.toString();
  }

  /** The first characters of a text, with a sign if that is not all of it. */
  public static String cut(String text, int longest) {
    if (text.codePointCount(0, text.length()) <= longest) {
      return text;
    }
    return text.substring(0, text.offsetByCodePoints(0, longest - 1)) + "…";
  }

  private static void append(StringBuilder out, int c) {
    switch (c) {
      case ' ':
        out.append('␣');
        break;
      case '\n':
        out.append('⏎');
        break;
      case '\r':
        out.append('␍');
        break;
      case '\t':
        out.append('⇥');
        break;
      default:
        glyph(out, c);
    }
  }

  /** Format characters turn the writing direction or join what follows: they must not act here. */
  private static void glyph(StringBuilder out, int c) {
    int type = Character.getType(c);
    if (type == Character.CONTROL
        || type == Character.FORMAT
        || type == Character.SURROGATE
        || type == Character.UNASSIGNED
        || type == Character.LINE_SEPARATOR
        || type == Character.PARAGRAPH_SEPARATOR) {
      out.append(String.format("U+%04X", c));
    } else {
      out.appendCodePoint(c);
    }
  }
}

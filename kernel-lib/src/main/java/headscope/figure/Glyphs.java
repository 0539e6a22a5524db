package headscope.figure;

/** Makes text fit to be drawn: white space of tokens visible, nothing that XML forbids. */
final class Glyphs {
  private static final String CUT = "…";

  private Glyphs() {}

  /**
   * A token as a tick label: {@code ␣} for a space, {@code ⏎} for a newline, {@code ⇥} for a tab,
   * code points for what has no glyph, cut to a length.
   */
  static String ofToken(String token, int longest) {
    if (token.isEmpty()) {
      return "∅";
    }
    StringBuilder out = new StringBuilder();
    token
        .codePoints()
        .forEach(
            c -> {
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
                  append(out, c);
              }
            });
    return cut(out.toString(), longest);
  }

  /** Any other text: as it is, but for characters that cannot be drawn or written to XML. */
  static String ofText(String text) {
    StringBuilder out = new StringBuilder();
    text.codePoints()
        .forEach(
            c -> {
              if (Character.isWhitespace(c)) {
                out.append(' ');
              } else {
                append(out, c);
              }
            });
    return out.toString();
  }

  static String cut(String text, int longest) {
    if (text.codePointCount(0, text.length()) <= longest) {
      return text;
    }
    return text.substring(0, text.offsetByCodePoints(0, longest - 1)) + CUT;
  }

  private static void append(StringBuilder out, int c) {
    int type = Character.getType(c);
    // Format characters turn the writing direction or join what follows: they must not act here.
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

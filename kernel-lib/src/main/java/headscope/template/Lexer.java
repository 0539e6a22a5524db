package headscope.template;

import headscope.template.TemplateException.Kind;
import headscope.template.Token.Type;
import java.math.BigInteger;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.function.IntPredicate;

/**
 * Cuts a source into tokens. All white space control is done here: {@code -} and {@code +} at tags,
 * the newline after a tag, which goes, and the indentation before a tag, which goes if nothing else
 * stands before the tag on its line.
 */
final class Lexer {
  private static final String[] OPERATORS = {
    "**", "//", "==", "!=", ">=", "<=", "+", "-", "*", "/", "%", "~", "[", "]", "(", ")", "{", "}",
    ">", "<", "=", ".", ":", "|", ","
  };

  private final String source;
  private final List<Token> tokens = new ArrayList<>();
  private int next;
  private boolean atLineStart = true;

  private int lineOffset;
  private int line = 1;
  private int seen;

  private Lexer(String source) {
    this.source = source;
  }

  static List<Token> tokens(String template) {
    if (template.length() > Limits.SOURCE) {
      throw new TemplateException(
          Kind.LIMIT, "more than " + Limits.SOURCE + " characters", Position.START);
    }
    if (!Text.isWellFormed(template)) {
      throw new TemplateException(
          Kind.SYNTAX, "the template has half of a surrogate pair", Position.START);
    }
    String source = template.replace("\r\n", "\n").replace('\r', '\n');
    if (source.endsWith("\n")) {
      source = source.substring(0, source.length() - 1);
    }
    Lexer lexer = new Lexer(source);
    lexer.run();
    return lexer.tokens;
  }

  private void run() {
    while (next < source.length()) {
      data();
    }
    add(Type.END, "", null, source.length());
  }

  // ---- outside of tags -------------------------------------------------------------------------

  private void data() {
    int open = next;
    while (open >= 0 && !isOpening(open)) {
      open = source.indexOf('{', open + 1);
    }
    if (open < 0) {
      add(Type.DATA, source.substring(next), null, next);
      next = source.length();
      return;
    }
    int start = next;
    char kind = source.charAt(open + 1);
    char sign = signAt(open + 2);
    int inner = open + 2 + (sign == ' ' ? 0 : 1);
    addData(start, open, sign, kind == '{');
    int raw = kind == '%' ? rawBegin(inner) : -1;
    next = inner;
    if (raw >= 0) {
      next = raw;
      atLineStart = source.charAt(raw - 1) == '\n';
      raw(open);
    } else if (kind == '#') {
      comment(open);
    } else {
      boolean block = kind == '%';
      add(block ? Type.BLOCK_BEGIN : Type.VARIABLE_BEGIN, "", null, open);
      tag(block);
    }
    atLineStart = source.charAt(next - 1) == '\n';
  }

  private boolean isOpening(int at) {
    return source.startsWith("{%", at)
        || source.startsWith("{{", at)
        || source.startsWith("{#", at);
  }

  private char signAt(int at) {
    char c = at < source.length() ? source.charAt(at) : ' ';
    return c == '-' || c == '+' ? c : ' ';
  }

  private void addData(int start, int end, char sign, boolean beforeVariable) {
    String text = source.substring(start, end);
    if (sign == '-') {
      text = Text.strip(text, null, false, true);
    } else if (sign != '+' && !beforeVariable) {
      int lastLine = text.lastIndexOf('\n') + 1;
      boolean blank = skipSpaces(start + lastLine) >= end;
      if ((lastLine > 0 || atLineStart) && blank) {
        text = text.substring(0, lastLine);
      }
    }
    if (!text.isEmpty()) {
      add(Type.DATA, text, null, start);
    }
  }

  private int skipSpaces(int from) {
    return skip(from, Text::isSpace);
  }

  private int skip(int from, IntPredicate wanted) {
    int i = from;
    while (i < source.length() && wanted.test(source.charAt(i))) {
      i++;
    }
    return i;
  }

  /** The place after {@code raw %}}, or -1 if that is not what follows. */
  private int rawBegin(int inner) {
    int end = word("raw", inner);
    if (end >= 0 && source.startsWith("-%}", end)) {
      return skipSpaces(end + 3);
    }
    return end >= 0 && source.startsWith("%}", end) ? end + 2 : -1;
  }

  /** The place after a word and the white space around it, or -1. */
  private int word(String word, int from) {
    int start = skipSpaces(from);
    return source.startsWith(word, start) ? skipSpaces(start + word.length()) : -1;
  }

  private void raw(int open) {
    int start = next;
    if (next == source.length()) {
      return;
    }
    for (int at = next; (at = source.indexOf("{%", at)) >= 0; at++) {
      char sign = signAt(at + 2);
      int end = word("endraw", at + 2 + (sign == ' ' ? 0 : 1));
      int after = end < 0 ? -1 : blockEnd(end);
      if (after >= 0) {
        addData(start, at, sign, false);
        next = after;
        return;
      }
    }
    throw error(Kind.SYNTAX, "the raw block has no end", open);
  }

  private void comment(int open) {
    if (next == source.length()) {
      return;
    }
    int end = source.indexOf("#}", next);
    if (end < 0) {
      throw error(Kind.SYNTAX, "the comment has no end", open);
    }
    char sign = end > next ? signAt(end - 1) : ' ';
    next = afterEnd(end + 2, sign);
  }

  /** The place after {@code %}}, its sign and the white space that goes with it, or -1. */
  private int blockEnd(int at) {
    char sign = signAt(at);
    int end = at + (sign == ' ' ? 0 : 1);
    return source.startsWith("%}", end) ? afterEnd(end + 2, sign) : -1;
  }

  private int afterEnd(int end, char sign) {
    if (sign == '-') {
      return skipSpaces(end);
    }
    return sign == ' ' && source.startsWith("\n", end) ? end + 1 : end;
  }

  // ---- inside of tags --------------------------------------------------------------------------

  private void tag(boolean block) {
    Deque<Character> brackets = new ArrayDeque<>();
    while (true) {
      next = skipSpaces(next);
      if (next == source.length()) {
        return;
      }
      int end = !brackets.isEmpty() ? -1 : block ? blockEnd(next) : variableEnd();
      if (end >= 0) {
        add(block ? Type.BLOCK_END : Type.VARIABLE_END, "", null, next);
        next = end;
        return;
      }
      token(brackets);
    }
  }

  private int variableEnd() {
    if (source.startsWith("-}}", next)) {
      return skipSpaces(next + 3);
    }
    return source.startsWith("}}", next) ? next + 2 : -1;
  }

  private void token(Deque<Character> brackets) {
    char c = source.charAt(next);
    if (isDigit(c)) {
      number();
    } else if (isNameStart(c)) {
      int end = skip(next, w -> isNameStart(w) || isDigit(w));
      requireAscii(end);
      add(Type.NAME, source.substring(next, end), null, next);
      next = end;
    } else if (c == '\'' || c == '"') {
      string(c);
    } else {
      operator(brackets);
    }
  }

  private void requireAscii(int at) {
    if (at < source.length() && Character.isUnicodeIdentifierPart(source.codePointAt(at))) {
      throw error(Kind.UNSUPPORTED, "a name beyond ASCII is not supported", at);
    }
  }

  private static boolean isDigit(int c) {
    return c >= '0' && c <= '9';
  }

  private static boolean isNameStart(int c) {
    return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c == '_';
  }

  private void operator(Deque<Character> brackets) {
    for (String operator : OPERATORS) {
      if (source.startsWith(operator, next)) {
        int open = "([{".indexOf(operator);
        if (open >= 0) {
          brackets.push(")]}".charAt(open));
        } else if (")]}".contains(operator)
            && (brackets.isEmpty() || brackets.pop() != operator.charAt(0))) {
          throw error(Kind.SYNTAX, "unexpected '" + operator + "'", next);
        }
        add(Type.OPERATOR, operator, null, next);
        next += operator.length();
        return;
      }
    }
    requireAscii(next);
    String found = Character.toString(source.codePointAt(next));
    throw error(Kind.SYNTAX, "unexpected character '" + found + "'", next);
  }

  // ---- literals --------------------------------------------------------------------------------

  private void number() {
    int start = next;
    int end = digits(start, Lexer::isDigit);
    int fraction = source.startsWith(".", end) ? digits(end + 1, Lexer::isDigit) : -1;
    int exponent = exponent(fraction < 0 ? end : fraction);
    // In a.0.5 no number has a point.
    boolean afterPoint = start > 0 && source.charAt(start - 1) == '.';
    if (!afterPoint && (fraction >= 0 || exponent >= 0)) {
      next = Math.max(fraction, exponent);
      double value = Double.parseDouble(plain(start, next));
      if (Double.isInfinite(value)) {
        throw error(Kind.UNSUPPORTED, "a number too large for a float is not supported", start);
      }
      add(Type.FLOAT, "", value, start);
      return;
    }
    int radix = radix(start);
    if (radix != 10) {
      end = digits(source.charAt(start + 2) == '_' ? start + 3 : start + 2, c -> is(c, radix));
    } else if (source.charAt(start) == '0') {
      end = digits(start, c -> c == '0');
    }
    next = end;
    String text = plain(radix == 10 ? start : start + 2, end);
    BigInteger value = text.length() > 4 * Limits.DIGITS ? null : new BigInteger(text, radix);
    if (value == null || value.compareTo(Numbers.TOO_BIG) >= 0) {
      throw error(Kind.LIMIT, "an integer of more than " + Limits.DIGITS + " digits", start);
    }
    add(Type.INTEGER, "", Numbers.of(value), start);
  }

  private static boolean is(int c, int radix) {
    return c < 0x80 && Character.digit(c, radix) >= 0;
  }

  /** The base of the integer, which is 10 unless digits of another one follow its prefix. */
  private int radix(int start) {
    int radix = isAt(start, "0b") ? 2 : isAt(start, "0o") ? 8 : isAt(start, "0x") ? 16 : 10;
    int first = source.startsWith("_", start + 2) ? start + 3 : start + 2;
    boolean follows = first < source.length() && is(source.charAt(first), radix);
    return follows ? radix : 10;
  }

  private boolean isAt(int at, String prefix) {
    return source.regionMatches(true, at, prefix, 0, prefix.length());
  }

  /** The end of digits with single underscores between them, or -1 if there are none. */
  private int digits(int start, IntPredicate digit) {
    int end = skip(start, digit);
    if (end == start) {
      return -1;
    }
    while (source.startsWith("_", end) && skip(end + 1, digit) > end + 1) {
      end = skip(end + 1, digit);
    }
    return end;
  }

  private int exponent(int at) {
    if (at >= source.length() || source.charAt(at) != 'e' && source.charAt(at) != 'E') {
      return -1;
    }
    boolean signed = source.startsWith("+", at + 1) || source.startsWith("-", at + 1);
    return digits(at + (signed ? 2 : 1), Lexer::isDigit);
  }

  private String plain(int start, int end) {
    return source.substring(start, end).replace("_", "");
  }

  private void string(char quote) {
    int start = next;
    StringBuilder text = new StringBuilder();
    next++;
    while (next < source.length() && source.charAt(next) != quote) {
      if (source.charAt(next) == '\\') {
        next++;
        escape(text);
      } else {
        text.append(source.charAt(next++));
      }
    }
    if (next == source.length()) {
      throw error(Kind.SYNTAX, "the string has no end", start);
    }
    next++;
    add(Type.STRING, text.toString(), null, start);
  }

  /** An escape of a Python string; a backslash before any other character is just that. */
  private void escape(StringBuilder text) {
    char c = next < source.length() ? source.charAt(next) : 0;
    int simple = "abfnrtv\\'\"".indexOf(c);
    if (c == '\n') {
      next++;
    } else if (simple >= 0) {
      text.append("\u0007\b\f\n\r\t\u000b\\'\"".charAt(simple));
      next++;
    } else if (c == 'x' || c == 'u' || c == 'U') {
      int digits = c == 'x' ? 2 : c == 'u' ? 4 : 8;
      int end = skip(next + 1, d -> is(d, 16));
      code(text, next + 1, Math.min(end, next + 1 + digits), digits, 16);
    } else if (is(c, 8)) {
      code(text, next, Math.min(skip(next, d -> is(d, 8)), next + 3), 1, 8);
    } else if (c == 'N' || c >= 0x80) {
      throw error(Kind.UNSUPPORTED, "the escape '\\" + c + "' is not supported", next - 1);
    } else {
      text.append('\\');
    }
  }

  private void code(StringBuilder text, int start, int end, int digits, int radix) {
    boolean complete = end - start >= digits;
    long code = complete ? Long.parseLong(source.substring(start, end), radix) : -1;
    if (code < 0 || code > Character.MAX_CODE_POINT) {
      throw error(Kind.SYNTAX, "the escape does not name a character", next - 1);
    }
    if (code >= 0xd800 && code <= 0xdfff) {
      throw error(Kind.UNSUPPORTED, "half of a surrogate pair is not supported", next - 1);
    }
    text.appendCodePoint((int) code);
    next = end;
  }

  // ---- places ----------------------------------------------------------------------------------

  private void add(Type type, String text, Object value, int offset) {
    tokens.add(new Token(type, text, value, position(offset)));
  }

  private TemplateException error(Kind kind, String message, int offset) {
    return new TemplateException(kind, message, position(offset));
  }

  /** Offsets are asked for in ascending order, or nearly so. */
  private Position position(int offset) {
    if (offset < lineOffset) {
      line = 1;
      lineOffset = 0;
      seen = 0;
    }
    for (; seen < offset; seen++) {
      if (source.charAt(seen) == '\n') {
        line++;
        lineOffset = seen + 1;
      }
    }
    return new Position(line, offset - lineOffset + 1);
  }
}

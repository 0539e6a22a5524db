package headscope.template;

import headscope.template.TemplateException.Kind;
import headscope.template.Token.Type;
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

  /** Digits, and a point with digits after it unless a point stands before, as in a.0.5. */
  private void number() {
    int start = next;
    next = skip(start, Lexer::isDigit);
    boolean afterPoint = start > 0 && source.charAt(start - 1) == '.';
    int fraction = source.startsWith(".", next) ? skip(next + 1, Lexer::isDigit) : next + 1;
    boolean real = !afterPoint && fraction > next + 1;
    next = real ? fraction : next;
    if (next < source.length() && isNameStart(source.charAt(next))) {
      throw error(
          Kind.UNSUPPORTED, "a number of more than digits and a point is not supported", start);
    }
    String text = source.substring(start, next);
    if (real) {
      add(Type.FLOAT, "", Double.valueOf(text), start);
    } else if (text.length() > 18) {
      throw error(Kind.LIMIT, "an integer of more than 18 digits", start);
    } else {
      boolean zero = text.length() > 1 && text.startsWith("0");
      if (zero) {
        throw error(Kind.UNSUPPORTED, "an integer that begins with 0 is not supported", start);
      }
      add(Type.INTEGER, "", Long.valueOf(text), start);
    }
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
    } else if (c == 'x' || c == 'u') {
      code(text, c == 'x' ? 2 : 4);
    } else if (c == 'N' || c == 'U' || isDigit(c) || c >= 0x80) {
      throw error(Kind.UNSUPPORTED, "the escape '\\" + c + "' is not supported", next - 1);
    } else {
      text.append('\\');
    }
  }

  private void code(StringBuilder text, int digits) {
    int end = next + 1 + digits;
    boolean complete =
        end <= source.length()
            && source
                .substring(next + 1, end)
                .chars()
                .allMatch(d -> d < 0x80 && Character.digit(d, 16) >= 0);
    if (!complete) {
      throw error(Kind.SYNTAX, "the escape does not name a character", next - 1);
    }
    char code = (char) Integer.parseInt(source.substring(next + 1, end), 16);
    if (Character.isSurrogate(code)) {
      throw error(Kind.UNSUPPORTED, "half of a surrogate pair is not supported", next - 1);
    }
    text.append(code);
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

package headscope.template;

import headscope.template.TemplateException.Kind;
import headscope.template.Token.Type;
import java.util.List;
import java.util.function.Supplier;

/** Goes through the tokens of a template, and bounds how deep what it reads is nested. */
abstract class TokenReader {
  private final List<Token> tokens;
  private int next;
  private int depth;

  TokenReader(List<Token> tokens) {
    this.tokens = tokens;
  }

  Token current() {
    return tokens.get(next);
  }

  void skip(int count) {
    next += count;
  }

  Token following() {
    return tokens.get(Math.min(next + 1, tokens.size() - 1));
  }

  Token take() {
    Token token = current();
    if (token.type() != Type.END) {
      next++;
    }
    return token;
  }

  boolean skipName(String name) {
    boolean found = current().isName(name);
    if (found) {
      next++;
    }
    return found;
  }

  boolean skipOperator(String operator) {
    boolean found = current().isOperator(operator);
    if (found) {
      next++;
    }
    return found;
  }

  Token expect(Type type) {
    if (current().type() != type) {
      throw unexpected(type.words);
    }
    return take();
  }

  void expectOperator(String operator) {
    if (!skipOperator(operator)) {
      throw unexpected("'" + operator + "'");
    }
  }

  TemplateException unexpected(String wanted) {
    return unexpected(wanted, current());
  }

  static TemplateException unexpected(String wanted, Token found) {
    String message = "expected " + wanted + ", found " + found.words();
    return new TemplateException(Kind.SYNTAX, message, found.at());
  }

  static TemplateException unsupported(String message, Token token) {
    return new TemplateException(Kind.UNSUPPORTED, message, token.at());
  }

  /** Parses something that may hold more of its kind. */
  <T> T nested(Supplier<T> part) {
    if (++depth > Limits.NESTING) {
      throw new TemplateException(
          Kind.LIMIT, "nested deeper than " + Limits.NESTING + " levels", current().at());
    }
    T result = part.get();
    depth--;
    return result;
  }
}

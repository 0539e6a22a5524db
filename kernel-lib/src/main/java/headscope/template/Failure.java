package headscope.template;

import headscope.template.TemplateException.Kind;

/** An error that does not know its place yet; {@link ChatTemplate} adds it. */
final class Failure extends RuntimeException {
  private static final long serialVersionUID = 1;

  final Kind kind;

  Failure(Kind kind, String message) {
    super(message, null, false, false);
    this.kind = kind;
  }

  static Failure unsupported(String message) {
    return new Failure(Kind.UNSUPPORTED, message);
  }

  static Failure value(String message) {
    return new Failure(Kind.VALUE, message);
  }

  static Failure limit(String message) {
    return new Failure(Kind.LIMIT, message);
  }
}

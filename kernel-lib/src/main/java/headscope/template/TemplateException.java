package headscope.template;

import headscope.failure.Section;
import headscope.failure.Sectioned;

/** A template cannot be parsed, or cannot be rendered with these variables. */
public final class TemplateException extends RuntimeException implements Sectioned {
  private static final long serialVersionUID = 1;

  /** What went wrong. */
  public enum Kind {
    /** The source is not a Jinja template. */
    SYNTAX,
    /** Jinja may know the construct, this interpreter does not. */
    UNSUPPORTED,
    /** The template itself called {@code raise_exception}. */
    RAISED,
    /** An undefined value was used for more than printing, testing or looping. */
    UNDEFINED,
    /** An operation does not take a value of this type or size. */
    VALUE,
    /** The template needs more time, depth or text than it is allowed. */
    LIMIT
  }

  private final Kind kind;
  private final String reason;
  private final int line;
  private final int column;

  TemplateException(Kind kind, String reason, Position at) {
    super(reason + " (line " + at.line() + ", column " + at.column() + " of the template)");
    this.kind = kind;
    this.reason = reason;
    this.line = at.line();
    this.column = at.column();
  }

  public Kind kind() {
    return kind;
  }

  /** The message without the place; of {@link Kind#RAISED}, the template's own words. */
  public String reason() {
    return reason;
  }

  /** The line of the template, from 1. */
  public int line() {
    return line;
  }

  /** The column in that line, from 1, in UTF-16 units. */
  public int column() {
    return column;
  }

  @Override
  public Section section() {
    return Section.CHAT_TEMPLATE;
  }
}

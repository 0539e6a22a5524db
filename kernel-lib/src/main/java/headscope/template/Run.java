package headscope.template;

import java.time.LocalDateTime;
import java.util.Map;

/** One rendering: its variables, its clock, where it is and how much it has used. */
final class Run {
  final Map<Object, Object> variables;
  final LocalDateTime now;

  /** Whether a page of the house is rendered: escaped, and without limits of work and text. */
  final boolean onPage;

  private Position at = Position.START;
  private long steps;
  private int depth;

  private Run(Map<Object, Object> variables, LocalDateTime now, boolean onPage) {
    this.variables = variables;
    this.now = now;
    this.onPage = onPage;
  }

  /** Of somebody's chat template. */
  static Run chat(Map<String, ?> variables, LocalDateTime now) {
    return new Run(Values.map(Values.imported(variables, 0)), now, false);
  }

  static Run page(Map<String, ?> variables) {
    return new Run(Values.map(Values.imported(variables, 0)), LocalDateTime.MIN, true);
  }

  String render(Body body) {
    try {
      Output out = new Output(this);
      body.run(Scope.of(this, body), out);
      return out.toString();
    } catch (Failure failure) {
      throw new TemplateException(failure.kind, failure.getMessage(), at);
    }
  }

  /** Says what errors from now on are about. */
  void at(Position position) {
    at = position;
  }

  /** Begins something that may hold more of its kind; {@link #leave} ends it. */
  void enter() {
    spend(1);
    if (++depth > Limits.DEPTH) {
      throw Failure.limit("nested deeper than " + Limits.DEPTH + " levels");
    }
  }

  void leave() {
    depth--;
  }

  void spend(long count) {
    steps += count;
    if (steps > Limits.STEPS && !onPage) {
      throw Failure.limit("more than " + Limits.STEPS + " steps");
    }
  }

  /** Pays for reading or copying text of this length. */
  void spendText(long length) {
    requireShort(length);
    spend(length / Limits.CHARACTERS_PER_STEP);
  }

  void requireShort(long length) {
    if (length > Limits.TEXT && !onPage) {
      throw Failure.limit("a text of more than " + Limits.TEXT + " characters");
    }
  }

  /** Pays for a text that has been made. */
  String paid(String text) {
    spendText(text.length());
    return text;
  }

  String repeat(String text, long count) {
    if (count <= 0 || text.isEmpty()) {
      return "";
    }
    spendText(count > Limits.TEXT ? count : text.length() * count);
    return text.repeat((int) count);
  }
}

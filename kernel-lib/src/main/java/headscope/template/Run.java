package headscope.template;

import java.time.LocalDateTime;
import java.util.Map;

/** One rendering: its variables, its clock, where it is and how much it has used. */
final class Run {
  final Map<Object, Object> variables;
  final LocalDateTime now;
  private Position at = Position.START;
  private long steps;
  private int depth;

  Run(Map<Object, Object> variables, LocalDateTime now) {
    this.variables = variables;
    this.now = now;
  }

  Position at() {
    return at;
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
    if (steps > Limits.STEPS) {
      throw Failure.limit("more than " + Limits.STEPS + " steps");
    }
  }

  /** Pays for reading or copying text of this length. */
  void spendText(long length) {
    if (length > Limits.TEXT) {
      throw Failure.limit("a text of more than " + Limits.TEXT + " characters");
    }
    spend(length / Limits.CHARACTERS_PER_STEP);
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

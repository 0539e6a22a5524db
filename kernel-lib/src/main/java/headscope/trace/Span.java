package headscope.trace;

import headscope.failure.Section;

/**
 * A stretch of token positions, {@code [from, to)}.
 *
 * @param from the first position
 * @param to the position behind the last
 */
public record Span(int from, int to) {
  public Span {
    if (from < 0 || to <= from) {
      throw Section.SPANS.wrong(
          "a span is [from, to) with 0 <= from < to, got [" + from + ", " + to + ")");
    }
  }

  public int length() {
    return to - from;
  }

  public boolean contains(int position) {
    return from <= position && position < to;
  }

  @Override
  public String toString() {
    return from + ":" + to;
  }
}

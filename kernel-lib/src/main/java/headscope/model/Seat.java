package headscope.model;

import headscope.trace.Capture;
import headscope.trace.Prompt;
import java.util.List;

/**
 * A sequence of a pass, and who looks at it.
 *
 * @param index its place among the sequences that are generated together
 * @param from the position of its first row
 * @param to the position behind its last
 * @param prompt what is continued
 * @param capture what is recorded of the row; of passes of many rows nothing
 * @param observers watch it
 * @param nextOfNeedle the position of the needle's next token, -1 where it has none or nobody asks
 */
record Seat(
    int index,
    int from,
    int to,
    Prompt prompt,
    Capture capture,
    List<Observer> observers,
    int nextOfNeedle) {

  /** The step that its last row is. */
  int step() {
    return to - prompt.length();
  }
}

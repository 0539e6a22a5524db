package headscope.experiment;

import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;

/**
 * Trials of a stage that are computed together.
 *
 * @param from the first one's place in the stage
 * @param to the place behind the last one
 * @param line the first one's place in the results
 */
public record GroupRange(int from, int to, int line) implements Serializable {
  /** How many trials. */
  public int size() {
    return to - from;
  }

  /** The groups of a stage, in their order. */
  static List<GroupRange> of(Stage<?> stage, int rows, int firstLine) {
    return of(stage.trials(), stage.group(rows), firstLine);
  }

  /** So many trials in groups of some size, in their order. */
  static List<GroupRange> of(int trials, int each, int firstLine) {
    List<GroupRange> ranges = new ArrayList<>();
    for (int from = 0; from < trials; from += each) {
      ranges.add(new GroupRange(from, Math.min(trials, from + each), firstLine + from));
    }
    return ranges;
  }
}

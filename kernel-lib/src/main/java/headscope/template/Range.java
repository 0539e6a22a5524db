package headscope.template;

import java.util.ArrayList;
import java.util.List;

/** A Python range; {@code items} are its numbers. */
record Range(long start, long stop, long step, List<Object> items) {
  static Range of(long start, long stop, long step) {
    if (step == 0) {
      throw Failure.value("range() arg 3 must not be zero");
    }
    List<Object> items = new ArrayList<>();
    for (long i = start; step > 0 ? i < stop : i > stop; i += step) {
      if (items.size() == Limits.RANGE) {
        throw Failure.limit("a range may have " + Limits.RANGE + " items at most");
      }
      items.add(i);
    }
    return new Range(start, stop, step, items);
  }
}

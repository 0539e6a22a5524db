package headscope.template;

import java.util.Arrays;
import java.util.List;

/** A Python tuple. */
record Tuple(List<Object> items) {
  static Tuple of(Object... items) {
    return new Tuple(Arrays.asList(items));
  }
}

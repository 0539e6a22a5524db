package headscope.model;

import headscope.failure.Section;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * What may differ from layer to layer.
 *
 * @param window a query sees this many positions, its own the last; empty: all before it
 * @param rope how positions turn query and key; empty: they do not
 */
public record LayerType(OptionalInt window, Optional<Rope> rope) {
  public LayerType {
    if (window.isPresent() && window.getAsInt() < 1) {
      throw Section.MODEL_USE.wrong("a window has 1 position or more, got " + window.getAsInt());
    }
  }

  /** The first position that a query sees. */
  public int firstSeen(int query) {
    return window.isPresent() ? Math.max(0, query - window.getAsInt() + 1) : 0;
  }

  /** The same for sequences of at most some length: a window that holds them is none. */
  LayerType within(int positions) {
    return window.isPresent() && window.getAsInt() >= positions
        ? new LayerType(OptionalInt.empty(), rope)
        : this;
  }
}

package headscope.model;

import headscope.head.HeadMask;
import java.util.List;
import java.util.OptionalInt;

/**
 * What decides over a generation from step to step, asked for every row by itself: the mask of its
 * next step, a token that it has to say, the rules on its logits, and when it stops.
 *
 * <pre>
 *   Steering everyOther = row -> row.step() % 2 == 0 ? HeadMask.zero(heads) : HeadMask.none();
 * </pre>
 */
@FunctionalInterface
public interface Steering {
  /** The mask of a row's next step; it may depend on what {@link Generation.Row#seen} tells. */
  HeadMask mask(Generation.Row row);

  /** The token that the row's next step takes, whatever the model prefers; empty: its own. */
  default OptionalInt forced(Generation.Row row) {
    return OptionalInt.empty();
  }

  /**
   * The rules that act on logits, in order: those of the checkpoint. A forced token is above them.
   */
  default List<LogitsRule> rules(GenerationConfig config) {
    return config.rules();
  }

  /** Whether the row stops behind the step that it has just taken; asked once a step. */
  default boolean stops(Generation.Row row) {
    return false;
  }

  /**
   * Whether the row's next step is first computed without a mask, to be seen and thrown away. Only
   * rows that look first pay for it; one that does so at each of its steps has a {@link
   * Generation.Row#clean} row for each.
   */
  default boolean looksFirst(Generation.Row row) {
    return false;
  }

  /** Whether rows go on behind an end token. */
  default boolean ignoresEndTokens() {
    return false;
  }

  /** Who watches the passes of the steps; nobody. */
  default List<Observer> observers() {
    return List.of();
  }

  /** The most tokens of a row. */
  default int maxNewTokens() {
    return GenerateOptions.MAX_NEW_TOKENS;
  }
}

package headscope.model;

import headscope.failure.Section;
import headscope.head.HeadMask;
import headscope.head.MaskScope;
import headscope.trace.Spans;
import headscope.trace.Step;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.OptionalInt;
import java.util.function.Consumer;

/**
 * How a generation goes: greedily, the lowest id on a tie.
 *
 * @param maxNewTokens the most tokens that are generated; fewer where the model's positions end
 * @param ignoreEndTokens whether it goes on behind an end token
 * @param mask heads that are masked
 * @param scope in which rows they are
 * @param hidden positions of the prompt that no row sees
 * @param forced tokens, [steps], that are taken whatever the model prefers, see {@link #withForced}
 * @param listener is given every step as soon as it is computed
 * @param observers watch the passes of the steps
 */
public record GenerateOptions(
    int maxNewTokens,
    boolean ignoreEndTokens,
    HeadMask mask,
    MaskScope scope,
    Spans hidden,
    int[] forced,
    Consumer<Step> listener,
    List<Observer> observers)
    implements Steering, RunOptions {

  /** Tokens that are generated at most where nothing else is said. */
  public static final int MAX_NEW_TOKENS = 100;

  public GenerateOptions {
    if (maxNewTokens < 1) {
      throw Section.MODEL_USE.wrong("a generation has at least 1 new token, got " + maxNewTokens);
    }
    Objects.requireNonNull(listener, "listener");
    forced = forced.clone();
    observers = List.copyOf(observers);
  }

  /** At most 100 tokens, up to the first end token, no head masked, nothing hidden. */
  public static GenerateOptions defaults() {
    return new GenerateOptions(
        MAX_NEW_TOKENS,
        false,
        HeadMask.none(),
        MaskScope.STEPS,
        Spans.none(),
        new int[0],
        step -> {},
        List.of());
  }

  public GenerateOptions withMaxNewTokens(int tokens) {
    return new GenerateOptions(
        tokens, ignoreEndTokens, mask, scope, hidden, forced, listener, observers);
  }

  public GenerateOptions withIgnoreEndTokens() {
    return new GenerateOptions(
        maxNewTokens, true, mask, scope, hidden, forced, listener, observers);
  }

  public GenerateOptions withMask(HeadMask other, MaskScope where) {
    return new GenerateOptions(
        maxNewTokens, ignoreEndTokens, other, where, hidden, forced, listener, observers);
  }

  public GenerateOptions withHidden(Spans positions) {
    return new GenerateOptions(
        maxNewTokens, ignoreEndTokens, mask, scope, positions, forced, listener, observers);
  }

  /** Takes these tokens and then ends: what the model sees while it is made to say them. */
  public GenerateOptions withForced(int... tokens) {
    return new GenerateOptions(
        Math.max(1, tokens.length), true, mask, scope, hidden, tokens, listener, observers);
  }

  public GenerateOptions withListener(Consumer<Step> other) {
    return new GenerateOptions(
        maxNewTokens, ignoreEndTokens, mask, scope, hidden, forced, other, observers);
  }

  /** With one more observer of the passes of the steps. */
  public GenerateOptions withObserver(Observer observer) {
    List<Observer> more = new ArrayList<>(observers);
    more.add(observer);
    return new GenerateOptions(
        maxNewTokens, ignoreEndTokens, mask, scope, hidden, forced, listener, more);
  }

  @Override
  public HeadMask mask(Generation.Row row) {
    return row.step() == 0 && scope == MaskScope.DECODE ? HeadMask.none() : mask;
  }

  @Override
  public OptionalInt forced(Generation.Row row) {
    return row.step() < forced.length ? OptionalInt.of(forced[row.step()]) : OptionalInt.empty();
  }

  @Override
  public boolean ignoresEndTokens() {
    return ignoreEndTokens;
  }

  @Override
  public Map<String, Object> recorded() {
    Map<String, Object> map = new LinkedHashMap<>();
    map.put("maxNewTokens", (long) maxNewTokens);
    map.put("ignoreEndTokens", ignoreEndTokens);
    map.put("mask", mask.heads().toString());
    map.put("maskMode", mask.mode().name().toLowerCase(Locale.ROOT));
    map.put("maskScope", scope.name().toLowerCase(Locale.ROOT));
    map.put("hide", hidden.toString());
    map.put("forced", forced.length > 0);
    return map;
  }

  @Override
  public String toString() {
    return "GenerateOptions[at most "
        + maxNewTokens
        + " tokens, "
        + (mask.isEmpty() ? "nothing masked" : mask.toString())
        + (hidden.isEmpty() ? "" : ", hidden " + hidden)
        + (forced.length == 0 ? "" : ", " + forced.length + " forced")
        + "]";
  }
}

package headscope.trace;

import headscope.failure.Section;
import headscope.head.HeadSet;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * What is to be observed while a model generates. It is declared before the run and reduced where
 * the attention row lies; what is not asked for costs nothing. For every head and step {@link
 * #heads()} records the position and weight of the greatest attention weight and the mass on each
 * span that the prompt declares, on the sink and on the local window (DEFINITIONS.md, 8 and 9).
 *
 * @param attention whether attention is reduced at all
 * @param sink how many of the first positions are the attention sink; 4 by default
 * @param local how many of the last positions, the query's own among them, are local; 32 by default
 * @param hidden which hidden state is kept
 * @param logits whether the logits [vocabulary] of each step are kept; large
 * @param rows heads whose whole attention row is kept
 * @param rowsFrom first step of which rows are kept
 * @param rowsTo step behind the last of which rows are kept
 * @param measures measurements of one's own, see {@link Measure}
 * @param attribution whether each head's direct share in the logits is kept, see {@link
 *     Attribution}
 * @param lens whether every layer's residual stream is read as if it were the last, see {@link
 *     LogitLens}
 */
public record Capture(
    boolean attention,
    int sink,
    int local,
    Hidden hidden,
    boolean logits,
    HeadSet rows,
    int rowsFrom,
    int rowsTo,
    List<Measure> measures,
    boolean attribution,
    boolean lens) {

  /** The hidden state a step leaves: what produced its token. */
  public enum Hidden {
    NONE,
    /** After the final norm: what the output matrix reads. The default. */
    AFTER_NORM,
    BEFORE_NORM
  }

  /** Tokens a sink is made of where nothing else is said. */
  public static final int SINK = 4;

  /** Tokens of the local window where nothing else is said. */
  public static final int LOCAL = 32;

  public Capture {
    measures = List.copyOf(measures);
    if (sink < 0 || local < 0) {
      throw Section.TRACE_CONTENT.wrong(
          "sink and local are numbers of tokens from 0 on, got sink " + sink + ", local " + local);
    }
    if (rowsFrom < 0 || rowsTo < rowsFrom) {
      throw Section.TRACE_CONTENT.wrong(
          "rows are kept for steps [from, to) with 0 <= from <= to, got ["
              + rowsFrom
              + ", "
              + rowsTo
              + ")");
    }
  }

  /** Tokens, log-probability and entropy alone. */
  public static Capture tokens() {
    return new Capture(
        false, SINK, LOCAL, Hidden.NONE, false, HeadSet.empty(), 0, 0, List.of(), false, false);
  }

  /** Every head, and the hidden state after the final norm. */
  public static Capture heads() {
    return new Capture(
        true,
        SINK,
        LOCAL,
        Hidden.AFTER_NORM,
        false,
        HeadSet.empty(),
        0,
        0,
        List.of(),
        false,
        false);
  }

  /** With another number of sink and local positions. */
  public Capture withWindows(int sinkTokens, int localTokens) {
    return new Capture(
        attention,
        sinkTokens,
        localTokens,
        hidden,
        logits,
        rows,
        rowsFrom,
        rowsTo,
        measures,
        attribution,
        lens);
  }

  /** With another hidden state. */
  public Capture withHidden(Hidden which) {
    return new Capture(
        attention, sink, local, which, logits, rows, rowsFrom, rowsTo, measures, attribution, lens);
  }

  /** With the logits of each step. */
  public Capture withLogits() {
    return new Capture(
        attention, sink, local, hidden, true, rows, rowsFrom, rowsTo, measures, attribution, lens);
  }

  /** With the whole attention rows of some heads at every step. */
  public Capture withRows(HeadSet of) {
    return withRows(of, 0, Integer.MAX_VALUE);
  }

  /** With the whole attention rows of some heads at steps [from, to). */
  public Capture withRows(HeadSet of, int from, int to) {
    return new Capture(
        attention, sink, local, hidden, logits, of, from, to, measures, attribution, lens);
  }

  /**
   * With a measurement of one's own; one of the same name is replaced.
   *
   * <pre>
   *   Capture.heads().with(Measure.of("z_norm", Hook.Z, Reduce.norm()))
   * </pre>
   */
  public Capture with(Measure measure) {
    List<Measure> more = new ArrayList<>(measures);
    more.removeIf(m -> m.name().equals(measure.name()));
    more.add(measure);
    return new Capture(
        attention, sink, local, hidden, logits, rows, rowsFrom, rowsTo, more, attribution, lens);
  }

  /** With the direct logit attribution of every head, MLP and bias, see {@link Attribution}. */
  public Capture withAttribution() {
    return new Capture(
        attention, sink, local, hidden, logits, rows, rowsFrom, rowsTo, measures, true, lens);
  }

  /** With the logit lens of every layer, see {@link LogitLens}. */
  public Capture withLens() {
    return new Capture(
        attention,
        sink,
        local,
        hidden,
        logits,
        rows,
        rowsFrom,
        rowsTo,
        measures,
        attribution,
        true);
  }

  /**
   * What runs write of it beside sink, local and hidden state: {@code measures}, name to meaning;
   * {@code attribution}, {@code lens}. Nothing where nothing of the kind is asked for.
   */
  public Map<String, Object> recorded() {
    Map<String, Object> map = new LinkedHashMap<>();
    if (!measures.isEmpty()) {
      Map<String, String> meanings = new LinkedHashMap<>();
      measures.forEach(m -> meanings.put(m.name(), m.meaning()));
      map.put("measures", meanings);
    }
    if (attribution) {
      map.put("attribution", true);
    }
    if (lens) {
      map.put("lens", true);
    }
    return map;
  }

  /** Whether whole rows are wanted of a step. */
  public boolean rowsAt(int step) {
    return !rows.isEmpty() && rowsFrom <= step && step < rowsTo;
  }

  @Override
  public String toString() {
    return "Capture["
        + (attention ? "heads, sink " + sink + ", local " + local : "tokens")
        + ", hidden state "
        + hidden.name().toLowerCase(Locale.ROOT).replace('_', ' ')
        + (logits ? ", logits" : "")
        + (rows.isEmpty() ? "" : ", rows of " + rows)
        + (measures.isEmpty() ? "" : ", measures " + measures)
        + (attribution ? ", attribution" : "")
        + (lens ? ", lens" : "")
        + "]";
  }
}

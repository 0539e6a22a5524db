package headscope.score;

import headscope.failure.Section;
import headscope.head.HeadId;
import headscope.head.HeadSet;
import headscope.trace.Prompt;
import headscope.trace.Step;
import headscope.trace.Trace;
import java.util.List;
import java.util.stream.IntStream;
import tech.tablesaw.api.BooleanColumn;
import tech.tablesaw.api.DoubleColumn;
import tech.tablesaw.api.IntColumn;
import tech.tablesaw.api.StringColumn;
import tech.tablesaw.api.Table;

/** Where every head looked hardest at one step, as a table to read. */
public final class AttentionTable {
  private AttentionTable() {}

  /**
   * One row a head, the firmest look first.
   *
   * <pre>AttentionTable.of(trace, 4).first(10)</pre>
   *
   * @param trace a trace that captured heads
   * @param step which of its steps, from 0
   * @return columns {@code head}, {@code looks at} (the token), {@code position}, {@code weight} (0
   *     to 1), {@code in needle}, {@code writes} (the token of the step)
   * @throws IllegalArgumentException if there is no such step, or no head was captured
   */
  public static Table of(Trace trace, int step) {
    if (step < 0 || step >= trace.steps().size()) {
      throw Section.SCORES.wrong(
          "the trace has steps 0 to " + (trace.steps().size() - 1) + ", got " + step);
    }
    Step s = trace.steps().get(step);
    int[] looked = s.looked();
    double[] weights =
        IntStream.range(0, trace.heads()).mapToDouble(h -> s.argmaxWeight()[h]).toArray();
    List<HeadId> heads = HeadSet.ranking(weights, trace.headsPerLayer());
    int[] positions =
        heads.stream().mapToInt(h -> looked[h.index(trace.headsPerLayer())]).toArray();
    String written = text(trace, trace.prompt().length() + step);
    return Table.create(
        "where heads look at step " + step,
        StringColumn.create("head", heads.stream().map(HeadId::toString).toList()),
        StringColumn.create(
            "looks at", IntStream.of(positions).mapToObj(p -> text(trace, p)).toList()),
        IntColumn.create("position", positions),
        DoubleColumn.create(
            "weight",
            heads.stream().mapToDouble(h -> weights[h.index(trace.headsPerLayer())]).toArray()),
        BooleanColumn.create(
            "in needle",
            IntStream.of(positions)
                .mapToObj(p -> trace.prompt().span(Prompt.NEEDLE).contains(p))
                .toList()),
        StringColumn.create("writes", heads.stream().map(h -> written).toList()));
  }

  /** The text of the token at a position of prompt and generation, or its id. */
  private static String text(Trace trace, int position) {
    int generated = position - trace.prompt().length();
    List<String> texts = generated < 0 ? trace.prompt().tokens() : trace.tokens();
    int i = generated < 0 ? position : generated;
    return texts.isEmpty() ? String.valueOf(trace.tokenAt(position)) : texts.get(i);
  }
}

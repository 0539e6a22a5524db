package headscope.score;

import headscope.failure.Section;
import headscope.head.HeadId;
import headscope.trace.Prompt;
import headscope.trace.Spans;
import headscope.trace.Step;
import headscope.trace.Trace;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import tech.tablesaw.api.DoubleColumn;
import tech.tablesaw.api.IntColumn;
import tech.tablesaw.api.StringColumn;
import tech.tablesaw.api.Table;

/**
 * The whole attention row of a head at one step: a weight for every position that it could see. In
 * a notebook it shows itself as the prompt, tinted by the square roots of the weights.
 *
 * <pre>
 *   Trace trace = model.generate(prompt, Capture.heads().withRows(HeadSet.of(head)));
 *   AttentionRow row = AttentionRow.of(trace, 4, head);
 *   Figures.attentionRow(row.toTable());
 * </pre>
 *
 * @param head whose row
 * @param step at which step, from 0
 * @param writes the token that the step generates
 * @param tokens the texts of the positions, or their ids where there are none
 * @param spans of the prompt that each position lies in, the shortest of them; empty where in none
 * @param weights attention weights; they sum to 1: [positions]
 */
public record AttentionRow(
    HeadId head,
    int step,
    String writes,
    List<String> tokens,
    List<String> spans,
    List<Double> weights) {

  public AttentionRow {
    tokens = List.copyOf(tokens);
    spans = List.copyOf(spans);
    weights = List.copyOf(weights);
    if (tokens.size() != weights.size() || spans.size() != weights.size()) {
      throw Section.SCORES.wrong(
          "an attention row has a token and a span a weight, got "
              + tokens.size()
              + ", "
              + spans.size()
              + " and "
              + weights.size());
    }
  }

  /**
   * A row that was recorded.
   *
   * @param trace one that kept rows of the head: {@code Capture.heads().withRows(heads)}
   * @throws IllegalArgumentException if there is no such step, or the row was not kept
   */
  public static AttentionRow of(Trace trace, int step, HeadId head) {
    if (step < 0 || step >= trace.steps().size()) {
      throw Section.SCORES.wrong(
          "the trace has steps 0 to " + (trace.steps().size() - 1) + ", got " + step);
    }
    Step at = trace.steps().get(step);
    float[] row = at.rows().get(head);
    if (row == null) {
      throw Section.SCORES.wrong(
          "the trace kept no row of "
              + head
              + " at step "
              + step
              + "; generate with Capture.heads().withRows(HeadSet.of(head))");
    }
    int seen = trace.prompt().length() + step;
    return new AttentionRow(
        head,
        step,
        text(trace, seen),
        IntStream.range(0, seen).mapToObj(p -> text(trace, p)).toList(),
        IntStream.range(0, seen).mapToObj(p -> span(trace.prompt(), p)).toList(),
        IntStream.range(0, seen).mapToObj(p -> (double) row[p]).toList());
  }

  /** The text of the token at a position of prompt and generation, or its id. */
  private static String text(Trace trace, int position) {
    int generated = position - trace.prompt().length();
    List<String> texts = generated < 0 ? trace.prompt().tokens() : trace.tokens();
    int i = generated < 0 ? position : generated;
    return texts.isEmpty() ? String.valueOf(trace.tokenAt(position)) : texts.get(i);
  }

  private static String span(Prompt prompt, int position) {
    String shortest = "";
    int length = Integer.MAX_VALUE;
    for (Map.Entry<String, Spans> e : prompt.spans().entrySet()) {
      if (e.getValue().contains(position) && e.getValue().length() < length) {
        shortest = e.getKey();
        length = e.getValue().length();
      }
    }
    return shortest;
  }

  /**
   * One row a position: columns {@code head}, {@code position}, {@code token}, {@code span}, {@code
   * weight}.
   */
  public Table toTable() {
    String[] heads = new String[weights.size()];
    Arrays.fill(heads, head.toString());
    return Table.create(
        "attention of " + head + " at step " + step,
        StringColumn.create("head", heads),
        IntColumn.create("position", IntStream.range(0, weights.size()).toArray()),
        StringColumn.create("token", tokens),
        StringColumn.create("span", spans),
        DoubleColumn.create("weight", weights));
  }

  /**
   * Several rows below each other, for {@code Figures.attentionRow}.
   *
   * @throws IllegalArgumentException if there is none
   */
  public static Table table(List<AttentionRow> rows) {
    if (rows.isEmpty()) {
      throw Section.SCORES.wrong("there is at least one attention row, got none");
    }
    Table all = rows.get(0).toTable();
    rows.stream().skip(1).forEach(r -> all.append(r.toTable()));
    return all.setName("attention rows");
  }

  @Override
  public String toString() {
    return "AttentionRow[" + head + " at step " + step + ", " + weights.size() + " positions]";
  }
}

package headscope.rag;

import headscope.trace.Prompt;
import headscope.trace.Spans;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import tech.tablesaw.api.BooleanColumn;
import tech.tablesaw.api.DoubleColumn;
import tech.tablesaw.api.IntColumn;
import tech.tablesaw.api.StringColumn;
import tech.tablesaw.api.Table;

/**
 * What one question's run did, so that a person can follow it: every draft, what RIND said of its
 * words, what was retrieved, and the answer.
 *
 * <pre>
 *   RagRun run = DynamicRag.of(HeadSelector.fixed("static", ranking.top(5))).run(model, prompt);
 *   run.answer();                        // Ana Lo was born in Oslo in 1901. So the answer is Oslo.
 *   trial.metrics(run.answer());         // EM, F1, ...
 *   run.toTable();                       // a row per draft
 * </pre>
 *
 * @param prompt what was asked; its span {@code context} is what was hidden
 * @param drafts every sentence as it was written, in order, the dropped ones too
 * @param answer the text of the kept drafts, without special tokens
 * @param options everything that decided the run, as it is written with results
 */
public record RagRun(
    Prompt prompt, List<Draft> drafts, String answer, Map<String, Object> options) {

  public RagRun {
    drafts = List.copyOf(drafts);
    options = Collections.unmodifiableMap(new LinkedHashMap<>(options));
  }

  /** The drafts that make the answer. */
  public List<Draft> kept() {
    return drafts.stream().filter(Draft::kept).toList();
  }

  /** The tokens of the answer, the end token included if it was generated: [tokens]. */
  public int[] ids() {
    return kept().stream().flatMapToInt(d -> Arrays.stream(d.ids())).toArray();
  }

  /** Tokens that were generated in all, those of dropped drafts included. */
  public int generatedTokens() {
    return drafts.stream().mapToInt(d -> d.ids().length).sum();
  }

  /** Tokens of the answer. */
  public int keptTokens() {
    return ids().length;
  }

  /** The retrievals in order. */
  public List<Retrieval> retrievals() {
    return drafts.stream().flatMap(d -> d.retrieval().stream()).toList();
  }

  /** Whether the answer ended with an end token, not with the limit. */
  public boolean ended() {
    return !drafts.isEmpty() && drafts.get(drafts.size() - 1).ended();
  }

  /** The positions of the context that any kept or dropped draft could see. */
  public Spans seen() {
    return drafts.stream().map(Draft::visible).reduce(Spans.none(), Spans::union);
  }

  /** The share of the context that was ever seen, 0 to 1; 0 where the context is empty. */
  public double shareSeen() {
    return share(seen().length());
  }

  /** The share of the context that a token of the answer could see, the mean over tokens. */
  public double meanShareSeen() {
    double sum = 0;
    for (Draft draft : kept()) {
      sum += share(draft.visible().length()) * draft.ids().length;
    }
    return keptTokens() == 0 ? 0 : sum / keptTokens();
  }

  private double share(int positions) {
    int all = prompt.span(Prompt.CONTEXT).length();
    return all == 0 ? 0 : (double) positions / all;
  }

  /**
   * One row a draft: its number, the sentence, what of the context it saw, its greatest RIND,
   * whether it was kept, and if not the word that triggered, the heads that were asked and the
   * windows they found.
   */
  public Table toTable() {
    IntColumn number = IntColumn.create("draft");
    StringColumn sentence = StringColumn.create("sentence");
    StringColumn saw = StringColumn.create("saw");
    DoubleColumn rind = DoubleColumn.create("greatest RIND");
    BooleanColumn kept = BooleanColumn.create("kept");
    StringColumn trigger = StringColumn.create("trigger");
    StringColumn heads = StringColumn.create("heads");
    StringColumn windows = StringColumn.create("windows");
    for (Draft d : drafts) {
      number.append(number.size() + 1);
      sentence.append(d.text().strip());
      saw.append(d.visible().isEmpty() ? "nothing" : d.visible().toString());
      rind.append(d.words().isEmpty() ? Double.NaN : d.greatestRind());
      kept.append(d.kept());
      trigger.append(d.triggerWord().map(Rind.Word::text).orElse(""));
      heads.append(d.retrieval().map(r -> r.heads().toString()).orElse(""));
      windows.append(d.retrieval().map(r -> r.passages().windows().toString()).orElse(""));
    }
    return Table.create("drafts", number, sentence, saw, rind, kept, trigger, heads, windows);
  }

  /** The run as a line of results holds it. */
  public RunDescription description() {
    return RunDescription.of(this);
  }

  @Override
  public String toString() {
    return drafts.stream()
        .map(d -> (d.kept() ? "kept    " : "dropped ") + d.text().strip())
        .collect(Collectors.joining("\n"));
  }
}

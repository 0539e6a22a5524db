package headscope.rag;

import headscope.trace.Spans;
import java.util.List;
import java.util.Optional;
import tech.tablesaw.api.BooleanColumn;
import tech.tablesaw.api.DoubleColumn;
import tech.tablesaw.api.StringColumn;
import tech.tablesaw.api.Table;

/**
 * A sentence as it was written once: kept, or dropped because it triggered a retrieval.
 *
 * @param ids its tokens, the end token included: [tokens]
 * @param tokens what each of them adds to the text
 * @param visible the positions of the context that could be seen while it was written
 * @param rewriting 0 for the first draft of a sentence, r for the r-th time it was written again
 * @param words RIND of its words; empty where it was not checked
 * @param trigger the index of the word that triggered, -1 if none did
 * @param retrieval what the trigger fetched; empty if the draft was kept
 * @param ended whether its last token is an end token
 */
public record Draft(
    int[] ids,
    List<String> tokens,
    Spans visible,
    int rewriting,
    List<Rind.Word> words,
    int trigger,
    Optional<Retrieval> retrieval,
    boolean ended) {

  public Draft {
    tokens = List.copyOf(tokens);
    words = List.copyOf(words);
  }

  /** Whether it is a part of the answer. */
  public boolean kept() {
    return retrieval.isEmpty();
  }

  /** Its text without the end token. */
  public String text() {
    return String.join("", tokens.subList(0, tokens.size() - (ended ? 1 : 0)));
  }

  /** The word that triggered; empty if none did. */
  public Optional<Rind.Word> triggerWord() {
    return trigger < 0 ? Optional.empty() : Optional.of(words.get(trigger));
  }

  /** One row a word: word, entropy, attention, content, RIND. */
  public Table toTable() {
    return Table.create(
        "RIND",
        StringColumn.create("word", words.stream().map(Rind.Word::text).toList()),
        DoubleColumn.create("entropy", words.stream().mapToDouble(Rind.Word::entropy).toArray()),
        DoubleColumn.create(
            "attention", words.stream().mapToDouble(Rind.Word::attention).toArray()),
        BooleanColumn.create("content", words.stream().map(Rind.Word::content).toList()),
        DoubleColumn.create("RIND", words.stream().mapToDouble(Rind.Word::value).toArray()));
  }

  /** The greatest RIND of its words; 0 where it was not checked. */
  public double greatestRind() {
    return words.stream().mapToDouble(Rind.Word::value).max().orElse(0);
  }

  @Override
  public String toString() {
    return "Draft[" + (kept() ? "kept" : "dropped") + ", " + text().strip() + "]";
  }
}

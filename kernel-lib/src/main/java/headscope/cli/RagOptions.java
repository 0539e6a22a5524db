package headscope.cli;

import headscope.failure.Section;
import headscope.rag.DynamicRag;
import headscope.rag.HeadSelector;
import headscope.rag.InContextRetriever;
import headscope.rag.Rind;
import picocli.CommandLine.Option;

/** The options of dynamic RAG: when it retrieves, and what. */
final class RagOptions {
  @Option(
      names = "--rind",
      paramLabel = "FORM",
      defaultValue = "paper",
      description = {
        "paper: entropy x greatest attention from later tokens; dragin: as DRAGIN's code has it"
            + " (${DEFAULT-VALUE})."
      })
  private Rind.Form form;

  @Option(
      names = "--rind-threshold",
      paramLabel = "X",
      description = {
        "A word with a greater RIND triggers ("
            + Rind.THRESHOLD
            + "; DRAGIN's form needs its own,"
            + " such as 1.2)."
      })
  private Double threshold;

  @Option(
      names = "--rag-heads",
      paramLabel = "N",
      defaultValue = "" + HeadSelector.HEADS,
      description = "How many heads are asked (${DEFAULT-VALUE}).")
  private int heads;

  @Option(
      names = "--top-k",
      paramLabel = "N",
      defaultValue = "10",
      description = "Positions a retrieval takes (${DEFAULT-VALUE}).")
  private int k;

  @Option(
      names = "--gap",
      paramLabel = "N",
      defaultValue = "8",
      description = "Positions at most this far apart are of one cluster (${DEFAULT-VALUE}).")
  private int gap;

  @Option(
      names = "--radius",
      paramLabel = "N",
      defaultValue = "16",
      description = "Tokens of a window on either side of its representative (${DEFAULT-VALUE}).")
  private int radius;

  @Option(
      names = "--query",
      paramLabel = "ROW",
      defaultValue = "before_sentence",
      description = {
        "before_sentence: the row before the sentence to be rewritten; before_word: the one before"
            + " the flagged word (${DEFAULT-VALUE})."
      })
  private InContextRetriever.Query query;

  @Option(
      names = "--closing",
      paramLabel = "WHEN",
      defaultValue = "after_next_draft",
      description = {
        "When windows close: after_rewriting, after_next_draft, or never (${DEFAULT-VALUE})."
      })
  private DynamicRag.Closing closing;

  @Option(
      names = "--rechecks",
      paramLabel = "N",
      defaultValue = "0",
      description = "How often a rewritten sentence is checked again, 0 to 2 (${DEFAULT-VALUE}).")
  private int rechecks;

  int heads() {
    return heads;
  }

  /** A loop with what was asked for in place of its own. */
  DynamicRag loop(DynamicRag own) {
    if (form == Rind.Form.DRAGIN && threshold == null) {
      throw Section.WRONG_USE.wrong(
          "--rind dragin needs a --rind-threshold of its own; DRAGIN took 0.8 and 1.2");
    }
    Rind rind = form == Rind.Form.DRAGIN ? Rind.dragin(threshold) : own.rind();
    return own.withRind(threshold == null ? rind : rind.withThreshold(threshold))
        .withRetriever(own.retriever().withK(k).withGap(gap).withRadius(radius).withQuery(query))
        .withClosing(closing)
        .withRechecks(rechecks);
  }
}

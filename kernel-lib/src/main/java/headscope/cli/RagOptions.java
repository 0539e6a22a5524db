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
      description = {
        "paper: entropy x greatest attention from later tokens; dragin: as DRAGIN's code has it"
            + " (paper)."
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
      description = "How many heads are asked (" + HeadSelector.HEADS + ").")
  private Integer heads;

  @Option(names = "--top-k", paramLabel = "N", description = "Positions a retrieval takes (10).")
  private Integer k;

  @Option(
      names = "--gap",
      paramLabel = "N",
      description = "Positions at most this far apart are of one cluster (8).")
  private Integer gap;

  @Option(
      names = "--radius",
      paramLabel = "N",
      description = "Tokens of a window on either side of its representative (16).")
  private Integer radius;

  @Option(
      names = "--query",
      paramLabel = "ROW",
      description = {
        "before_sentence: the row before the sentence to be rewritten; before_word: the one before"
            + " the flagged word (before_sentence)."
      })
  private InContextRetriever.Query query;

  @Option(
      names = "--closing",
      paramLabel = "WHEN",
      description = {
        "When windows close: after_rewriting, after_next_draft, or never (after_next_draft)."
      })
  private DynamicRag.Closing closing;

  @Option(
      names = "--rechecks",
      paramLabel = "N",
      description = "How often a rewritten sentence is checked again, 0 to 2 (0).")
  private Integer rechecks;

  boolean given() {
    return form != null
        || threshold != null
        || heads != null
        || k != null
        || gap != null
        || radius != null
        || query != null
        || closing != null
        || rechecks != null;
  }

  int heads() {
    return heads == null ? HeadSelector.HEADS : heads;
  }

  /** A loop with what was asked for in place of its own. */
  DynamicRag loop(DynamicRag own) {
    if (form == Rind.Form.DRAGIN && threshold == null) {
      throw Section.WRONG_USE.wrong(
          "--rind dragin needs a --rind-threshold of its own; DRAGIN took 0.8 and 1.2");
    }
    Rind rind = form == Rind.Form.DRAGIN ? Rind.dragin(threshold) : own.rind();
    rind = threshold == null ? rind : rind.withThreshold(threshold);
    InContextRetriever retriever = own.retriever();
    retriever = k == null ? retriever : retriever.withK(k);
    retriever = gap == null ? retriever : retriever.withGap(gap);
    retriever = radius == null ? retriever : retriever.withRadius(radius);
    retriever = query == null ? retriever : retriever.withQuery(query);
    DynamicRag loop = own.withRind(rind).withRetriever(retriever);
    loop = closing == null ? loop : loop.withClosing(closing);
    return rechecks == null ? loop : loop.withRechecks(rechecks);
  }
}

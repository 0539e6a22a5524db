package headscope.rag;

import headscope.json.Flat;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * A run as a line of results holds it: everything but prompt and options.
 *
 * @param answer the text of the kept drafts
 * @param ended whether the answer ended with an end token
 * @param generatedTokens those of dropped drafts included
 * @param keptTokens tokens of the answer
 * @param retrievals how many
 * @param shareSeen of the context, by any draft, 0 to 1
 * @param meanShareSeen of the context, by a token of the answer, 0 to 1
 * @param drafts every sentence as it was written, in order
 */
public record RunDescription(
    String answer,
    boolean ended,
    int generatedTokens,
    int keptTokens,
    int retrievals,
    double shareSeen,
    double meanShareSeen,
    List<DraftDescription> drafts) {

  /**
   * A draft.
   *
   * @param ids its tokens
   * @param text what they say
   * @param kept whether it is a part of the answer
   * @param rewriting how often its sentence was written before
   * @param visible positions of the context that it saw
   * @param words RIND of its words
   * @param trigger index of the word that triggered, -1 if none did
   * @param retrieval what the trigger fetched
   */
  public record DraftDescription(
      List<Integer> ids,
      String text,
      boolean kept,
      int rewriting,
      String visible,
      List<WordDescription> words,
      int trigger,
      @Flat Optional<RetrievalDescription> retrieval) {
    @Override
    public String toString() {
      return "DraftDescription[" + (kept ? "kept, " : "dropped, ") + text + "]";
    }
  }

  /**
   * A word of a draft.
   *
   * @param word its text
   * @param attention greatest attention from later tokens
   * @param entropy of the distribution it was drawn from, in nats
   * @param content whether it is a content word
   * @param rind its RIND
   */
  public record WordDescription(
      String word, double attention, double entropy, boolean content, double rind) {}

  /**
   * A retrieval.
   *
   * @param query position whose row was asked
   * @param heads that were asked
   * @param positions of greatest attention
   * @param representatives of their clusters
   * @param windows what was shown
   */
  public record RetrievalDescription(
      int query,
      String heads,
      List<Integer> positions,
      List<Integer> representatives,
      String windows) {}

  static RunDescription of(RagRun run) {
    return new RunDescription(
        run.answer(),
        run.ended(),
        run.generatedTokens(),
        run.keptTokens(),
        run.retrievals().size(),
        run.shareSeen(),
        run.meanShareSeen(),
        run.drafts().stream().map(RunDescription::of).toList());
  }

  private static DraftDescription of(Draft draft) {
    return new DraftDescription(
        Arrays.stream(draft.ids()).boxed().toList(),
        draft.text(),
        draft.kept(),
        draft.rewriting(),
        draft.visible().toString(),
        draft.words().stream()
            .map(
                w ->
                    new WordDescription(
                        w.text(), w.attention(), w.entropy(), w.content(), w.value()))
            .toList(),
        draft.trigger(),
        draft
            .retrieval()
            .map(
                r ->
                    new RetrievalDescription(
                        r.query(),
                        r.heads().toString(),
                        r.passages().positions(),
                        r.passages().representatives(),
                        r.passages().windows().toString())));
  }

  @Override
  public String toString() {
    return "RunDescription["
        + drafts.size()
        + " drafts, "
        + retrievals
        + " retrievals, "
        + answer
        + "]";
  }
}

package headscope.page;

import headscope.rag.Draft;
import headscope.rag.RagRun;
import headscope.rag.Retrieval;
import headscope.rag.Rind;
import headscope.template.Markup;
import headscope.trace.Prompt;
import headscope.trace.Spans;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.IntStream;

/**
 * One question's run of dynamic RAG to look at: the answer sentence by sentence with the words that
 * triggered underlined, and, a retrieval each, the context with the windows lit.
 *
 * <pre>
 *   RagPage page = RagPage.of(run);
 *   page.fragment();                    // HTML for a notebook's output
 *   page.save(Path.of("run.html"));     // a page that opens by itself
 * </pre>
 *
 * <p>Styles stand in the elements, and colours are tints of what lies below, so that a fragment
 * shows in any notebook, light or dark.
 */
public final class RagPage {
  private final RagRun run;

  private RagPage(RagRun run) {
    this.run = run;
  }

  /** The view of a run. */
  public static RagPage of(RagRun run) {
    return new RagPage(run);
  }

  /** HTML of the view alone, to be put into another page or a notebook's output. */
  public String fragment() {
    List<String> texts = run.prompt().texts();
    Spans question = run.prompt().span(Prompt.QUESTION);
    Map<String, Object> values = new HashMap<>();
    values.put("question", question.isEmpty() ? null : text(texts, question).strip());
    values.put("answer", run.answer().strip());
    values.put("summary", summary());
    values.put("drafts", drafts());
    values.put("needle", !run.prompt().span(Prompt.NEEDLE).isEmpty());
    values.put("retrievals", run.retrievals().stream().map(r -> retrieval(r, texts)).toList());
    return Page.render("rag.html", values);
  }

  /** The view as a whole page. */
  public String html() {
    return page().html();
  }

  /**
   * Writes the page; the file is complete or not there.
   *
   * @throws UncheckedIOException if it cannot be written
   */
  public void save(Path file) {
    page().save(file);
  }

  private Page page() {
    String style = "body { max-width: 54em; margin: 2rem auto; padding: 0 1.25rem }\n";
    return new Page("Dynamic RAG, one question", style, new Markup(fragment()), "");
  }

  private String summary() {
    int context = run.prompt().span(Prompt.CONTEXT).length();
    return String.format(
        Locale.ROOT,
        "Heads: %s. %s, %s generated, %d kept. %.0f %% of the %d context tokens seen at some"
            + " time, %.0f %% in the mean over the answer.",
        run.options().get("selector"),
        count(run.retrievals().size(), "retrieval"),
        count(run.generatedTokens(), "token"),
        run.keptTokens(),
        100 * run.shareSeen(),
        context,
        100 * run.meanShareSeen());
  }

  private static String count(int n, String noun) {
    return n + " " + noun + (n == 1 ? "" : "s");
  }

  /** Every draft in order. */
  private List<Map<String, Object>> drafts() {
    List<Map<String, Object>> drafts = new ArrayList<>();
    int retrievals = 0;
    for (Draft draft : run.drafts()) {
      if (draft.text().isBlank() && draft.kept()) {
        continue; // the end token alone
      }
      retrievals += draft.kept() ? 0 : 1;
      drafts.add(
          Map.of(
              "kept", draft.kept(),
              "state", !draft.kept() ? "dropped" : draft.rewriting() > 0 ? "rewritten" : "kept",
              "words", words(draft),
              "text", draft.text().strip(),
              "note", note(draft, retrievals)));
    }
    return drafts;
  }

  /** What of the context a draft saw, and what became of it. */
  private String note(Draft draft, int retrievals) {
    int context = run.prompt().span(Prompt.CONTEXT).length();
    int seen = draft.visible().length();
    String saw =
        seen == 0
            ? "context hidden"
            : seen == context
                ? "whole context visible"
                : count(draft.visible().list().size(), "window") + " visible, " + seen + " tokens";
    if (draft.words().isEmpty()) {
      return saw + (draft.rewriting() > 0 ? "; accepted unseen" : "");
    }
    return draft
        .triggerWord()
        .map(
            word ->
                String.format(
                    Locale.ROOT,
                    "%s; RIND of “%s” is %.2f, over %s: retrieval %d",
                    saw,
                    word.text(),
                    word.value(),
                    run.options().get("threshold"),
                    retrievals))
        .orElseGet(
            () ->
                String.format(
                    Locale.ROOT,
                    "%s; greatest RIND %.2f, not over %s",
                    saw,
                    draft.greatestRind(),
                    run.options().get("threshold")));
  }

  /** A draft's words, each with the numbers that it tells when pointed at. */
  private static List<Map<String, Object>> words(Draft draft) {
    return IntStream.range(0, draft.words().size())
        .mapToObj(
            w -> {
              Rind.Word word = draft.words().get(w);
              String numbers =
                  String.format(
                      Locale.ROOT,
                      "RIND %.3f = entropy %.3f, attention %.3f%s",
                      word.value(),
                      word.entropy(),
                      word.attention(),
                      word.content() ? "" : ", not a content word");
              return Map.<String, Object>of(
                  "text", word.text(), "numbers", numbers, "trigger", w == draft.trigger());
            })
        .toList();
  }

  /** What a retrieval asked, and the context in pieces of one look. */
  private Map<String, Object> retrieval(Retrieval retrieval, List<String> texts) {
    Spans context = run.prompt().span(Prompt.CONTEXT);
    Spans windows = retrieval.passages().windows();
    String asked =
        String.format(
            Locale.ROOT,
            "Asked at token %2$d: %1$s. %3$s, %4$d of %5$d tokens",
            retrieval.heads().toString().replace(",", ", "),
            retrieval.query(),
            count(windows.list().size(), "window"),
            windows.length(),
            context.length());
    List<Map<String, Object>> pieces = new ArrayList<>();
    for (var stretch : context.list()) {
      Look last = null;
      StringBuilder piece = new StringBuilder();
      for (int i = stretch.from(); i <= stretch.to(); i++) {
        Look now = i == stretch.to() ? null : look(retrieval, i);
        if (last != null && !last.equals(now) && piece.length() > 0) {
          pieces.add(
              Map.of(
                  "found", last.found(),
                  "lit", last.lit(),
                  "needle", last.needle(),
                  "text", piece.toString()));
          piece.setLength(0);
        }
        last = now;
        piece.append(i == stretch.to() ? "" : texts.get(i));
      }
    }
    return Map.of("asked", asked, "pieces", pieces);
  }

  private Look look(Retrieval retrieval, int position) {
    boolean found = retrieval.passages().positions().contains(position);
    boolean lit = !found && retrieval.passages().windows().contains(position);
    return new Look(found, lit, run.prompt().span(Prompt.NEEDLE).contains(position));
  }

  /** How a position of the context is shown. */
  private record Look(boolean found, boolean lit, boolean needle) {}

  private static String text(List<String> texts, Spans positions) {
    StringBuilder text = new StringBuilder();
    positions.list().forEach(s -> texts.subList(s.from(), s.to()).forEach(text::append));
    return text.toString();
  }

  /** The run's drafts, a line each. */
  @Override
  public String toString() {
    return run.toString();
  }
}

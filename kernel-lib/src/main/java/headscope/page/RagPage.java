package headscope.page;

import headscope.rag.Draft;
import headscope.rag.RagRun;
import headscope.rag.Retrieval;
import headscope.rag.Rind;
import headscope.trace.Prompt;
import headscope.trace.Spans;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.IntFunction;

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
  private static final String LIT = "background:rgba(255,183,0,.3)";
  private static final String FOUND = LIT + ";box-shadow:inset 0 -3px rgba(230,120,0,.95)";
  private static final String DIM = "opacity:.5";
  private static final String NEEDLE =
      "text-decoration:underline dotted rgb(0,150,136) 2px;text-underline-offset:4px";
  private static final String TRIGGER =
      "text-decoration:underline wavy rgb(229,57,53);text-underline-offset:3px;font-weight:600";
  private static final String SMALL = "font-size:.85em;opacity:.75";
  private static final String LABEL =
      "font-size:.75em;font-weight:600;letter-spacing:.06em;text-transform:uppercase;opacity:.65";
  private static final String CELL = "padding:.3em 1em .3em 0;vertical-align:top;text-align:left";

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
    StringBuilder out = new StringBuilder();
    out.append("<div style=\"max-width:54em;line-height:1.5;font-family:system-ui,sans-serif\">\n");
    List<String> texts = texts(run.prompt());
    Spans question = run.prompt().span(Prompt.QUESTION);
    if (!question.isEmpty()) {
      labelled(out, "Question", Html.escape(text(texts, question).strip()));
    }
    String answer = run.answer().strip();
    labelled(
        out,
        "Answer",
        answer.isEmpty() ? span(DIM, "empty") : "<strong>" + Html.escape(answer) + "</strong>");
    out.append(paragraph(SMALL, Html.escape(summary())));
    sentences(out);
    int number = 0;
    for (Retrieval retrieval : run.retrievals()) {
      retrieval(out, ++number, retrieval, texts);
    }
    return out.append("</div>\n").toString();
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
    return new Page("Dynamic RAG, one question", style, fragment(), "");
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

  /** Every draft in order, a row each. */
  private void sentences(StringBuilder out) {
    out.append(paragraph(LABEL + ";margin:1.4em 0 .2em", "Sentence by sentence"));
    out.append(
        "<table style=\"border-collapse:collapse;border:0;font-size:1em;width:100%\"><tbody>\n");
    int retrievals = 0;
    for (Draft draft : run.drafts()) {
      if (draft.text().isBlank() && draft.kept()) {
        continue; // the end token alone
      }
      retrievals += draft.kept() ? 0 : 1;
      String state = !draft.kept() ? "dropped" : draft.rewriting() > 0 ? "rewritten" : "kept";
      String mark = draft.kept() ? "✓ " : "✕ ";
      out.append("<tr style=\"border-top:1px solid rgba(128,128,128,.3)\">")
          .append(cell(SMALL + ";white-space:nowrap;width:6.5em", mark + state))
          .append(
              "<td style=\""
                  + CELL
                  + (draft.kept() ? "" : ";opacity:.85")
                  + "\"><div>"
                  + words(draft)
                  + "</div>"
                  + "<div style=\""
                  + SMALL
                  + "\">"
                  + Html.escape(note(draft, retrievals))
                  + "</div></td>")
          .append("</tr>\n");
    }
    out.append("</tbody></table>\n");
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

  /** A draft's text, its trigger underlined; each word tells its numbers when pointed at. */
  private static String words(Draft draft) {
    if (draft.words().isEmpty()) {
      return Html.escape(draft.text().strip());
    }
    List<String> words = new ArrayList<>();
    for (int w = 0; w < draft.words().size(); w++) {
      Rind.Word word = draft.words().get(w);
      String numbers =
          String.format(
              Locale.ROOT,
              "RIND %.3f = entropy %.3f, attention %.3f%s",
              word.value(),
              word.entropy(),
              word.attention(),
              word.content() ? "" : ", not a content word");
      words.add(
          "<span title=\""
              + numbers
              + (w == draft.trigger() ? "\" style=\"" + TRIGGER : "")
              + "\">"
              + Html.escape(word.text())
              + "</span>");
    }
    return String.join(" ", words);
  }

  private void retrieval(StringBuilder out, int number, Retrieval retrieval, List<String> texts) {
    Spans context = run.prompt().span(Prompt.CONTEXT);
    Spans needle = run.prompt().span(Prompt.NEEDLE);
    Spans windows = retrieval.passages().windows();
    out.append(
        paragraph(LABEL + ";margin:1.6em 0 .2em", "Retrieval " + number + " in the context"));
    out.append(
        paragraph(
            SMALL + ";margin:0 0 .5em",
            Html.escape(
                    String.format(
                        Locale.ROOT,
                        "Asked at token %2$d: %1$s. %3$s, %4$d of %5$d tokens",
                        retrieval.heads().toString().replace(",", ", "),
                        retrieval.query(),
                        count(windows.list().size(), "window"),
                        windows.length(),
                        context.length()))
                + (number > 1 ? "." : ".<br/>" + legend(!needle.isEmpty()))));
    IntFunction<String> style =
        i -> {
          String shown =
              retrieval.passages().positions().contains(i)
                  ? FOUND
                  : windows.contains(i) ? LIT : DIM;
          return needle.contains(i) ? shown + ";" + NEEDLE : shown;
        };
    out.append(
        "<div style=\"white-space:pre-wrap;overflow-wrap:anywhere;padding:.7em 1em;"
            + "border:1px solid rgba(128,128,128,.35);border-radius:6px\">");
    StringBuilder piece = new StringBuilder();
    String last = "";
    for (var stretch : context.list()) {
      for (int i = stretch.from(); i < stretch.to(); i++) {
        String now = style.apply(i);
        if (!now.equals(last)) {
          flush(out, last, piece);
        }
        last = now;
        piece.append(texts.get(i));
      }
      flush(out, last, piece);
    }
    out.append(context.isEmpty() ? span(DIM, "empty") : "").append("</div>\n");
  }

  private static void flush(StringBuilder out, String style, StringBuilder piece) {
    if (piece.length() > 0) {
      out.append(span(style, Html.escape(piece.toString())));
      piece.setLength(0);
    }
  }

  private static String legend(boolean needle) {
    return span(LIT + ";padding:0 .3em", "shown")
        + " "
        + span(FOUND + ";padding:0 .3em", "found by the heads")
        + (needle ? " " + span(NEEDLE, "what answers the question") : "");
  }

  /**
   * The text of each position. Where several tokens make up one character each of them has all of
   * it: the first one shows it.
   */
  private static List<String> texts(Prompt prompt) {
    List<String> texts = new ArrayList<>();
    int at = 0;
    for (int i = 0; i < prompt.length(); i++) {
      if (prompt.tokens().isEmpty()) {
        texts.add(prompt.ids()[i] + " ");
        continue;
      }
      String token = prompt.tokens().get(i);
      int found = prompt.text().indexOf(token, at);
      boolean next = found >= 0 && prompt.text().substring(at, found).isBlank();
      texts.add(next ? prompt.text().substring(at, found + token.length()) : "");
      at = next ? found + token.length() : at;
    }
    return texts;
  }

  private static String text(List<String> texts, Spans positions) {
    StringBuilder text = new StringBuilder();
    positions.list().forEach(s -> texts.subList(s.from(), s.to()).forEach(text::append));
    return text.toString();
  }

  private static void labelled(StringBuilder out, String label, String html) {
    out.append("<div style=\"margin:0 0 .6em\"><div style=\"" + LABEL + "\">" + label + "</div>")
        .append(html)
        .append("</div>\n");
  }

  private static String paragraph(String style, String html) {
    return "<div style=\"" + style + "\">" + html + "</div>\n";
  }

  private static String cell(String style, String html) {
    return "<td style=\"" + CELL + ";" + style + "\">" + html + "</td>";
  }

  private static String span(String style, String html) {
    return "<span style=\"" + style + "\">" + html + "</span>";
  }

  /** The run's drafts, a line each. */
  @Override
  public String toString() {
    return run.toString();
  }
}

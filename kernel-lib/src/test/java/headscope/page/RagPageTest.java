package headscope.page;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import headscope.head.HeadSet;
import headscope.rag.Draft;
import headscope.rag.Passages;
import headscope.rag.RagRun;
import headscope.rag.Retrieval;
import headscope.rag.Rind;
import headscope.trace.Prompt;
import headscope.trace.Spans;
import java.io.StringReader;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.w3c.dom.Document;
import org.w3c.dom.Element;
import org.w3c.dom.NodeList;
import org.xml.sax.InputSource;

class RagPageTest {
  private static final String HOSTILE = "<script>alert('x')</script>&\"";

  /** Context "a b <script>… d 🙂 f", of which b and the script are shown; two drafts. */
  private static RagRun run(List<String> tokens, String text) {
    Prompt prompt =
        new Prompt(new int[] {1, 2, 3, 4, 5, 6, 7, 8, 9}, text, tokens, Map.of())
            .withSpan(Prompt.CONTEXT, Spans.of(1, 8))
            .withSpan(Prompt.NEEDLE, Spans.of(2, 3))
            .withSpan(Prompt.QUESTION, Spans.of(8, 9));
    Retrieval retrieval =
        new Retrieval(
            8, HeadSet.parse("L1-H2,L0-H3"), new Passages(List.of(2), List.of(2), Spans.of(2, 4)));
    Draft dropped =
        new Draft(
            new int[] {5, 6},
            List.of("It is", " " + HOSTILE),
            Spans.none(),
            0,
            List.of(
                new Rind.Word("It is", 0, 1, .5, .1, false, 0),
                new Rind.Word(HOSTILE, 1, 2, .5, 2.5, true, 1.25)),
            1,
            Optional.of(retrieval),
            false);
    Draft kept =
        new Draft(
            new int[] {5, 7, 0},
            List.of("It is", " " + HOSTILE + ".", "<|end|>"),
            Spans.of(2, 4),
            1,
            List.of(),
            -1,
            Optional.empty(),
            true);
    return new RagRun(
        prompt,
        List.of(dropped, kept),
        "It is " + HOSTILE + ".",
        Map.of("selector", HOSTILE, "threshold", .1));
  }

  private static RagRun run() {
    List<String> tokens =
        List.of("<bos>", "a", " b", " " + HOSTILE, " d", "🙂", "🙂", " f", " " + HOSTILE + "?");
    return run(tokens, "<bos>a b " + HOSTILE + " d🙂 f " + HOSTILE + "?");
  }

  private static Document parsed(String html) throws Exception {
    return DocumentBuilderFactory.newInstance()
        .newDocumentBuilder()
        .parse(new InputSource(new StringReader(html)));
  }

  /** The texts of the elements whose style holds something. */
  private static List<String> styled(Document page, String style) {
    List<String> texts = new ArrayList<>();
    NodeList spans = page.getElementsByTagName("span");
    for (int i = 0; i < spans.getLength(); i++) {
      if (((Element) spans.item(i)).getAttribute("style").contains(style)) {
        texts.add(spans.item(i).getTextContent());
      }
    }
    return texts;
  }

  @Test
  void windowsAreLitAndTriggersUnderlined() throws Exception {
    Document page = parsed(RagPage.of(run()).fragment());
    assertThat(styled(page, "wavy")).containsExactly(HOSTILE);
    assertThat(styled(page, "background:"))
        .containsExactly("shown", "found by the heads", " b", " " + HOSTILE);
    assertThat(styled(page, "inset")).containsExactly("found by the heads", " b");
    assertThat(styled(page, "dotted")).containsExactly("what answers the question", " b");
    assertThat(styled(page, "opacity:.5")).containsExactly("a", " d🙂 f");
    String text = page.getDocumentElement().getTextContent();
    assertThat(text)
        .contains(HOSTILE + "?")
        .contains("It is " + HOSTILE + ".")
        .contains("L0-H3, L1-H2")
        .contains("is 1.25, over 0.1: retrieval 1")
        .contains("1 window visible, 2 tokens; accepted unseen")
        .contains("1 retrieval, 5 tokens generated, 3 kept. 29 % of the 7 context tokens")
        .doesNotContain("<|end|>");
  }

  @Test
  void foreignTextIsNeverMarkup() throws Exception {
    RagPage page = RagPage.of(run());
    assertThat(page.html()).doesNotContain("<script").doesNotContain("alert('x')");
    assertThat(page.html()).doesNotContain("http:").doesNotContain("https:").doesNotContain("src=");
    assertThat(parsed(page.fragment()).getElementsByTagName("script").getLength()).isZero();
  }

  @Test
  void aPromptOfBareIdsShowsIds() throws Exception {
    Document page = parsed(RagPage.of(run(List.of(), "")).fragment());
    assertThat(styled(page, "background:")).contains("3 ", "4 ");
  }

  @Test
  void aRunWithoutContextOrAnswerIsShown() throws Exception {
    Draft end =
        new Draft(
            new int[] {0},
            List.of("<|end|>"),
            Spans.none(),
            0,
            List.of(),
            -1,
            Optional.empty(),
            true);
    RagRun nothing =
        new RagRun(Prompt.ofIds(1, 2), List.of(end), "", Map.of("selector", "w/o RAG"));
    Document page = parsed(RagPage.of(nothing).fragment());
    assertThat(styled(page, "opacity:.5")).containsExactly("empty");
    assertThat(page.getDocumentElement().getTextContent()).contains("0 retrievals, 1 token");
  }

  @Test
  void theFileIsThePage(@TempDir Path folder) throws Exception {
    Path file = folder.resolve("run.html");
    RagPage.of(run()).save(file);
    assertThat(Files.readString(file)).isEqualTo(RagPage.of(run()).html());
    assertThat(folder.toFile().list()).containsExactly("run.html");
    assertThatThrownBy(() -> RagPage.of(run()).save(folder.resolve("no/run.html")))
        .isInstanceOf(UncheckedIOException.class)
        .hasMessageContaining("run.html");
  }
}

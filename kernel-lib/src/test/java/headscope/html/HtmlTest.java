package headscope.html;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import headscope.figure.Numbers;
import headscope.template.Markup;
import java.io.StringReader;
import java.util.List;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;
import org.w3c.dom.Document;
import org.xml.sax.InputSource;

class HtmlTest {
  private static Document parsed(Markup html) throws Exception {
    String xml = html.text().replace("<br>", "<br/>");
    return DocumentBuilderFactory.newInstance()
        .newDocumentBuilder()
        .parse(new InputSource(new StringReader(xml)));
  }

  @Test
  void whatCannotBeSeenInATextIsVisible() {
    assertThat(Visible.cut(Visible.token(" a\n"), 12)).isEqualTo("␣a⏎");
    assertThat(Visible.token("\t\r")).isEqualTo("⇥␍");
    assertThat(Visible.token("")).isEqualTo("∅");
    assertThat(Visible.cut("antidisestablishment", 12)).isEqualTo("antidisesta…");
    assertThat(Visible.cut("😀😀😀", 2)).isEqualTo("😀…");
    assertThat(Visible.token("\uD83D")).isEqualTo("U+D83D");
    assertThat(Visible.token("\u202Eab\u0007")).isEqualTo("U+202EabU+0007");
    assertThat(Visible.line("a\nb\u202E")).isEqualTo("a bU+202E");
  }

  @Test
  void aCardHasItsFactsEscapedAndLeavesOutEmptyOnes() throws Exception {
    Markup html =
        Card.of("LanguageModel", "<m>")
            .fact("layers × heads", "6 × 12")
            .fact("adapters", "")
            .fact("<b>", "a & \"b\"")
            .note("<i>")
            .folded("more", Markup.escape("<u>"))
            .html();
    Document document = parsed(html);
    assertThat(document.getElementsByTagName("th").getLength()).isEqualTo(2);
    assertThat(document.getElementsByTagName("details").getLength()).isEqualTo(1);
    assertThat(document.getDocumentElement().getTextContent())
        .contains("<m>", "LanguageModel", "6 × 12", "<b>", "a & \"b\"", "<i>", "<u>")
        .doesNotContain("adapters");
  }

  @Test
  void aTokenShowsTheSpaceItBrings() throws Exception {
    Document document =
        parsed(
            new Flow()
                .token(" code", "L3-H0", Tint.LIT, 1)
                .token("code", "", Tint.LIT, 0)
                .token(" ", "", Tint.LIT, 0)
                .token("\n", "", Tint.LIT, 0)
                .gap("5 tokens")
                .text("as it is", "needle", Tint.NEEDLE, .5)
                .html());
    assertThat(document.getDocumentElement().getTextContent())
        .isEqualTo("␣codecode␣⏎ … 5 tokens … as it is");
    assertThat(document.getElementsByTagName("br").getLength()).isEqualTo(1);
    assertThat(document.getElementsByTagName("span").item(0).getAttributes())
        .satisfies(a -> assertThat(a.getNamedItem("title").getTextContent()).isEqualTo("L3-H0"))
        .satisfies(
            a ->
                assertThat(a.getNamedItem("style").getTextContent())
                    .contains("background:rgba(255,160,0,0.50)"));
  }

  @Test
  void aMapOfHeadsHasLayerZeroBelowAndTellsEveryNumber() throws Exception {
    double[] scores = {0, .25, 1, Double.NaN};
    Document document = parsed(HeatGrid.ofHeads(2, 2, scores, Numbers::text).html());
    assertThat(document.getElementsByTagName("th").item(0).getTextContent()).isEqualTo("L1");
    List<String> hints = List.of("L1-H0  1", "L1-H1  –", "L0-H0  0", "L0-H1  0.25");
    for (int i = 0; i < 4; i++) {
      assertThat(
              document
                  .getElementsByTagName("td")
                  .item(i)
                  .getAttributes()
                  .getNamedItem("title")
                  .getTextContent())
          .isEqualTo(hints.get(i));
    }
    assertThat(HeatGrid.ofHeads(2, 2, scores, Numbers::text).html().text())
        .containsOnlyOnce("rgba(0,114,178,1.00)")
        .containsOnlyOnce("rgba(0,114,178,0.25)");
    assertThatThrownBy(() -> HeatGrid.ofHeads(2, 3, scores, Numbers::text))
        .hasMessage("a map of 2 layers of 3 heads has 6 scores, got 4");
  }

  @Test
  void ticksUnderTokensSpanTheirColumns() throws Exception {
    List<String> tokens = List.of("a", "b", "c", "d", "e", "f", " g");
    Document document =
        parsed(HeatGrid.ofTokens(List.of("L0-H0"), tokens, new double[1][7], Numbers::text).html());
    assertThat(document.getElementsByTagName("td").getLength()).isEqualTo(7 + 2);
    assertThat(document.getDocumentElement().getTextContent()).isEqualTo("L0-H005");
    assertThat(document.getElementsByTagName("td").item(6).getAttributes().getNamedItem("title"))
        .hasToString("title=\"L0-H0 at step 6, ␣g  0\"");
  }
}

package headscope.page;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import headscope.figure.Figures;
import headscope.head.HeadId;
import headscope.trace.Prompt;
import headscope.trace.Spans;
import headscope.trace.Step;
import headscope.trace.Trace;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tech.tablesaw.api.DoubleColumn;
import tech.tablesaw.api.IntColumn;
import tech.tablesaw.api.StringColumn;
import tech.tablesaw.api.Table;

@Tag("slow")
class LinkedFigureTest {
  @TempDir Path folder;

  /** Two heads over two steps; of the first whole rows are kept. */
  private static Trace trace() {
    Prompt prompt =
        new Prompt(
            new int[] {7, 8, 9, 6, 5},
            "",
            List.of("<s>", " red", " fox", " jumps", "?"),
            Map.of(Prompt.NEEDLE, Spans.of(1, 3)));
    return Explored.trace(
        prompt,
        1,
        2,
        List.of(
            step(8, 1, 0, new float[] {.2f, .75f, .005f, 0, .02f}),
            step(6, 2, 5, new float[] {.1f, .05f, .75f, 0, 0, .1f})),
        List.of(" red", " jumps"));
  }

  private static Step step(int token, int first, int second, float[] row) {
    return new Step(
        token,
        -1,
        1,
        new int[] {first, second},
        new float[] {.75f, .5f},
        Map.of(),
        new float[0],
        Map.of(new HeadId(0, 0), row),
        new float[0]);
  }

  private static Table heatmap() {
    return Table.create(
        "scores",
        IntColumn.create("step", 0, 0, 1, 1),
        StringColumn.create("token", " red", " red", " jumps", " jumps"),
        StringColumn.create("head", "L0-H0", "L0-H1", "L0-H0", "L0-H1"),
        DoubleColumn.create("score", 1, 0, 0, 0));
  }

  private static Table map() {
    return Table.create(
        StringColumn.create("head", "L0-H0", "L0-H1"), DoubleColumn.create("score", .25, .125));
  }

  @Test
  void thePictureIsTheFigureOfTheTable() {
    LinkedFigure linked = LinkedFigure.headHeatmap(heatmap(), trace()).withTitle("Fig. 1");
    assertThat(linked.figure().png())
        .isEqualTo(Figures.headHeatmap(heatmap()).withTitle("Fig. 1").png());
    assertThat(linked).hasToString(linked.figure().summary());
    assertThat(linked.fragment())
        .contains("<img ", "data:image/png;base64,", "<iframe title=\"Fig. 1\" sandbox=")
        .doesNotContain("<script");
    assertThat(linked.html()).isEqualTo(linked.html());
  }

  @Test
  void itIsSavedAsPagePictureAndDrawing() {
    LinkedFigure linked = LinkedFigure.layerHeadMap(map(), trace());
    assertThat(linked.save(folder.resolve("m")))
        .extracting(f -> f.getFileName().toString())
        .containsExactly("m.png", "m.svg", "m.html");
    assertThat(linked.save(folder.resolve("n.html"))).containsExactly(folder.resolve("n.html"));
    assertThat(folder.resolve("m.html")).hasSameTextualContentAs(folder.resolve("n.html"));
  }

  @Test
  void aTableOfAnotherGenerationIsRefused() {
    Table other = heatmap();
    other.stringColumn("token").set(2, " runs").set(3, " runs");
    assertThatThrownBy(() -> LinkedFigure.headHeatmap(other, trace()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("\" runs\" at step 1", "there it is \" jumps\"");
    Table later = heatmap();
    later.intColumn("step").set(2, 7).set(3, 7);
    assertThatThrownBy(() -> LinkedFigure.headHeatmap(later, trace()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("step 7");
    Table foreign = map();
    foreign.stringColumn("head").set(1, "L4-H1");
    assertThatThrownBy(() -> LinkedFigure.layerHeadMap(foreign, trace()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("L4-H1", "1 layers of 2 heads");
  }

  @Tag("browser")
  @Test
  void aClickLightsTheHeadsAttentionRow() throws IOException, InterruptedException {
    String html = LinkedFigure.headHeatmap(heatmap(), trace()).html();
    String first = after(html, "");
    assertThat(first)
        .contains("Attention row of L0-H0 at step 0: weights from .01, together .97")
        .containsPattern(
            "class=\"t span0 lit\" data-i=\"1\" title=\"position 1: .75\" style=\"--w: ?0.750;\"")
        .containsPattern("class=\"t lit\" data-i=\"0\"[^>]*--w: ?0.200;")
        .containsPattern("class=\"t span0\" data-i=\"2\"") // .005 is not lit
        .containsPattern("<b>L0-H0</b>, step 0 .*looks at position 1 .* with .75; score 1<");
    assertThat(after(html, "cell(1, 1).click();"))
        .contains("The greatest weight of L0-H1 at step 1; its whole row was not kept")
        .containsPattern("class=\"t lit\" data-i=\"5\"")
        .doesNotContainPattern("class=\"t span0 lit\"");
    assertThat(after(html, "cell(0, 1).dispatchEvent(new MouseEvent('mouseenter'));"))
        .containsPattern(
            "<b>L0-H0</b>, step 1 .*“ jumps”.*looks at position 2 .*“ fox”.* with .75; score 0<")
        .contains("Attention row of L0-H0 at step 0");
  }

  @Tag("browser")
  @Test
  void keysMoveThroughTheGrid() throws IOException, InterruptedException {
    String html = LinkedFigure.headHeatmap(heatmap(), trace()).html();
    String keys =
        "cell(0, 0).focus(); key('ArrowRight'); key('Enter');"
            + "document.body.dataset.stops = document.querySelectorAll('#grid [tabindex=\"0\"]').length;";
    assertThat(after(html, keys))
        .contains("Attention row of L0-H0 at step 1")
        .contains("data-stops=\"1\"");
    assertThat(after(html, "cell(0, 0).focus(); key('Escape');"))
        .contains(">Prompt and generated tokens<")
        .doesNotContainPattern("class=\"t[^\"]* lit\"");
    assertThat(after(html, "document.querySelector('#prompt [data-i=\"2\"]').click();"))
        .contains("1 cell looks here most")
        .containsPattern("<td role=\"gridcell\"[^>]*class=\"source\"");
  }

  @Tag("browser")
  @Test
  void aMapLightsItsHeadsAtTheChosenToken() throws IOException, InterruptedException {
    String html = LinkedFigure.layerHeadMap(map(), trace()).html();
    assertThat(after(html, ""))
        .contains("Attention row of L0-H0 at step 0")
        .contains("Whole attention rows were kept of 1 of 2 heads")
        .containsPattern("<b>L0-H0</b>: mean score .25; step 0 ");
    assertThat(after(html, "document.getElementById('s1').click();"))
        .contains("Attention row of L0-H0 at step 1")
        .containsPattern("id=\"s1\"[^>]*aria-selected=\"true\"");
  }

  private String after(String html, String steps) throws IOException, InterruptedException {
    String reach =
        "const cell = (r, c) => document.querySelectorAll('#grid tr')[r]"
            + ".querySelectorAll('td')[c];"
            + "const key = k => document.activeElement.dispatchEvent("
            + "new KeyboardEvent('keydown', {key: k, bubbles: true}));";
    Path page = folder.resolve("driven.html");
    Files.writeString(page, TraceExplorerTest.driven(html, reach + steps));
    return Chromium.open(page, folder);
  }
}

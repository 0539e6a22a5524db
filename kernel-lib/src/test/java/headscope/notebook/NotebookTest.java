package headscope.notebook;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import headscope.figure.Figure;
import headscope.figure.Figures;
import headscope.figure.Series;
import headscope.page.TraceExplorer;
import headscope.study.Sizes;
import headscope.trace.Prompt;
import headscope.trace.Step;
import headscope.trace.Trace;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.CancellationException;
import java.util.stream.IntStream;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;
import org.xml.sax.InputSource;
import tech.tablesaw.api.BooleanColumn;
import tech.tablesaw.api.DoubleColumn;
import tech.tablesaw.api.IntColumn;
import tech.tablesaw.api.StringColumn;
import tech.tablesaw.api.Table;

class NotebookTest {
  private static Bundle shown(Object value) {
    return Displays.of(value).orElseThrow();
  }

  @Test
  void withoutAKernelStartSaysSoAndDoesNothing() {
    assertThat(printed(Notebook::start)).contains("no notebook kernel here");
    assertThat(Notebook.out()).hasFileName("out");
    assertThat(Notebook.model()).isEqualTo("reference");
    assertThat(Notebook.sizes()).isEqualTo(Sizes.LIVE);
  }

  @Test
  void anExplorerShowsItselfInAFrameOfItsOwn() {
    Step step =
        new Step(
            1,
            0,
            0,
            new int[] {0},
            new float[] {1},
            Map.of(),
            new float[0],
            Map.of(),
            new float[0]);
    Trace trace =
        new Trace(
            "<m>",
            1,
            1,
            Prompt.ofIds(1, 2),
            List.of(step),
            List.of(),
            "",
            List.of(),
            false,
            Map.of(),
            Map.of());
    Map<String, String> data = shown(TraceExplorer.of(trace)).data();
    assertThat(data.keySet()).containsExactly("text/html", "image/png", "text/plain");
    assertThat(data.get("text/html")).contains("<img ", "<iframe ", "sandbox=\"allow-scripts\"");
    assertThat(data.get("text/plain"))
        .isEqualTo("<m>: 2 prompt tokens, 1 generated, 1 layers of 1 heads");
  }

  @Test
  void aTableShowsRightAlignedNumbersOfOneFormat() throws Exception {
    Table table =
        Table.create(
            StringColumn.create("head", "L3-H7", ""),
            DoubleColumn.create("score", 0.5, Double.NaN),
            IntColumn.create("count", 12, 1234567),
            DoubleColumn.create("loss", 12.3456, 1),
            DoubleColumn.create("tiny", 1.5e-7, 0));
    Map<String, String> data = shown(table).data();

    assertThat(data.keySet()).containsExactly("text/html", "text/plain");
    assertThat(data.get("text/html"))
        .contains("overflow-x:auto")
        .contains("<td style=\"text-align:right\">0.5000</td>")
        .contains("<td style=\"text-align:right\">–</td>")
        .contains("<td style=\"text-align:right\">1234567</td>")
        .contains(">12.35<", ">1.00<", ">1.500e-07<")
        .contains("<td style=\"text-align:left;white-space:pre-wrap\">L3-H7</td>")
        .doesNotContain("color", "more rows");
    assertThat(data.get("text/plain"))
        .isEqualTo(
            String.join(
                "\n",
                "head    score    count   loss       tiny",
                "L3-H7  0.5000       12  12.35  1.500e-07",
                "            –  1234567   1.00  0.000e+00"));
    parse(data.get("text/html"));
  }

  @Test
  void aTableIsEscapedAndItsWhiteSpaceVisible() throws Exception {
    Table table =
        Table.create(
            StringColumn.create(
                "<i>&", "<script>alert('1')</script>", " The\n\"x\"", "a".repeat(200)),
            BooleanColumn.create("b", true, false, true));
    String html = shown(table).data().get("text/html");

    assertThat(html)
        .contains("&lt;i&gt;&amp;", "&lt;script&gt;alert(&#39;1&#39;)&lt;/script&gt;")
        .contains(">␣The⏎&#34;x&#34;<", ">✓<", ">✗<")
        .contains("a".repeat(119) + "…")
        .doesNotContain("<script", "a".repeat(120));
    parse(html);
  }

  @Test
  void aLongTableScrollsAsHtmlAndIsCutAsText() {
    Table long40 = Table.create(IntColumn.create("n", IntStream.range(0, 40).toArray()));
    Table long30 = long40.first(30);
    Table long600 = Table.create(IntColumn.create("n", IntStream.range(0, 600).toArray()));

    assertThat(shown(long40).data().get("text/html"))
        .contains(">39<", "max-height")
        .doesNotContain("more rows");
    assertThat(shown(long600).data().get("text/html"))
        .contains(">499<", "<p>… 100 more rows</p>")
        .doesNotContain(">500<");
    assertThat(shown(long40).data().get("text/plain")).endsWith("19\n… 20 more rows");
    assertThat(shown(long30).data().get("text/html"))
        .contains(">29<")
        .doesNotContain("more", "max-height");
    assertThat(shown(long40.emptyCopy()).data().get("text/plain")).isEqualTo("n\nno rows");
  }

  @Test
  void aTableIsSortedAndFilteredAboveTwelveRows() {
    Table long13 = Table.create(IntColumn.create("n", IntStream.range(0, 13).toArray()));
    assertThat(shown(long13).data().get("text/html"))
        .containsOnlyOnce("<script>")
        .doesNotContain("src=", "http");
    assertThat(shown(long13.first(12)).data().get("text/html")).doesNotContain("<script>");
  }

  @Test
  void tablesLookTheSameInAnyLocale() {
    Table table = Table.create(DoubleColumn.create("score", 0.5, 1.25));
    Map<String, String> data = shown(table).data();
    Locale before = Locale.getDefault();
    try {
      Locale.setDefault(Locale.GERMANY);
      assertThat(shown(table).data()).isEqualTo(data);
    } finally {
      Locale.setDefault(before);
    }
  }

  @Test
  void aFigureIsAWholePngWithItsSizeAndItsSummary() {
    Figure figure = figure();
    Bundle bundle = shown(figure);

    assertThat(bundle.data().keySet()).containsExactly("image/png", "text/plain");
    assertThat(Base64.getDecoder().decode(bundle.data().get("image/png"))).isEqualTo(figure.png());
    assertThat(bundle.data().get("text/plain")).isEqualTo(figure.summary());
    assertThat(bundle.metadata().get("image/png")).containsEntry("width", 840);
  }

  @Test
  void renderersReachAKernelByTheNamesOfItsMethods() {
    FakeKernel fake = new FakeKernel();
    Kernel kernel = Kernel.of(fake);
    kernel.register(Figure.class, List.of("image/png", "text/plain"), NotebookTest::shown);

    FakeKernel.Data data = fake.render(figure());

    assertThat(data.data.keySet()).containsExactly("image/png", "text/plain");
    assertThat(data.metadata.get("image/png")).isEqualTo(Map.of("width", 840, "height", 380));
    assertThatThrownBy(() -> Kernel.of("no kernel").display("id", "text"))
        .hasMessageContaining("not one headscope knows (method display of no kernel)");
  }

  @Test
  void durationsAreWrittenInTwoUnitsAtMost() {
    assertThat(Progress.duration(java.time.Duration.ofMillis(2_440))).isEqualTo("2.4 s");
    assertThat(Progress.duration(java.time.Duration.ofMillis(59_960))).isEqualTo("1 min 00 s");
    assertThat(Progress.duration(java.time.Duration.ofSeconds(185))).isEqualTo("3 min 05 s");
    assertThat(Progress.duration(java.time.Duration.ofMinutes(80))).isEqualTo("1 h 20 min");
  }

  @Test
  void savingSaysWhatItWrote() {
    Table table = Table.create(IntColumn.create("n", 1));
    assertThat(printed(() -> Notebook.save("a-test", table)).strip())
        .isEqualTo("saved tables/a-test.csv");
    assertThat(printed(() -> Notebook.save("a-test", figure())).strip())
        .isEqualTo("saved figures/a-test.png, figures/a-test.svg");
  }

  @Test
  void progressInANotebookStaysInItsPlaceAndEndsWithTheTimeItTook() throws Exception {
    FakeKernel fake = new FakeKernel();
    try (Progress progress = Progress.inNotebook("trials", 3, Kernel.of(fake))) {
      for (int i = 0; i < 3; i++) {
        progress.step();
        Thread.sleep(150);
      }
    }
    assertThat(fake.displayed).hasSize(1);
    String id = fake.displayed.get(0).id;
    assertThat(fake.displayed.get(0).data).containsEntry("text/plain", "trials: 0 of 3");
    assertThat(fake.updates).containsOnlyKeys(id);
    List<Object> updates = fake.updates.get(id);
    assertThat(updates).last().asString().matches("trials: 3 of 3, took \\d+\\.\\d s");
    assertThat(updates).hasSizeBetween(2, 6);
    assertThat(updates.get(updates.size() - 2).toString()).contains("100%", "3/3", "/s");
  }

  @Test
  void progressInALogPrintsWholeLines() {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (Progress progress = Progress.inLog("trials", 4, utf8(out), 60_000)) {
      progress.stepTo(3);
      progress.step();
    }
    String text = out.toString(StandardCharsets.UTF_8);
    assertThat(text)
        .contains("trials", "4/4")
        .doesNotContain("\r")
        .endsWith(System.lineSeparator());
    assertThat(text.lines().count()).isLessThanOrEqualTo(3);
  }

  @Test
  void progressGoesOverACollection() {
    List<Integer> seen = new ArrayList<>();
    for (int i : Progress.over("numbers", List.of(1, 2, 3))) {
      seen.add(i);
    }
    for (int i : Progress.over("numbers", List.<Integer>of())) {
      seen.add(i);
    }
    assertThat(seen).containsExactly(1, 2, 3);
    assertThatThrownBy(() -> Progress.of("numbers", -1)).hasMessageContaining("got -1");
  }

  @Test
  void anInterruptStopsTheLoopAtItsNextStep() {
    Progress progress = Progress.inLog("trials", 9, utf8(new ByteArrayOutputStream()), 60_000);
    progress.step();
    Thread.currentThread().interrupt();

    assertThatThrownBy(progress::step)
        .isInstanceOf(CancellationException.class)
        .hasMessageContaining("trials: 2 of 9");
    assertThat(Thread.interrupted()).isFalse();
  }

  @Test
  void aCheckPrintsWhatItSaw() {
    assertThat(
            printed(
                () -> {
                  Check.that("three heads", 3, n -> n == 3, "3");
                  Check.that("found", true);
                  Check.equal("tokens", new int[] {1, 2}, new int[] {1, 2});
                  Check.equal("count", 5, 5L);
                  Check.equal("text", "a", "a");
                  Check.near("entropy", 2.99573227, 2.9957, 1e-3);
                  Check.between("Jaccard", 0.31712345, 0.2, 0.6);
                  Check.ofReference("answer", "falcon", t -> t.contains("fal"), "a bird");
                }))
        .isEqualToNormalizingNewlines(
            """
            ok      three heads: 3 (expected 3)
            ok      found: true (expected true)
            ok      tokens: [1, 2] (expected [1, 2])
            ok      count: 5 (expected 5)
            ok      text: "a" (expected "a")
            ok      entropy: 2.996 (expected 2.996 ± 0.001)
            ok      Jaccard: 0.3171 (expected from 0.2 to 0.6)
            ok      answer: "falcon" (expected a bird)
            """);
  }

  @Test
  void aNumberOfTheTextsModelMayDifferOnAnotherOne() {
    assertThat(
            printed(
                () -> {
                  Check.reference("Jaccard", false, "0.49", "from 0.6 to 0.9", false);
                  Check.reference("heads", true, "4", "4", false);
                }))
        .isEqualToNormalizingNewlines(
            """
            differs Jaccard: 0.49 (the text's model: from 0.6 to 0.9)
            ok      heads: 4 (expected 4)
            """);
    printed(
        () ->
            assertThatThrownBy(() -> Check.reference("a", false, "1", "2", true))
                .hasMessage("a: expected 2, found 1"));
  }

  @Test
  void aFailedCheckNamesExpectedAndFound() {
    printed(
        () -> {
          assertThatThrownBy(() -> Check.near("entropy", 2.99999, 3, 1e-6))
              .isInstanceOf(CheckFailedException.class)
              .hasMessage("entropy: expected 3.0 ± 1e-06, found 2.99999");
          assertThatThrownBy(() -> Check.between("Jaccard", Double.NaN, 0, 1))
              .hasMessage("Jaccard: expected from 0.0 to 1.0, found NaN");
          assertThatThrownBy(() -> Check.equal("text", "a", null))
              .hasMessage("text: expected null, found \"a\"");
          assertThatThrownBy(() -> Check.equal("share", 1, 1.0)).hasMessageContaining("found 1");
          assertThatThrownBy(() -> Check.that("answer", "none", t -> t.isEmpty(), "nothing"))
              .hasMessage("answer: expected nothing, found \"none\"");
          assertThatThrownBy(() -> Check.ofReference("a", 1, n -> n == 2, "2"))
              .hasMessage("a: expected 2, found 1");
          assertThatThrownBy(() -> Check.that("found", false))
              .hasMessage("found: expected true, found false");
        });
    assertThatThrownBy(() -> Check.between("x", 1, 2, 1)).hasMessageContaining("low <= high");
  }

  private static Figure figure() {
    double[] x = {0, 1};
    return Figures.lines("k", "overlap", Series.of("a", x, x));
  }

  private static PrintStream utf8(ByteArrayOutputStream out) {
    return new PrintStream(out, true, StandardCharsets.UTF_8);
  }

  private static String printed(Runnable action) {
    PrintStream before = System.out;
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    System.setOut(utf8(out));
    try {
      action.run();
    } finally {
      System.setOut(before);
    }
    return out.toString(StandardCharsets.UTF_8);
  }

  private static void parse(String html) throws Exception {
    DocumentBuilderFactory.newInstance()
        .newDocumentBuilder()
        .parse(new InputSource(new java.io.StringReader(html)));
  }
}

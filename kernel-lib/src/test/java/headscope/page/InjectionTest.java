package headscope.page;

import static org.assertj.core.api.Assertions.assertThat;

import headscope.score.CopyPasteScore;
import headscope.trace.Prompt;
import headscope.trace.Spans;
import headscope.trace.Trace;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tech.tablesaw.api.StringColumn;
import tech.tablesaw.api.Table;

/** Foreign text never becomes markup, neither by our reading of the pages nor by a browser's. */
public class InjectionTest {
  private static final String HIT = "document.documentElement.dataset.hit=1";

  private static final List<String> FOUND =
      List.of(
          "<script>" + HIT + "</script>",
          "<img src=x onerror=" + HIT + ">",
          "</script><script>" + HIT + "</script>",
          "\"><svg onload=" + HIT + ">",
          "' onmouseover='" + HIT + "' x='",
          "</title></style></textarea></iframe><script>" + HIT + "</script>",
          "<a href=\"javascript:" + HIT + "\">x</a>",
          "javascript:" + HIT,
          "<!--<script>",
          "\u2028</script>\u2029<script>" + HIT + "</script>",
          "&lt;script&gt;" + HIT + "&lt;/script&gt;",
          "\u202e\u0000<script>" + HIT + "</script>\n");

  /** What a text may have to leave before it is read as markup. */
  private static final List<String> OUT_OF =
      List.of(
          "",
          "\">",
          "'>",
          "</script>",
          "</title>",
          "</style>",
          "</textarea>",
          "-->",
          "]]>",
          "</td>",
          "</iframe>",
          "</option></select>");

  /** Markup that runs when it is read as such. */
  private static final List<String> RUNNING =
      List.of(
          "<script>" + HIT + "</script>",
          "<img src=x onerror=" + HIT + ">",
          "<svg/onload=" + HIT + ">",
          "<details open ontoggle=" + HIT + ">x</details>",
          "<input autofocus onfocus=" + HIT + ">",
          "<iframe srcdoc='<script>parent." + HIT + "</script>'></iframe>",
          "<ScRiPt\t>" + HIT + "</sCrIpT\n>",
          "<video><source onerror=" + HIT + "></video>");

  /** More than a hundred texts. */
  private static final List<String> ATTACKS =
      Stream.concat(
              FOUND.stream(),
              OUT_OF.stream().flatMap(out -> RUNNING.stream().map(running -> out + running)))
          .distinct()
          .toList();

  /** Texts that run something where they are read as markup. */
  public static List<String> attacks() {
    return ATTACKS;
  }

  @TempDir Path folder;

  /** A trace that says nothing else: tokens, span names, model, options, title. */
  private static Trace trace() {
    Map<String, Spans> spans = new LinkedHashMap<>();
    spans.put(Prompt.NEEDLE, Spans.of(1, 3));
    for (int i = 0; i < ATTACKS.size(); i++) {
      spans.put(ATTACKS.get(i), Spans.of(i, i + 1));
    }
    int n = ATTACKS.size();
    Prompt prompt = new Prompt(new int[n], String.join("", ATTACKS), ATTACKS, spans);
    return new Trace(
        ATTACKS.get(0),
        1,
        2,
        prompt,
        List.of(Explored.looking(0, 1, 2), Explored.looking(0, 4, n)),
        List.of(),
        ATTACKS.get(1),
        ATTACKS.subList(0, 2),
        false,
        Map.of("sink", ATTACKS.get(0), ATTACKS.get(1), ATTACKS.get(2)),
        Map.of());
  }

  private Path results() throws IOException {
    Path out = folder.resolve("out");
    String name = "<img src=x onerror=" + HIT + ">";
    Path tables = Files.createDirectories(out.resolve(name).resolve("tables"));
    Path figures = Files.createDirectories(out.resolve(name).resolve("figures"));
    StringBuilder csv = new StringBuilder();
    StringBuilder json = new StringBuilder("{\"options\": {\"experiment\": \"dynamism\"");
    com.google.gson.Gson gson = new com.google.gson.Gson();
    for (String attack : ATTACKS) {
      String cell = "\"" + attack.replace("\"", "\"\"") + "\"";
      csv.append(cell).append(',').append(cell).append('\n');
      json.append(", ").append(gson.toJson(attack)).append(": ").append(gson.toJson(attack));
    }
    json.append("}, ").append(gson.toJson(ATTACKS.get(0))).append(": {\"a\": 1}}");
    Files.writeString(tables.resolve(name + ".csv"), csv);
    Files.writeString(tables.resolve("fig1.csv"), csv);
    Files.writeString(out.resolve(name).resolve("experiment.json"), json);
    Files.writeString(figures.resolve("fig1.png"), ATTACKS.get(0));
    Files.writeString(
        figures.resolve("fig1.svg"),
        "<svg xmlns=\"http://www.w3.org/2000/svg\"><desc>&lt;img src=x onerror="
            + HIT
            + "&gt;</desc><script>"
            + HIT
            + "</script></svg>");
    Files.copy(figures.resolve("fig1.svg"), figures.resolve(name + ".svg"));
    return out;
  }

  private Map<String, String> pages() throws IOException {
    Map<String, String> pages = new LinkedHashMap<>();
    TraceExplorer explorer = TraceExplorer.of(trace()).withTitle(ATTACKS.get(2) + ATTACKS.get(5));
    pages.put("explorer", explorer.html());
    pages.put("fragment", "<!DOCTYPE html><body>" + explorer.fragment() + "</body>");
    Trace small = Explored.trace(trace().prompt(), 1, 2, trace().steps(), trace().tokens());
    pages.put(
        "explorers", // every text is the name of a trace
        ATTACKS.stream()
            .map(name -> TraceExplorer.of(small).withTitle(name))
            .reduce(TraceExplorer::beside)
            .orElseThrow()
            .html());
    LinkedFigure linked =
        LinkedFigure.headHeatmap(CopyPasteScore.of(trace()).toTable(), trace())
            .withTitle(ATTACKS.get(2))
            .withValueName(ATTACKS.get(5));
    pages.put("linked figure", linked.html());
    pages.put("linked frame", "<!DOCTYPE html><body>" + linked.fragment() + "</body>");
    pages.put(
        "linked map",
        LinkedFigure.layerHeadMap(CopyPasteScore.of(trace()).mean().toTable(), trace())
            .withTitle(ATTACKS.get(3))
            .html());
    pages.put("report", Report.of(results()).withTitle(ATTACKS.get(5)).html());
    Table table = Table.create("t");
    for (int i = 0; i < 3; i++) {
      table.addColumns(StringColumn.create(ATTACKS.get(i), ATTACKS));
    }
    pages.put("table", "<!DOCTYPE html><body>" + TableText.of(table).html() + "</body>");
    return pages;
  }

  @Test
  void thereAreAHundredTextsAndMore() {
    assertThat(ATTACKS).hasSizeGreaterThanOrEqualTo(100);
  }

  @Test
  void noPageHoldsForeignMarkup() throws IOException {
    pages()
        .forEach(
            (name, html) -> {
              for (String attack : ATTACKS) {
                if (attack.contains("<")) {
                  assertThat(html).as(name).doesNotContain(attack);
                }
              }
              assertThat(html)
                  .as(name)
                  .doesNotContain("<script>" + HIT, "<img src=x", "<svg", "<a href=\"java")
                  .doesNotContain("\u2028</", "' onmouseover='");
              assertThat(html.replaceAll("(?s)<(style|script)>.*?</\\1>|\"[^\"]*\"", ""))
                  .as(name)
                  .doesNotContainPattern("<[a-zA-Z][^<>]*\\son[a-z]+\\s*=");
            });
  }

  @Test
  void scriptsRunOnlyFromThePagesOwnHash() throws IOException {
    Map<String, String> pages = pages();
    assertThat(pages.get("report"))
        .contains("default-src 'none'")
        .doesNotContain("script-src")
        .doesNotContain("<script");
    assertThat(pages.get("explorer"))
        .containsPattern("default-src 'none'; script-src 'sha256-[A-Za-z0-9+/=]{44}'");
    for (String html : pages.values()) {
      assertThat(html).doesNotContainPattern("(src|href)=\"(?!data:image/|#)");
    }
  }

  @Tag("browser")
  @Test
  void aBrowserRunsNothingOfIt() throws IOException, InterruptedException {
    Path page = folder.resolve("page.html");
    Files.writeString(page, "<!DOCTYPE html><body>" + ATTACKS.get(1) + "</body>");
    assertThat(Chromium.open(page, folder)).as("the attack works").contains("data-hit");
    String walk =
        "for (let i = 0; i < 2; i++) for (const b of [...document.querySelectorAll("
            + "'button, label, option, .legend button, #grid td, .t')].slice(0, most)) {"
            + " b.click(); b.dispatchEvent(new MouseEvent('mouseenter')); }";
    for (Map.Entry<String, String> e : pages().entrySet()) {
      // without the policy: the escaping has to hold by itself
      // a hundred traces that move together take their time
      String few = "const most = " + (e.getKey().equals("explorers") ? 30 : 3000) + ";";
      Files.writeString(page, TraceExplorerTest.driven(e.getValue(), few + walk));
      String dom = Chromium.open(page, folder);
      assertThat(dom).as(e.getKey()).doesNotContain("data-hit=");
      assertThat(dom).as(e.getKey()).contains("</body>");
    }
  }

  @Tag("browser")
  @Test
  void aBrowserRunsTheExplorerUnderItsPolicy() throws IOException, InterruptedException {
    Path page = folder.resolve("page.html");
    TraceExplorer.of(trace()).save(page);
    assertThat(Chromium.open(page, folder)).contains("Step 0 of 0–1").doesNotContain("data-hit=");
  }
}

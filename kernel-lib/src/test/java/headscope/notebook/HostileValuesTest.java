package headscope.notebook;

import static org.assertj.core.api.Assertions.assertThat;

import headscope.head.HeadId;
import headscope.html.Card;
import headscope.html.Flow;
import headscope.html.HeatGrid;
import headscope.html.Tint;
import headscope.model.LocalModel;
import headscope.model.MergedAdapter;
import headscope.page.Chromium;
import headscope.page.InjectionTest;
import headscope.score.ScoreMatrix;
import headscope.task.Needle;
import headscope.task.Question;
import headscope.trace.Prompt;
import headscope.trace.Spans;
import headscope.trace.Step;
import headscope.trace.Trace;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tech.tablesaw.api.StringColumn;
import tech.tablesaw.api.Table;

/** Whatever stands in tokens, names and paths: as a display it is text, and nothing of it runs. */
class HostileValuesTest {
  private static final List<String> ATTACKS = InjectionTest.attacks();

  @TempDir Path folder;

  /** Values all of whose texts are attacks. */
  private static Map<String, Object> values() {
    int n = ATTACKS.size();
    int[] ids = new int[n];
    Map<String, Spans> spans = new LinkedHashMap<>();
    spans.put(Prompt.NEEDLE, Spans.of(1, 40));
    for (int i = 50; i < n; i++) {
      spans.put(ATTACKS.get(i) + " ", Spans.of(i, i + 1));
    }
    Prompt prompt = new Prompt(ids, String.join("", ATTACKS), ATTACKS, spans);
    List<Step> steps = new ArrayList<>();
    double[][] scores = new double[n][2];
    for (int i = 0; i < n; i++) {
      scores[i][i % 2] = 1;
      Map<String, float[]> mass = Map.of(ATTACKS.get(i), new float[] {.1f, .2f});
      steps.add(
          new Step(
              0,
              0,
              0,
              new int[] {5, 5},
              new float[] {1, 1},
              mass,
              new float[0],
              Map.of(),
              new float[0]));
    }
    String any = String.join(" ", ATTACKS);
    Trace trace =
        new Trace(
            any, 1, 2, prompt, steps, List.of(), any, ATTACKS, false, Map.of(any, any), Map.of());
    Map<String, Object> values = new LinkedHashMap<>();
    values.put("prompt", prompt);
    values.put("trace", trace);
    values.put("step", steps.get(0));
    values.put("steps", steps);
    values.put("scores", ScoreMatrix.of(any, .5, 1, 2, ATTACKS, scores));
    List<LocalModel> models =
        ATTACKS.stream()
            .map(a -> new LocalModel(a, a, a, a, Optional.empty(), 1, a, Optional.of(a)))
            .toList();
    values.put("model", models.get(3));
    values.put("models", models);
    values.put("adapters", ATTACKS.stream().map(a -> new MergedAdapter(a, a)).toList());
    values.put("needles", ATTACKS.stream().map(a -> new Needle(a + "x", "x")).toList());
    values.put("question", new Question(any, any, any, any, any, List.of(), List.of()));
    values.put("map", Map.of(new HeadId(0, 1), any));
    Table table = Table.create("t");
    for (int i = 0; i < 5; i++) {
      table.addColumns(StringColumn.create(i + ATTACKS.get(i), ATTACKS));
    }
    values.put("table", table);
    return values;
  }

  private static Map<String, String> pages() {
    Map<String, String> pages = new LinkedHashMap<>();
    values().forEach((name, value) -> pages.put(name, Notebook.html(value)));
    String any = String.join(" ", ATTACKS);
    Card card = Card.of(any, any).fact(any, any).note(any).folded(any, new Flow().gap(any).html());
    pages.put("card", card.part(any, new Flow().text(any, any, Tint.LIT, 1).html()).html().text());
    pages.put(
        "grid",
        HeatGrid.ofTokens(ATTACKS, List.of(any), new double[ATTACKS.size()][1], v -> any)
            .html()
            .text());
    pages.put(
        "help", Help.bundle(ATTACKS.toArray(String[]::new), ATTACKS.toArray(String[]::new))[1]);
    return pages;
  }

  @Test
  void thereAreAHundredOfThem() {
    assertThat(ATTACKS).hasSizeGreaterThanOrEqualTo(100);
  }

  @Tag("browser")
  @Test
  void aBrowserRunsNothingOfAnyDisplay() throws IOException, InterruptedException {
    Path page = folder.resolve("page.html");
    String use =
        "<script>for (const e of document.querySelectorAll('summary, th, td, span, input, a'))"
            + " { e.click(); e.dispatchEvent(new Event('mouseover', {bubbles: true})); }</script>";
    Files.writeString(
        page,
        "<!DOCTYPE html><html><meta charset=utf-8><body>"
            + String.join("\n<hr>\n", pages().values())
            + use
            + "<p id=end>end</p></body></html>");
    assertThat(Chromium.open(page, folder)).doesNotContain("data-hit=").contains("id=\"end\"");
  }
}

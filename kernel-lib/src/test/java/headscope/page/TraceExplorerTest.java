package headscope.page;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import headscope.model.LanguageModel;
import headscope.model.LoadOptions;
import headscope.task.NeedleInHaystack;
import headscope.task.NeedleTrial;
import headscope.trace.Capture;
import headscope.trace.Prompt;
import headscope.trace.Spans;
import headscope.trace.Step;
import headscope.trace.Tensor;
import headscope.trace.Trace;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@Tag("slow")
class TraceExplorerTest {
  private static final int LARGEST = 10_000_000;

  @TempDir Path folder;

  private static JsonObject data(String html) {
    Matcher m =
        Pattern.compile("<script type=\"application/json\" id=\"data\">(.*?)</script>")
            .matcher(html);
    assertThat(m.find()).isTrue();
    return JsonParser.parseString(m.group(1))
        .getAsJsonObject()
        .getAsJsonArray("traces")
        .get(0)
        .getAsJsonObject();
  }

  private static ByteBuffer bytes(JsonElement base64) {
    return ByteBuffer.wrap(Base64.getDecoder().decode(base64.getAsString()))
        .order(ByteOrder.LITTLE_ENDIAN);
  }

  private static Trace small() {
    Prompt prompt =
        new Prompt(
            new int[] {7, 8, 9, 70_000, 5},
            "",
            List.of("<s>", " red", " fox", " jumps", "?"),
            Map.of(Prompt.NEEDLE, Spans.of(1, 3)));
    return Explored.trace(
        prompt,
        1,
        2,
        List.of(Explored.looking(8, 1, 0), Explored.looking(70_000, 2, 5)),
        List.of(" red", " jumps"));
  }

  @Test
  void thePageHoldsWhatTheTraceHolds() {
    JsonObject data = data(TraceExplorer.of(small()).html());
    assertThat(data.get("steps").getAsInt()).isEqualTo(2);
    assertThat(data.get("sink").getAsInt()).isEqualTo(4);
    assertThat(data.get("local").getAsInt()).isEqualTo(8);
    assertThat(bytes(data.get("promptIds")).getInt(12)).isEqualTo(70_000);
    assertThat(bytes(data.get("ids")).getInt(4)).isEqualTo(70_000);
    ByteBuffer index = bytes(data.get("index"));
    assertThat(new int[] {index.getShort(), index.getShort(), index.getShort(), index.getShort()})
        .containsExactly(1, 0, 2, 5);
    JsonArray measures = data.getAsJsonArray("measures");
    assertThat(measures).hasSize(2);
    JsonObject mass = measures.get(1).getAsJsonObject();
    assertThat(mass.get("name").getAsString()).isEqualTo("mass on needle");
    assertThat((bytes(mass.get("data")).getShort(2) & 0xffff) / 65534.0).isBetween(.1249, .1251);
    assertThat(data.get("spans").toString())
        .contains("\"name\":\"needle\"")
        .contains("\"ranges\":[[1,3]]");
    assertThat(TraceExplorer.of(small()).html()).isEqualTo(TraceExplorer.of(small()).html());
  }

  @Test
  void fiveHundredStepsOfAThousandHeadsStayUnderTenMegabytes() {
    String html = TraceExplorer.of(Explored.trace(4000, 500, 32, 32)).html();
    assertThat(html.length()).isLessThan(LARGEST);
    JsonObject data = data(html);
    assertThat(data.get("steps").getAsInt()).isEqualTo(500);
    assertThat(data.getAsJsonArray("measures").size()).isGreaterThanOrEqualTo(4);
    assertThat(bytes(data.get("index")).capacity()).isEqualTo(500 * 1024 * 2);
  }

  @Test
  void aFrameInANotebookIsShortEnoughAndSaysWhatItLeavesOut() {
    String frame = TraceExplorer.of(Explored.trace(4000, 500, 32, 32)).fragment();
    assertThat(frame.length()).isLessThan(3_000_000);
    assertThat(frame)
        .contains("<img ", "<iframe ")
        .contains("sandbox=\"allow-scripts\"")
        .doesNotContain("<script")
        .containsPattern("The first \\d+ of 500 steps");
  }

  @Test
  void positionsBeyondTwoBytesAreKept() {
    JsonObject data = data(TraceExplorer.of(Explored.trace(70_000, 3, 1, 16)).html());
    assertThat(data.get("indexWidth").getAsInt()).isEqualTo(4);
    assertThat(bytes(data.get("index")).capacity()).isEqualTo(3 * 16 * 4);
  }

  @Test
  void measurementsOfOnesOwnAreAmongTheScores() {
    List<Step> steps =
        small().steps().stream()
            .map(
                s ->
                    new Step(
                        s.token(),
                        s.logprob(),
                        s.entropy(),
                        s.argmaxIndex(),
                        s.argmaxWeight(),
                        s.mass(),
                        s.hidden(),
                        s.rows(),
                        s.logits(),
                        Map.of(
                            "x.gain",
                            tensor("layers", "heads", -2, 4),
                            "x.other",
                            tensor("layers", "neurons", 1, 1))))
            .toList();
    Trace measured = Explored.trace(small().prompt(), 1, 2, steps, small().tokens());
    JsonArray measures = data(TraceExplorer.of(measured).html()).getAsJsonArray("measures");
    assertThat(measures).hasSize(3);
    JsonObject gain = measures.get(2).getAsJsonObject();
    assertThat(gain.get("name").getAsString()).isEqualTo("x.gain");
    assertThat(gain.get("own").getAsBoolean()).isTrue();
    assertThat(gain.get("low").getAsFloat()).isEqualTo(-4);
    assertThat(gain.get("high").getAsFloat()).isEqualTo(4);
    ByteBuffer values = bytes(gain.get("data"));
    assertThat(values.getShort() / 65534.0 * 8 - 4).isBetween(-2.001, -1.999);
    assertThat((values.getShort() & 0xffff) / 65534.0 * 8 - 4).isEqualTo(4);
  }

  private static Tensor tensor(String first, String second, float... values) {
    return new Tensor("drawn", List.of(first, second), List.of(1, 2), values);
  }

  @Test
  void aTraceWithoutHeadsOrOfForeignPositionsIsRefused() {
    Step bare =
        new Step(3, 0, 0, new int[0], new float[0], Map.of(), new float[0], Map.of(), new float[0]);
    Trace none = Explored.trace(Prompt.ofIds(1, 2), 1, 2, List.of(bare), List.of());
    assertThatThrownBy(() -> TraceExplorer.of(none))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("capture heads");
    Trace beyond =
        Explored.trace(Prompt.ofIds(1, 2), 1, 2, List.of(Explored.looking(1, 0, 2)), List.of());
    assertThatThrownBy(() -> TraceExplorer.of(beyond))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("position 2, it can see 0 to 1");
    assertThatThrownBy(() -> TraceExplorer.of(small()).firstPass())
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("no clean rows");
  }

  @Test
  void idsAreSpelledByATokenizerWhereTheTraceHasNoTexts() {
    try (LanguageModel model = LanguageModel.of("reference", LoadOptions.defaults())) {
      NeedleTrial trial = NeedleInHaystack.standard().trial(model.tokenizer(), 600, 0.5, 1);
      Trace bare = model.generate(Prompt.ofIds(trial.prompt().ids()), Capture.heads());
      Trace withoutTexts =
          Explored.trace(
              bare.prompt(), bare.layers(), bare.headsPerLayer(), bare.steps(), List.of());
      JsonObject ids = data(TraceExplorer.of(withoutTexts).html());
      assertThat(ids.get("promptTokens")).isNull();
      JsonObject texts = data(TraceExplorer.of(withoutTexts, model.tokenizer()).html());
      StringBuilder joined = new StringBuilder();
      texts.getAsJsonArray("promptTokens").forEach(t -> joined.append(t.getAsString()));
      assertThat(joined).hasToString(model.tokenizer().decode(trial.prompt().ids(), false));
      texts.getAsJsonArray("tokens").forEach(t -> joined.append(t.getAsString()));
      assertThat(joined.toString()).contains(bare.text());
    }
  }

  /** Adds a script to a page in place of the policy that would forbid it. */
  static String driven(String html, String script) {
    return html.replaceFirst("<meta http-equiv=\"Content-Security-Policy\"[^>]*>", "")
        .replace("</body>", "<script>" + script + "</script></body>");
  }

  @Tag("browser")
  @Test
  void aBrowserLightsWhatTheChosenHeadsLookedAt() throws IOException, InterruptedException {
    Path page = folder.resolve("page.html");
    TraceExplorer.of(small()).save(page);
    String first = Chromium.open(page, folder);
    assertThat(first)
        .contains("Step 0 of 0–1")
        .contains("1 of 2 heads retrieves (Eq. 1)")
        .contains("nothing is lit");
    assertThat(after("click('far-0'); key(document, 'ArrowRight');"))
        .contains("Step 1 of 0–1")
        .containsPattern("class=\"t span0 lit\" data-i=\"2\"[^>]*> fox<")
        .containsPattern("class=\"t lit\" data-i=\"5\" id=\"s0-0\"[^>]*> red<")
        .containsPattern("id=\"s1-0\"[^>]*aria-selected=\"true\"");
    assertThat(after("click('far-0'); document.querySelector('input[value=\"copy\"]').click();"))
        .contains("1 head chosen, strongest at position 1")
        .containsPattern("class=\"t span0 lit\" data-i=\"1\"");
    assertThat(after("focus('mapbox-0'); key(at('mapbox-0'), 'ArrowRight', 'Enter');"))
        .contains("1 head chosen, strongest at position 0");
  }

  @Tag("browser")
  @Test
  void aBrowserBeginsAtTheFirstStepThatRetrieves() throws IOException, InterruptedException {
    Trace late =
        Explored.trace(
            small().prompt(),
            1,
            2,
            List.of(
                Explored.looking(5, 0, 3), Explored.looking(9, 2, 1), Explored.looking(8, 0, 1)),
            List.of("a", "b", "c"));
    Path page = folder.resolve("late.html");
    TraceExplorer.of(late).save(page);
    assertThat(Chromium.open(page, folder)).contains("Step 1 of 0–2: ");
    Files.writeString(
        page, driven(TraceExplorer.of(late).html(), STEPS + "click('retrieve-on-0');"));
    assertThat(Chromium.open(page, folder)).contains("Step 2 of 0–2: ");
  }

  @Tag("browser")
  @Test
  void theAddressHoldsWhatIsChosen() throws IOException, InterruptedException {
    Path page = folder.resolve("link.html");
    TraceExplorer.of(small()).save(page);
    String there =
        Chromium.open(
            page.toUri() + "#step=1&heads=L0-H1&colour=mass+on+needle&rows=variable", folder);
    assertThat(there).contains("Step 1 of 0–1").contains("1 head chosen, strongest at position 5");
    String chosen =
        after(
            "key(document, 'ArrowRight'); at('over-0').value = 'now';"
                + "at('over-0').onchange();"
                + "setTimeout(() => { document.body.dataset.address = location.hash; }, 500);");
    assertThat(chosen).contains("data-address=\"#step=1&amp;over=now\"");
    assertThat(Chromium.open(page.toUri() + "#step=999&heads=L9-H9&colour=none&x=%00", folder))
        .contains("Step 1 of 0–1")
        .contains("0 heads chosen");
  }

  @Tag("browser")
  @Test
  void tracesSideBySideMoveTogether() throws IOException, InterruptedException {
    Trace other =
        Explored.trace(
            small().prompt(),
            1,
            2,
            List.of(Explored.looking(8, 1, 0), Explored.looking(9, 3, 5)),
            List.of(" red", " fox"));
    TraceExplorer two =
        TraceExplorer.of(small())
            .withTitle("clean")
            .beside(TraceExplorer.of(other).withTitle("masked"));
    assertThat(two.html()).contains("<title>clean beside masked</title>");
    Path page = folder.resolve("two.html");
    Files.writeString(page, driven(two.html(), STEPS + "click('far-0'); click('on-0');"));
    String dom = Chromium.open(page, folder);
    assertThat(dom)
        .containsPattern("id=\"said-0\"[^>]*>Step 1 of 0–1")
        .containsPattern("id=\"said-1\"[^>]*>Step 1 of 0–1")
        .containsPattern("class=\"t differs\" data-i=\"6\" id=\"s1-1\"")
        .doesNotContainPattern("class=\"t differs\"[^>]*id=\"s0-1\"");
    Files.writeString(
        page, driven(two.html(), STEPS + "click('far-0'); click('together'); click('on-0');"));
    assertThat(Chromium.open(page, folder))
        .containsPattern("id=\"said-0\"[^>]*>Step 1 of 0–1")
        .containsPattern("id=\"said-1\"[^>]*>Step 0 of 0–1");
    Files.writeString(
        page,
        driven(
            two.html(),
            STEPS
                + "click('less-1'); at('map-1').dispatchEvent(new MouseEvent('mousemove',"
                + " {clientX: at('map-1').getBoundingClientRect().left + 60,"
                + " clientY: at('map-1').getBoundingClientRect().top + 20}));"));
    assertThat(Chromium.open(page, folder))
        .containsPattern("id=\"here-1\"[^>]*>step 0 .*greatest weight less that of the first 0<");
    assertThat(TraceExplorer.of(small()).beside(TraceExplorer.of(small())).html())
        .contains(">drawn<", ">drawn (2)<");
  }

  /** What a page's controls are worked with. */
  private static final String STEPS =
      "const at = id => document.getElementById(id);"
          + "const click = id => at(id).click();"
          + "const focus = id => at(id).focus();"
          + "const key = (e, ...keys) => keys.forEach(key =>"
          + " e.dispatchEvent(new KeyboardEvent('keydown', {key, bubbles: true})));";

  /** The page of the small trace after some steps. */
  private String after(String steps) throws IOException, InterruptedException {
    Path page = folder.resolve("driven.html");
    Files.writeString(page, driven(TraceExplorer.of(small()).html(), STEPS + steps));
    return Chromium.open(page, folder);
  }

  @Tag("browser")
  @Test
  void aBrowserOpensALargeTraceInUnderTwoSeconds() throws IOException, InterruptedException {
    Path page = folder.resolve("large.html");
    String timed =
        "document.body.getBoundingClientRect();"
            + "document.documentElement.dataset.ms = Math.round(performance.now());";
    Files.writeString(
        page, driven(TraceExplorer.of(Explored.trace(4000, 500, 32, 32)).html(), timed));
    Matcher m = Pattern.compile("data-ms=\"(\\d+)\"").matcher(Chromium.open(page, folder));
    assertThat(m.find()).isTrue();
    assertThat(Integer.parseInt(m.group(1))).isBetween(20, 2000);
  }
}

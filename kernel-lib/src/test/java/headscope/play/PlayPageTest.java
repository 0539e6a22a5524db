package headscope.play;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.Gson;
import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import headscope.ablation.MaskingPolicy;
import headscope.ablation.TwoPass;
import headscope.draw.Draws;
import headscope.head.HeadId;
import headscope.head.HeadMask;
import headscope.head.HeadSet;
import headscope.head.MaskScope;
import headscope.model.Encoding;
import headscope.model.GenerateOptions;
import headscope.model.LanguageModel;
import headscope.model.LoadOptions;
import headscope.score.CopyPasteScore;
import headscope.task.NeedleInHaystack;
import headscope.task.NeedleTrial;
import headscope.trace.Capture;
import headscope.trace.Prompt;
import headscope.trace.Trace;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The page in a real browser, held against the Java engine on the same half-precision weights. */
@Tag("slow")
@Tag("browser")
class PlayPageTest {
  private static final String READY = "document.body.getAttribute('aria-busy') === 'false'";
  private static final Gson GSON = new Gson();

  @TempDir static Path folder;

  private static Path page;
  private static Browser browser;
  private static LanguageModel model;

  @BeforeAll
  static void open() throws IOException, InterruptedException {
    browser = Browser.start(folder);
    PlayPage play = PlayPage.standard();
    page = play.save(folder.resolve("play.html"));
    model =
        LanguageModel.of(
            play.saveCheckpoint(folder.resolve("weights")).toString(), LoadOptions.defaults());
    browser.window(1280, 900, false, false);
    fresh("");
  }

  @AfterAll
  static void close() {
    if (browser != null) {
      browser.close();
    }
    if (model != null) {
      model.close();
    }
  }

  private static void fresh(String hash) throws InterruptedException {
    browser.open(page.toUri() + hash);
    browser.until(READY);
  }

  private static int[] ints(JsonElement array) {
    return GSON.fromJson(array, int[].class);
  }

  @Test
  void itsTokenizerIsThatOfTheLibrary() {
    List<String> texts = new ArrayList<>();
    texts.add("The magic word is 3f9c1a22-77ab-4cde-9f01-8812aa0b91cd.");
    texts.add("It's we'RE I'll 'Tis 'ſ don't\tno\r\n\r\n  end   \n x");
    texts.add("a <|im_end|>b<|im_start|> <|pad|><|begin_of_text|><|im_en d|>");
    texts.add("Zürich 12345 ½ ² Ⅷ 日本語。テスト！ 🙂👩‍👩‍👧 é e\u0301 \u0085\u00a0\ufeff\u2028x\u3000y");
    texts.add("");
    Draws draws = new Draws(5);
    for (int i = 0; i < 150; i++) {
      StringBuilder text = new StringBuilder();
      for (int n = draws.between(1, 30); n > 0; n--) {
        int wide = draws.oneOf(List.of(0x80, 0x80, 0x250, 0x3100, 0x1fbff));
        int point = draws.below(wide);
        text.appendCodePoint(Character.isSurrogate((char) point) && point < 0x10000 ? 32 : point);
      }
      texts.add(text.toString());
    }
    for (String text : texts) {
      Encoding own = model.tokenizer().encode(text);
      JsonObject its =
          browser.evaluate("headscope.encode(" + GSON.toJson(text) + ")").getAsJsonObject();
      assertThat(ints(its.get("ids"))).as(GSON.toJson(text)).isEqualTo(own.ids());
      assertThat(ints(its.get("from"))).as(GSON.toJson(text)).isEqualTo(own.from());
      assertThat(ints(its.get("to"))).as(GSON.toJson(text)).isEqualTo(own.to());
    }
  }

  /** A prompt of the library and the same one as the page writes it. */
  private record Written(NeedleTrial trial, JsonObject its) {}

  /** Sentences of every form that the model has learned, and one that it has not. */
  private static Written written(int i) {
    List<List<String>> needles =
        List.of(
            List.of("The magic word is [UUID].", "What is the magic word?"),
            List.of(
                "The best thing to do in San Francisco is to eat a sandwich and sit in Dolores Park"
                    + " on a sunny day.",
                "What is the best thing to do in San Francisco?"),
            List.of("The pass phrase is green lantern river.", "What is the pass phrase?"),
            List.of("The locker code is " + (i * 7919 + 10_007) + ".", "What is the locker code?"),
            List.of("Le café où je l'attends est “fermé”.", "What is closed?"));
    List<String> n = needles.get(i % needles.size());
    int length = 40 + 37 * i % 120;
    double depth = i % 11 / 10.0;
    NeedleTrial trial =
        NeedleInHaystack.standard()
            .withNeedle(n.get(0), n.get(1), "x")
            .trial(model.tokenizer(), length, depth, i);
    int essay = new Draws(i).below(headscope.task.Haystack.standard().essays().size());
    String call =
        String.format(
            Locale.ROOT,
            "headscope.write(%d, %d, %s, %s, %s)",
            essay,
            length,
            depth,
            GSON.toJson(trial.needle()),
            GSON.toJson(trial.question()));
    return new Written(trial, browser.evaluate(call).getAsJsonObject());
  }

  /** What is switched off for a prompt, in the page's words and in the library's. */
  private record Off(String policy, MaskingPolicy masking) {
    static Off of(int i) {
      Draws draws = new Draws(1000 + i);
      return switch (i % 5) {
        case 0 -> hand(HeadSet.of(new HeadId(3, 0)));
        case 1 -> hand(HeadSet.of(new HeadId(3, 0), new HeadId(3, 1)));
        case 2 -> hand(HeadSet.all(6, 12).drawn(draws.between(1, 30), draws));
        case 3 -> new Off("{kind: 'retrieving'}", MaskingPolicy.dynamic());
        default -> {
          boolean layers = i % 2 == 0;
          var random = MaskingPolicy.random(0, HeadSet.empty(), i);
          yield new Off(
              "{kind: 'random', seed: " + i + ", layers: " + layers + "}",
              layers ? random.layerMatched() : random.asManyAsDynamic());
        }
      };
    }

    private static Off hand(HeadSet heads) {
      List<Integer> indexes = heads.stream().map(h -> h.index(12)).toList();
      return new Off("{kind: 'hand', heads: " + indexes + "}", MaskingPolicy.fixed("hand", heads));
    }
  }

  // The page sums in float64, the engine in float32: a token could differ where two logits lie
  // within some 1e-5 of each other, which in these answers none do.
  @Test
  void twoHundredAnswersAreThoseOfTheLibraryAThirdOfThemWithHeadsOff() {
    TwoPass protocol = TwoPass.of(CopyPasteScore.standard());
    int tokens = 0;
    int masked = 0;
    for (int i = 0; i < 200; i++) {
      Written w = written(i);
      Prompt prompt = w.trial().prompt();
      assertThat(ints(w.its().get("ids"))).as("prompt " + i).isEqualTo(prompt.ids());
      int[] needle = ints(w.its().get("needle"));
      assertThat(IntStream.range(needle[0], needle[1]).toArray())
          .isEqualTo(
              IntStream.range(0, prompt.length()).filter(prompt.needle()::contains).toArray());

      boolean off = i % 3 == 0;
      Off what = Off.of(i / 3);
      String policy = off ? what.policy() : "{kind: 'hand', heads: []}";
      CompletableFuture<JsonElement> answer =
          browser.evaluation(
              String.format(
                  "headscope.answer(%s, %s, %s)",
                  GSON.toJson(prompt.ids()), GSON.toJson(needle), policy));
      List<HeadSet> heads = new ArrayList<>();
      Trace trace;
      if (!off) {
        trace = model.generate(prompt, Capture.heads());
      } else if (what.masking() instanceof MaskingPolicy.Fixed fixed) {
        HeadMask mask = HeadMask.zero(fixed.masked());
        trace =
            model.generate(
                prompt,
                Capture.heads(),
                GenerateOptions.defaults().withMask(mask, MaskScope.STEPS));
        trace.steps().forEach(s -> heads.add(fixed.masked()));
      } else {
        TwoPass.Masked two = protocol.masked(model, prompt, List.of(what.masking())).get(0);
        trace = two.trace();
        heads.addAll(two.heads());
      }
      masked += off ? 1 : 0;

      JsonArray steps = answer.join().getAsJsonArray();
      String as = "prompt " + i + ", " + policy;
      assertThat(IntStream.range(0, steps.size()).map(s -> token(steps, s)).toArray())
          .as(as)
          .isEqualTo(trace.ids());
      tokens += steps.size();
      for (int s = 0; s < steps.size(); s++) {
        JsonObject step = steps.get(s).getAsJsonObject();
        int[] index = ints(step.get("index"));
        int[] own = trace.steps().get(s).argmaxIndex();
        for (int h = 0; h < own.length; h++) {
          if (trace.steps().get(s).argmaxWeight()[h] > .5) { // no tie is near
            assertThat(index[h]).as(as + ", step " + s + ", head " + h).isEqualTo(own[h]);
          }
        }
        if (off) {
          List<HeadId> its =
              IntStream.of(ints(step.get("off"))).mapToObj(h -> HeadId.ofIndex(h, 12)).toList();
          assertThat(HeadSet.of(its)).as(as + ", step " + s).isEqualTo(heads.get(s));
        }
      }
    }
    assertThat(masked).isEqualTo(67);
    assertThat(tokens).isGreaterThan(4000);
  }

  private static int token(JsonArray steps, int s) {
    return steps.get(s).getAsJsonObject().get("token").getAsInt();
  }

  @Test
  void itAsksForNothingAndStaysWithinItsPolicy() throws InterruptedException {
    fresh("");
    assertThat(browser.complaints()).isEmpty();
    assertThat(browser.requests())
        .allMatch(url -> url.equals(page.toUri().toString()) || url.startsWith("blob:"));
    assertThat(PlayPage.standard().html())
        .contains("default-src 'none'", "worker-src blob:")
        .doesNotContainPattern("(src|href)=\"")
        .isEqualTo(PlayPage.standard().html())
        .hasSizeLessThan(6_000_000);
  }

  // The best of several: other work on the machine is not the page's slowness.
  @Test
  void itSaysTwentyTokensASecondAndMore() {
    String timed =
        "(async () => { const p = headscope.write(3, 256, .5, 'The magic word is abracadabra.',"
            + " 'What is the magic word?'); let best = 0;"
            + " for (let i = 0; i < 30 && best <= 20; i++) {"
            + " const t = performance.now(); const s = await headscope.answer(p.ids, p.needle);"
            + " best = Math.max(best, 1000 * s.length / (performance.now() - t)); } return best; })()";
    assertThat(browser.evaluate(timed).getAsDouble()).isGreaterThan(20);
  }

  @Test
  void aStrangerSeesTheAnswerBreakAndStay() throws IOException, InterruptedException {
    fresh("");
    look("1-finding");
    String finding = browser.text("#said");
    assertThat(finding).startsWith("The model found it").contains("of its 72 heads retrieve");
    Matcher most =
        Pattern.compile("Most often: (L\\d+-H\\d+) \\(\\d+\\) and (L\\d+-H\\d+)").matcher(finding);
    assertThat(most.find()).isTrue();
    assertThat(browser.evaluate("document.querySelectorAll('.head.retrieves').length").getAsInt())
        .isPositive();

    browser.click("#ask");
    assertThat(browser.text("#hint")).startsWith("Guess first");

    browser.click(head(most.group(1)));
    answer("wrong");
    assertThat(browser.text("#said")).contains(most.group(1) + " is off").contains("it is not.");
    look("2-one-head-off");
    browser.evaluate("document.getElementById('try').scrollIntoView()");
    look("6-your-turn");

    browser.click(head(most.group(2)));
    answer("wrong");
    assertThat(browser.text("#said"))
        .contains(most.group(1) + " and " + most.group(2) + " are off, and the answer breaks.")
        .contains("so it is.");
    assertThat(browser.text("#before")).contains("eat a sandwich");
    look("3-two-heads-off");

    browser.click("input[name=off][value=retrieving]");
    answer("right");
    assertThat(browser.text("#said"))
        .contains("those that retrieve there")
        .contains("the answer breaks.");

    browser.click("input[name=off][value=random]");
    answer("right");
    assertThat(browser.text("#said"))
        .contains("as many others, drawn")
        .contains("the answer stays right.");
    look("4-others-off");
    assertThat(browser.text("#tally"))
        .contains("Heads off by hand: right in 1 of 2")
        .contains("those that retrieve off: right in 0 of 1")
        .contains("as many others off: right in 1 of 1")
        .contains("Your guess was good in 2 of 4.");
    assertThat(browser.evaluate("location.hash").getAsString()).contains("off=random%3A1");
    assertThat(browser.complaints()).isEmpty();
  }

  private static String head(String name) {
    return ".head[aria-label^='" + name + ",']";
  }

  private static void answer(String guess) throws InterruptedException {
    browser.click("input[name=guess][value=" + guess + "]");
    browser.click("#ask");
    browser.until(READY);
  }

  /** A picture of the page, kept where the property says: for eyes. */
  private static void look(String name) throws IOException {
    String kept = System.getProperty("headscope.pictures");
    Path at = kept == null ? folder : Files.createDirectories(Path.of(kept));
    browser.picture(at.resolve("play-" + name + ".png"));
  }

  @Test
  void theMapIsWalkedByKeyboard() throws InterruptedException {
    fresh("");
    browser.evaluate("document.getElementById('on').focus()");
    browser.press("Tab"); // the answer
    browser.press("ArrowRight");
    browser.press("Tab"); // the map: one stop
    assertThat(focused()).startsWith("L0-H0, on");
    browser.press("ArrowUp");
    browser.press("ArrowRight");
    browser.press("ArrowRight");
    assertThat(focused()).startsWith("L1-H2, on");
    assertThat(browser.text("#here")).startsWith("L1-H2 looks most at");
    browser.press(" ");
    assertThat(focused()).startsWith("L1-H2, off");
    assertThat(browser.text("#hand")).isEqualTo("L1-H2");
    browser.press("Tab");
    assertThat(focused()).doesNotStartWith("L");
  }

  private static String focused() {
    JsonElement label = browser.evaluate("document.activeElement.getAttribute('aria-label')");
    return label.isJsonNull() ? "" : label.getAsString();
  }

  @Test
  void aPhoneShowsItWithoutScrollingSideways() throws IOException, InterruptedException {
    browser.window(360, 740, true, true);
    try {
      fresh("");
      look("phone-dark");
      assertThat(browser.evaluate("document.documentElement.scrollWidth").getAsInt())
          .isLessThanOrEqualTo(360);
      assertThat(
              browser.evaluate(
                  "getComputedStyle(document.querySelector('.head')).minHeight"
                      + " + getComputedStyle(document.body).backgroundColor"))
          .hasToString("\"30pxrgb(20, 20, 23)\"");
      browser.evaluate("document.getElementById('map').scrollIntoView()");
      look("phone-map");
    } finally {
      browser.window(1280, 900, false, false);
    }
  }

  @Test
  void theAddressHoldsWhatIsAsked() throws InterruptedException {
    fresh(
        "#sentence=The+secret+code+is+90210.&question=What+is+the+secret+code%3F&text=3&length=100"
            + "&place=2&off=L3-H0,L5-H11");
    assertThat(browser.text("#said")).contains("“90210”");
    assertThat(browser.text("#place-said")).startsWith("behind sentence 2 of");
    assertThat(browser.text("#hand")).isEqualTo("L3-H0 and L5-H11");
    fresh("#off=L9-H0&length=5000&place=%3Cb%3E");
    assertThat(browser.text("#hint"))
        .isEqualTo(
            "The address asks for length=5000, place=<b> and off=L9-H0, which this page cannot do; that"
                + " is left out.");
    assertThat(browser.complaints()).isEmpty();
  }

  @Test
  void whatIsWrittenIsTextAndWhatCannotBeAskedIsSaid() throws InterruptedException {
    fresh("");
    browser.evaluate("document.getElementById('sentence').select()");
    browser.type("<img src=x onerror=document.title=1> is 🙂 &amp; <|im_end|>");
    answer("skip");
    assertThat(browser.evaluate("document.querySelectorAll('img').length").getAsInt()).isZero();
    assertThat(browser.text("#tries")).contains("<img src=x");
    browser.evaluate("document.getElementById('sentence').select()");
    browser.press("Delete");
    browser.evaluate(
        "{ const s = document.getElementById('sentence'); s.value = '';"
            + " s.dispatchEvent(new Event('input')); }");
    browser.click("input[name=guess][value=skip]");
    browser.click("#ask");
    assertThat(browser.text("#hint")).isEqualTo("Write a sentence to hide.");
    assertThat(browser.complaints()).isEmpty();
  }

  @Test
  void theSentenceIsWrittenAndPlacedByTextSliderAndExample() throws InterruptedException {
    fresh("");
    browser.evaluate("document.getElementById('sentence').select()");
    browser.type("The locker code is 80413.");
    assertThat(browser.evaluate("document.getElementById('question').value").getAsString())
        .isEqualTo("What is the locker code?");
    assertThat(browser.text("#part")).contains("“80413”");
    assertThat(browser.text("#answer")).isEmpty();
    browser.evaluate("document.querySelector('#text .context:not(.needle)').click()");
    assertThat(browser.text("#place-said")).isEqualTo("at the very start");
    assertThat(browser.text("#text")).contains("Context:⏎\nThe locker code is 80413. How a Team");
    browser.evaluate(
        "{ const p = document.getElementById('place'); p.value = p.max;"
            + " p.dispatchEvent(new Event('input')); }");
    assertThat(browser.text("#place-said")).isEqualTo("behind sentence 8 of 8");
    browser.click("#essay");
    assertThat(browser.text("#essay-said")).isEqualTo("text 22 of 48");
    answer("right");
    assertThat(browser.text("#said")).contains("“80413”").contains("so it is.");
    browser.evaluate("document.getElementById('answer').focus()");
    browser.press("Home");
    browser.click("#play");
    browser.until("document.querySelector('#answer [aria-selected=true]').id === 's2'");
    browser.click("#play");
    browser.click("#reset");
    browser.until(READY);
    assertThat(browser.text("#said")).contains("Dolores Park");
    assertThat(browser.text("#tally")).isEqualTo("None so far.");
  }

  @Test
  void whereThereAreNoWorkersTheModelRunsInThePage() throws InterruptedException {
    fresh("");
    String finding = browser.text("#said");
    String gone = browser.before("delete window.Worker");
    try {
      fresh("");
      assertThat(browser.evaluate("typeof Worker").getAsString()).isEqualTo("undefined");
      assertThat(browser.text("#said")).isEqualTo(finding).startsWith("The model found it");
    } finally {
      browser.without(gone);
      fresh("");
    }
  }

  @Test
  void aHeadThatIsPointedAtShowsWhereItLooks() throws IOException, InterruptedException {
    fresh("");
    browser.evaluate("document.querySelector(\".head[aria-label^='L3-H0,']\").focus()");
    look("5-head");
    assertThat(browser.text("#here"))
        .matches(
            "L3-H0 looks most at “e” \\(\\d+ % of its attention\\), in the hidden sentence; it retrieves\\.");
    assertThat(
            browser.evaluate(
                "[...document.querySelectorAll('#text .ringed')].map(e => e.textContent)"))
        .hasToString("[\" e\"]");
    assertThat(browser.evaluate("document.querySelectorAll('#text .tinted').length").getAsInt())
        .isPositive();
  }

  @Test
  void whatItSaysOfItselfIsSo() {
    assertThat(PlayPage.standard())
        .hasToString("PlayPage[reference, 1734480 parameters in half precision]");
    assertThat(Map.of("heads", browser.evaluate("document.querySelectorAll('.head').length")))
        .hasToString("{heads=72}");
  }
}

package headscope.notebook;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import headscope.head.HeadId;
import headscope.head.HeadMask;
import headscope.head.HeadSet;
import headscope.model.Family;
import headscope.model.LanguageModel;
import headscope.model.LocalModel;
import headscope.model.MergedAdapter;
import headscope.page.TraceExplorer;
import headscope.score.CopyPasteScore;
import headscope.score.HeadScores;
import headscope.score.ScoreMatrix;
import headscope.score.StaticRanking;
import headscope.task.NeedleInHaystack;
import headscope.task.NeedleTrial;
import headscope.trace.Capture;
import headscope.trace.Prompt;
import headscope.trace.Spans;
import headscope.trace.Trace;
import java.io.StringReader;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.w3c.dom.Document;
import org.xml.sax.InputSource;

class DisplaysTest {
  private static final Map<String, Object> VALUES = new LinkedHashMap<>();

  /** Values as a user meets them, of the reference model; made once. */
  private static synchronized Map<String, Object> values() {
    if (VALUES.isEmpty()) {
      LanguageModel model = LanguageModel.reference();
      NeedleTrial trial = NeedleInHaystack.standard().trial(model.tokenizer(), 96, .5, 1);
      Trace trace = model.generate(trial.prompt(), Capture.heads());
      ScoreMatrix scores = CopyPasteScore.of(trace);
      VALUES.put("model", model);
      VALUES.put("config", model.config());
      VALUES.put("tokenizer", model.tokenizer());
      VALUES.put("family", Family.ALL.get(0));
      VALUES.put("families", Family.ALL);
      VALUES.put("local", LocalModel.of("reference"));
      VALUES.put("locals", List.of(LocalModel.of("reference")));
      VALUES.put("adapters", List.of(new MergedAdapter("a", "0".repeat(64))));
      VALUES.put("trial", trial);
      VALUES.put("prompt", trial.prompt());
      VALUES.put("trace", trace);
      VALUES.put("step", trace.steps().get(4));
      VALUES.put("steps", trace.steps());
      VALUES.put("scores", scores);
      VALUES.put("heads", scores.everDynamic());
      VALUES.put("mask", HeadMask.zero(scores.everDynamic()));
      VALUES.put("mean", scores.mean());
      VALUES.put("ranking", StaticRanking.of(List.of(scores), List.of(true)));
      VALUES.put("head", new HeadId(3, 7));
      VALUES.put("optional", Optional.of(scores));
      VALUES.put("map", Map.of(new HeadId(0, 1), "a"));
      VALUES.put("array", new float[] {1, .5f});
      VALUES.put("matrix", new double[][] {{1, 2}, {3, 4}});
    }
    return VALUES;
  }

  private static Document parsed(String html) throws Exception {
    String xml =
        html.replace("<br>", "<br/>")
            .replaceAll("(?s)<script>.*?</script>", "")
            .replaceAll("<img([^>]*?)/?>", "<img$1/>");
    return DocumentBuilderFactory.newInstance()
        .newDocumentBuilder()
        .parse(new InputSource(new StringReader(xml)));
  }

  private static String html(Object value) {
    return Displays.of(value).orElseThrow().data().get("text/html");
  }

  private static String plain(Object value) {
    return Displays.of(value).orElseThrow().data().get("text/plain");
  }

  @Tag("slow")
  @Test
  void everyValueShowsWholeHtmlAndATextWithoutHashes() throws Exception {
    for (Map.Entry<String, Object> e : values().entrySet()) {
      Bundle bundle = Displays.of(e.getValue()).orElseThrow(() -> new AssertionError(e.getKey()));
      String plain = bundle.data().get("text/plain");
      assertThat(plain)
          .as(e.getKey())
          .isNotBlank()
          .doesNotContainPattern("@[0-9a-f]{4,}|\\[[FDIJ]@");
      assertThat(String.valueOf(e.getValue()))
          .as(e.getKey())
          .satisfies(
              text -> {
                if (!e.getValue().getClass().isArray() && !(e.getValue() instanceof List)) {
                  assertThat(text).doesNotContain("\n").hasSizeLessThan(400);
                }
              });
      if (bundle.data().containsKey("text/html")) {
        parsed(bundle.data().get("text/html"));
      } else {
        assertThat(e.getKey()).isEqualTo("array");
      }
    }
  }

  @Tag("slow")
  @Test
  void aModelSaysWhatItIs() throws Exception {
    LanguageModel model = (LanguageModel) values().get("model");
    assertThat(parsed(html(model)).getDocumentElement().getTextContent())
        .contains("reference", "llama", "6 × 12 = 72", "1,024", "float32 on cpu", "MB weights");
    assertThat(model.toString())
        .isEqualTo(
            "LanguageModel[reference, llama: 6 layers × 12 heads = 72, 1,024 positions, 1,734,480"
                + " parameters]");
  }

  @Tag("slow")
  @Test
  void anAnswerHasTheNumberOfHeadsThatRetrieveAtEachToken() throws Exception {
    Trace trace = (Trace) values().get("trace");
    ScoreMatrix scores = (ScoreMatrix) values().get("scores");
    Document document = parsed(html(trace));
    List<String> marks = new ArrayList<>();
    for (int i = 0; i < document.getElementsByTagName("sup").getLength(); i++) {
      marks.add(document.getElementsByTagName("sup").item(i).getTextContent());
    }
    assertThat(marks)
        .isEqualTo(
            IntStream.range(0, scores.steps())
                .map(s -> scores.dynamicHeads(s).size())
                .filter(n -> n > 0)
                .mapToObj(String::valueOf)
                .toList());
    assertThat(html(trace)).contains("heatmap", "explorer", "<iframe");
    assertThat(html(TraceExplorer.of(trace))).contains("<img ", "<iframe");
  }

  @Tag("slow")
  @Test
  void aPromptShowsItsNeedleOnATint() throws Exception {
    Prompt prompt = (Prompt) values().get("prompt");
    NeedleTrial trial = (NeedleTrial) values().get("trial");
    Document document = parsed(html(prompt));
    StringBuilder needle = new StringBuilder();
    for (int i = 0; i < document.getElementsByTagName("span").getLength(); i++) {
      var attributes = document.getElementsByTagName("span").item(i).getAttributes();
      if (attributes.getNamedItem("title") != null
          && attributes.getNamedItem("title").getTextContent().startsWith("needle,")) {
        assertThat(attributes.getNamedItem("style").getTextContent()).contains("rgba(0,158,115");
        needle.append(document.getElementsByTagName("span").item(i).getTextContent());
      }
    }
    assertThat(needle.toString().strip()).isEqualTo(trial.needle());
  }

  @Test
  void ofALongPromptWhatLiesBetweenTheSpansIsLeftOut() {
    int[] ids = IntStream.range(0, 5000).toArray();
    Prompt prompt =
        Prompt.ofIds(ids)
            .withSpan(Prompt.CONTEXT, Spans.of(10, 4900))
            .withSpan(Prompt.NEEDLE, Spans.of(2000, 2010));
    assertThat(html(prompt)).contains("2005 ", "tokens …").doesNotContain("1000 1001");
    assertThat(html(prompt).length()).isLessThan(10_000);
  }

  @Test
  void aListOfHeadsOrRecordsIsATable() {
    assertThat(plain(List.of(new HeadId(0, 1), new HeadId(2, 3))))
        .isEqualTo("layer  head\n    0     1\n    2     3");
    assertThat(Displays.of(List.of())).isEmpty();
    assertThat(Displays.of(List.of(1, 2))).isEmpty();
    assertThat(Displays.of("text")).isEmpty();
    assertThat(Displays.of(Optional.empty())).isEmpty();
  }

  @Test
  void anArrayShowsItsShapeAndFirstNumbers() {
    assertThat(plain(new float[] {1, .25f})).isEqualTo("float[2]: 1, 0.25");
    assertThat(plain(new double[0])).isEqualTo("double[0]");
    assertThat(plain(new double[][] {{1, 2, 3}, {4, 5, 6}}))
        .isEqualTo("double[2][3]: double[3], double[3]");
    assertThat(plain(new int[][] {{1}, {2, 3}})).startsWith("int[2][]: ");
    assertThat(plain(new String[] {"a", "b"})).isEqualTo("String[2]: a, b");
    assertThat(plain(new int[100])).startsWith("int[100]: 0, 0").endsWith(", …");
    assertThat(html(new double[][] {{1, 2}, {3, 4}})).contains("double[2][2]", "<table");
  }

  @Test
  void aValueWithoutATextOfItsOwnIsNamed() {
    Object lock = new Object() {};
    Supplier<String> lambda = () -> "";
    assertThat(plain(lock)).isEqualTo("Object");
    assertThat(plain(lambda)).isEqualTo("Supplier");
    assertThat(plain(IntStream.range(0, 3))).doesNotContain("@");
  }

  @Test
  void aSetOfHeadsIsAMap() {
    assertThat(html(HeadSet.parse("L1-H2,L3-H0")))
        .contains("L1-H2, L3-H0", "title=\"L1-H2  in the set\"", "title=\"L0-H0  not in it\"");
    assertThat(html(HeadSet.empty())).contains("no heads");
    assertThat(plain(HeadMask.none())).isEqualTo("HeadMask[zero, no heads]");
    HeadScores scores = HeadScores.of(1, 2, Map.of(new HeadId(0, 1), new double[] {.5, 1}));
    assertThat(html(scores)).contains("L0-H1  0.75", "L0-H0  –");
  }

  @Test
  void docsShowSignaturesAndComments() {
    assertThat(html(Docs.of(HeadSet.class)))
        .contains("final class HeadSet implements Iterable&lt;HeadId&gt;")
        .contains("static HeadSet parse(String text)");
    assertThat(Docs.of(HeadSet.class, "top").toString())
        .startsWith("static HeadSet top(double[] scores, int headsPerLayer, int n)")
        .contains("headsPerLayer  query heads a layer");
    assertThat(Docs.of(HeadId.class, "layer").toString())
        .isEqualTo("int layer()\nthe layer, from 0");
    assertThat(Docs.of(CopyPasteScore.class).toString()).contains("Eq. 1 at every counted step");
    assertThatThrownBy(() -> Docs.of(HeadId.class, "size"))
        .hasMessageStartingWith(
            "HeadId declares no public \"size\"; it declares layer, head, HeadId, parse");
  }

  @Test
  void helpEscapesGenericsAndFindsWhatARecordSaysOfAComponent() {
    String[] shown =
        Help.bundle(
            new String[] {
              "java.util.List<headscope.trace.Step> headscope.trace.Trace.steps()",
              "T Optional<T>.<T>of(T value)",
              "trace:headscope.trace.Trace",
              "headscope.head.HeadId(int layer, int head)"
            },
            new String[] {
              null, "<script>alert(1)</script> <b onclick='x'>A {@code <T>}</b>", null, null
            });
    assertThat(shown[1])
        .contains("List&lt;Step&gt; Trace.steps()")
        .contains("a row per generated token")
        .contains("T Optional&lt;T&gt;.&lt;T&gt;of(T value)")
        .contains("<b>A <code>&lt;T&gt;</code></b>")
        .contains("Trace trace")
        .contains("What a generation leaves behind")
        .contains("record HeadId(int layer, int head)")
        .doesNotContain("<script", "onclick");
    assertThat(shown[0]).contains("List<Step> Trace.steps()").doesNotContain("&lt;");
    assertThat(
            Help.bundle(
                new String[] {"int Trace(java.lang.String model, int layers).layers()"},
                new String[] {null})[0])
        .isEqualTo("int Trace.layers()\nits layers");
  }

  @Test
  void theSourcesAreFound() {
    assertThat(Help.sources()).hasSize(1);
    assertThat(Help.sources().get(0).resolve("headscope/head/HeadId.java")).isRegularFile();
  }
}

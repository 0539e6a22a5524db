package headscope.page;

import headscope.figure.Figure;
import headscope.figure.Figures;
import headscope.json.Json;
import headscope.model.Tokenizer;
import headscope.template.Markup;
import headscope.trace.Prompt;
import headscope.trace.Trace;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * A page on which a trace is walked through: heads over steps, the positions of the prompt that the
 * chosen heads looked at, the layer × head map of a step, every head at two of its scores. It
 * begins at the first step at which a head retrieves. Several traces stand side by side and move
 * together. The page is one file, works offline and by keyboard, and runs nothing but its own
 * script; its address holds what is chosen. In a notebook the value of a cell shows it.
 *
 * <pre>
 *   TraceExplorer.of(trace).save(Path.of("trace.html"));
 *   TraceExplorer.of(trace)                               // as the last line of a notebook's cell
 *   TraceExplorer.of(clean).withTitle("clean").beside(TraceExplorer.of(masked).withTitle("masked"))
 * </pre>
 *
 * <p>Measures are kept to a 65534th of their range, those behind the first three to a 254th.
 */
public final class TraceExplorer {
  /** Bytes of a page above which further measures are left out: 10 MB with all that is around. */
  private static final int PAGE_BYTES = 8_500_000;

  /** Jupyter drops an output above a rate of 1 MB a second, over 3 seconds. */
  private static final int OUTPUT_BYTES = 2_400_000;

  private static final List<String> SCRIPTS =
      List.of("base.js", "trace.js", "tokens.js", "charts.js", "explorer.js");

  /** Px of a frame in a notebook; what is longer scrolls. */
  private static final int HEIGHT = 900;

  /** Rows of the picture, as in Fig. 1. */
  private static final int HEADS = 10;

  private static final int OVERLAP = 8;
  private static final int CHUNK = 256;

  private final String title;
  private final List<TraceView> views;

  private TraceExplorer(String title, List<TraceView> views) {
    this.title = title;
    this.views = List.copyOf(views);
  }

  /**
   * The page of a trace with the token texts it holds; without them, as after {@code --ids}, tokens
   * are shown as their ids.
   *
   * @throws IllegalArgumentException if attention was not captured, or a position is outside the
   *     sequence
   */
  public static TraceExplorer of(Trace trace) {
    return of(trace, trace.prompt().tokens(), trace.tokens());
  }

  /**
   * The page of a trace with the token texts of a tokenizer, for traces that hold ids alone.
   *
   * @throws IllegalArgumentException as {@link #of(Trace)}
   */
  public static TraceExplorer of(Trace trace, Tokenizer tokenizer) {
    int prompt = trace.prompt().length();
    int[] all = Arrays.copyOf(trace.prompt().ids(), prompt + trace.steps().size());
    System.arraycopy(trace.ids(), 0, all, prompt, trace.steps().size());
    List<String> texts = texts(all, tokenizer);
    return of(trace, texts.subList(0, prompt), texts.subList(prompt, all.length));
  }

  private static TraceExplorer of(Trace trace, List<String> promptTokens, List<String> tokens) {
    TraceView view = new TraceView(trace.model(), trace, trace.steps(), promptTokens, tokens);
    return new TraceExplorer("Trace of " + trace.model(), List.of(view));
  }

  /** Token texts, chunk by chunk: decoding every prefix of a long prompt would take a while. */
  private static List<String> texts(int[] ids, Tokenizer tokenizer) {
    List<String> texts = new ArrayList<>();
    while (texts.size() < ids.length) {
      int from = Math.max(0, texts.size() - OVERLAP);
      int to = Math.min(ids.length, texts.size() + CHUNK);
      List<String> part = tokenizer.decodeEach(Arrays.copyOfRange(ids, from, to));
      texts.addAll(part.subList(texts.size() - from, part.size()));
    }
    return texts;
  }

  /** The same page under another title; a single trace is called so beside others, too. */
  public TraceExplorer withTitle(String newTitle) {
    return new TraceExplorer(
        newTitle, views.size() == 1 ? List.of(views.get(0).named(newTitle)) : views);
  }

  /**
   * The discarded first passes of a two-pass run, beside the tokens that were kept.
   *
   * @throws IllegalArgumentException if the run had one pass
   */
  public TraceExplorer firstPass() {
    return new TraceExplorer(
        title + ", first pass", views.stream().map(TraceView::firstPass).toList());
  }

  /**
   * This trace and another one side by side: two models, or a model and itself with masked heads.
   * They move together from step to step, and where both have as many layers and heads, from head
   * to head. Of equal names the later ones are numbered.
   */
  public TraceExplorer beside(TraceExplorer other) {
    List<TraceView> all = new ArrayList<>();
    Map<String, Integer> seen = new HashMap<>();
    Stream.concat(views.stream(), other.views.stream())
        .forEach(
            view -> {
              int times = seen.merge(view.name(), 1, Integer::sum);
              all.add(times == 1 ? view : view.named(view.name() + " (" + times + ")"));
            });
    return new TraceExplorer(
        all.stream().map(TraceView::name).collect(Collectors.joining(" beside ")), all);
  }

  /** The names of the models, each once, separated by commas. */
  public String model() {
    return views.stream().map(v -> v.trace().model()).distinct().collect(Collectors.joining(", "));
  }

  /** The page: a whole HTML document. */
  public String html() {
    return page(PAGE_BYTES).html();
  }

  /**
   * A picture of the first trace, for where nothing can be pointed at: the ten heads of highest
   * variance by Eq. 1, without a needle by their greatest weight.
   */
  public Figure figure() {
    TraceView view = views.get(0);
    boolean needle = !view.trace().prompt().span(Prompt.NEEDLE).isEmpty();
    return Figures.headHeatmap(view.heads(HEADS))
        .withTitle(title)
        .withValueName(needle ? "copy-paste score" : "greatest weight");
  }

  /**
   * The page as an element for a notebook's output: a frame without access to what is around it,
   * over the {@link #figure}, which is seen where frames are not shown. Steps that would make it
   * too large for an output are left out, and the page says so.
   */
  public String fragment() {
    return Page.frame(page(OUTPUT_BYTES), HEIGHT, Optional.of(figure()));
  }

  /** As {@link #fragment()}, for where a picture stands already. */
  public String frame() {
    return Page.frame(page(OUTPUT_BYTES), HEIGHT, Optional.empty());
  }

  /**
   * Writes the page; the file is complete or not there.
   *
   * @return the file
   * @throws java.io.UncheckedIOException if it cannot be written
   */
  public Path save(Path file) {
    return page(PAGE_BYTES).save(file);
  }

  private Page page(int bytes) {
    List<TraceView.Content> contents =
        views.stream()
            .map(view -> view.content(bytes / views.size(), bytes == PAGE_BYTES))
            .toList();
    List<Map<String, Object>> panes =
        IntStream.range(0, views.size())
            .mapToObj(k -> pane(k, views.get(k), contents.get(k)))
            .toList();
    Object data = Map.of("traces", contents.stream().map(TraceView.Content::data).toList());
    String body =
        Page.render(
            "explorer.html",
            Map.of("title", title, "panes", panes, "data", new Markup(Json.inHtml(data))));
    return new Page(
        title,
        Page.resource("tokens.css") + Page.resource("explorer.css"),
        new Markup(body),
        Page.script(SCRIPTS));
  }

  private static Map<String, Object> pane(int k, TraceView view, TraceView.Content content) {
    return Map.of(
        "k", k,
        "name", view.name(),
        "summary", view.summary(),
        "windows", view.windows(),
        "masked", view.isMasked(),
        "shown", content.shown(),
        "steps", view.steps().size(),
        "left_out", content.leftOut());
  }

  /** Model and sizes, a line a trace. */
  @Override
  public String toString() {
    return views.stream().map(TraceView::summary).collect(Collectors.joining("\n"));
  }
}

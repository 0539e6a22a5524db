package headscope.page;

import headscope.failure.Section;
import headscope.json.Json;
import headscope.model.Tokenizer;
import headscope.template.Markup;
import headscope.trace.Capture;
import headscope.trace.Prompt;
import headscope.trace.Step;
import headscope.trace.Trace;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.IntUnaryOperator;

/**
 * A page on which a trace is walked through: choosing a generated token lights the positions of the
 * prompt that the chosen heads looked at, beside the layer × head map of that step. The page is one
 * file, works offline and by keyboard, and runs nothing but its own script. In a notebook the value
 * of a cell shows it.
 *
 * <pre>
 *   TraceExplorer.of(trace).save(Path.of("trace.html"));
 *   TraceExplorer.of(trace)                               // as the last line of a notebook's cell
 * </pre>
 *
 * <p>Weights and masses are kept to 1/65535, those behind the first {@value #FINE} measures to
 * 1/255.
 */
public final class TraceExplorer {
  /** Bytes of a page above which further masses are left out: 10 MB with all that is around. */
  private static final int PAGE_BYTES = 8_500_000;

  /** Jupyter drops an output above a rate of 1 MB a second, over 3 seconds. */
  private static final int OUTPUT_BYTES = 2_400_000;

  private static final int FINE = 3;
  private static final int OVERLAP = 8;
  private static final int CHUNK = 256;

  private final Trace trace;
  private final List<Step> steps;
  private final List<String> promptTokens;
  private final List<String> tokens;
  private final String title;

  private TraceExplorer(
      Trace trace, List<Step> steps, List<String> promptTokens, List<String> tokens, String title) {
    this.trace = trace;
    this.steps = steps;
    this.promptTokens = promptTokens;
    this.tokens = tokens;
    this.title = title;
    check();
  }

  /**
   * The page of a trace with the token texts it holds; without them, as after {@code --ids}, tokens
   * are shown as their ids.
   *
   * @throws IllegalArgumentException if attention was not captured, or a position is outside the
   *     sequence
   */
  public static TraceExplorer of(Trace trace) {
    return new TraceExplorer(
        trace, trace.steps(), trace.prompt().tokens(), trace.tokens(), "Trace of " + trace.model());
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
    return new TraceExplorer(
        trace,
        trace.steps(),
        texts.subList(0, prompt),
        texts.subList(prompt, all.length),
        "Trace of " + trace.model());
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

  /** The same page under another title. */
  public TraceExplorer withTitle(String newTitle) {
    return new TraceExplorer(trace, steps, promptTokens, tokens, newTitle);
  }

  /**
   * The discarded first passes of a two-pass run, beside the tokens that were kept.
   *
   * @throws IllegalArgumentException if the run had one pass
   */
  public TraceExplorer firstPass() {
    if (trace.clean().isEmpty()) {
      throw Section.TRACE_CONTENT.wrong(
          "this trace has no clean rows, its run had one pass; explore it as it is");
    }
    return new TraceExplorer(trace, trace.clean(), promptTokens, tokens, title + ", first pass");
  }

  private void check() {
    for (int s = 0; s < steps.size(); s++) {
      int[] index = steps.get(s).argmaxIndex();
      if (index.length != trace.heads() || steps.get(s).argmaxWeight().length != trace.heads()) {
        throw Section.TRACE_CONTENT.wrong(
            String.format(
                Locale.ROOT,
                "an explorer shows what %d heads looked at, step %d has %d; capture heads",
                trace.heads(),
                s,
                index.length));
      }
      for (int position : index) {
        if (position < 0 || position >= trace.prompt().length() + s) {
          throw Section.TRACE_CONTENT.wrong(
              String.format(
                  Locale.ROOT,
                  "step %d looks at position %d, it can see 0 to %d; the trace is damaged",
                  s,
                  position,
                  trace.prompt().length() + s - 1));
        }
      }
    }
  }

  /** The page: a whole HTML document. */
  public String html() {
    return page(PAGE_BYTES).html();
  }

  /**
   * The page as an element for a notebook's output: a frame without access to what is around it.
   * Steps that would make it too large for an output are left out, and the page says so.
   */
  public String fragment() {
    return Page.render("frame.html", Map.of("title", title, "page", page(OUTPUT_BYTES).html()));
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
    Map<String, Object> data = data(bytes);
    int shown = (int) data.get("steps");
    List<?> leftOut = (List<?>) data.remove("leftOut");
    String body =
        Page.render(
            "explorer.html",
            Map.of(
                "title",
                title,
                "windows",
                windows(),
                "summary",
                toString(),
                "shown",
                shown,
                "steps",
                steps.size(),
                "left_out",
                leftOut,
                "data",
                new Markup(Json.inHtml(data))));
    return new Page(
        title, Page.resource("explorer.css"), new Markup(body), Page.resource("explorer.js"));
  }

  /** Which layers have a window, in words; empty where none has. */
  private String windows() {
    List<Integer> all = trace.windows();
    Map<Integer, List<String>> layers = new TreeMap<>();
    for (int from = 0; from < all.size(); ) {
      int to = from + 1;
      while (to < all.size() && all.get(to).equals(all.get(from))) {
        to++;
      }
      String range = to == from + 1 ? "" + from : from + "–" + (to - 1);
      layers.computeIfAbsent(all.get(from), w -> new ArrayList<>()).add(range);
      from = to;
    }
    List<String> words = new ArrayList<>();
    layers.forEach(
        (window, ranges) ->
            words.add(
                "layers "
                    + String.join(", ", ranges)
                    + (window == 0
                        ? " see everything"
                        : String.format(Locale.ROOT, " see the last %,d positions", window))));
    return String.join("; ", words);
  }

  private Map<String, Object> data(int bytes) {
    Prompt prompt = trace.prompt();
    int positions = prompt.length() + steps.size();
    int width = positions <= 1 << 16 ? 2 : 4;
    // what every page needs, in characters of base64, and an ample allowance for the texts
    long fixed = 120_000L + 40L * positions;
    int perStep = trace.heads() * (width + 2) * 4 / 3;
    int shown = bytes == PAGE_BYTES ? steps.size() : (int) ((bytes - fixed) / Math.max(1, perStep));
    shown = Math.max(Math.min(1, steps.size()), Math.min(shown, steps.size()));

    Map<String, Object> data = new LinkedHashMap<>();
    data.put("layers", trace.layers());
    data.put("headsPerLayer", trace.headsPerLayer());
    data.put("steps", shown);
    data.put("sink", option("sink", Capture.SINK));
    data.put("local", option("local", Capture.LOCAL));
    data.put("ended", trace.ended());
    int[] ids = Arrays.copyOf(trace.ids(), shown);
    data.put("promptIds", base64(prompt.length(), 4, i -> prompt.ids()[i]));
    data.put("ids", base64(shown, 4, i -> ids[i]));
    data.put("promptTokens", promptTokens.isEmpty() ? null : promptTokens);
    data.put("tokens", tokens.isEmpty() ? null : tokens.subList(0, shown));
    List<Step> some = steps.subList(0, shown);
    data.put("logprob", some.stream().map(s -> number(s.logprob())).toList());
    data.put("entropy", some.stream().map(s -> number(s.entropy())).toList());
    List<Named> spans = new ArrayList<>();
    prompt
        .spans()
        .forEach(
            (name, s) ->
                spans.add(
                    new Named(
                        name, s.list().stream().map(x -> new int[] {x.from(), x.to()}).toList())));
    data.put("spans", spans);
    int n = trace.heads();
    data.put("indexWidth", width);
    data.put("index", base64(shown * n, width, i -> some.get(i / n).argmaxIndex()[i % n]));

    List<Shown> measures = new ArrayList<>();
    List<String> leftOut = new ArrayList<>();
    long left = bytes - fixed - (long) shown * perStep;
    for (Map.Entry<String, Measure> e : measures(some).entrySet()) {
      int fine = measures.size() < FINE ? 2 : 1;
      long size = (long) shown * n * fine * 4 / 3;
      if (!measures.isEmpty() && size > left) {
        leftOut.add(e.getKey());
        continue;
      }
      left -= measures.isEmpty() ? 0 : size;
      int unit = fine == 2 ? 65535 : 255;
      Measure m = e.getValue();
      String values =
          base64(shown * n, fine, i -> (int) Math.rint(share(m.at(i / n, i % n)) * unit));
      measures.add(new Shown(e.getKey(), fine, values));
    }
    data.put("measures", measures);
    data.put("leftOut", leftOut);
    return data;
  }

  /** A span of the prompt as the page's script reads it; a range is two positions. */
  private record Named(String name, List<int[]> ranges) {}

  /** A measure as the page's script reads it: numbers of so many bytes, in base64. */
  private record Shown(String name, int width, String data) {}

  private interface Measure {
    float at(int step, int head);
  }

  /** What the map can show, the weight first; all are shares of the attention, from 0 to 1. */
  private static Map<String, Measure> measures(List<Step> steps) {
    Map<String, Measure> all = new LinkedHashMap<>();
    all.put("greatest weight", (s, h) -> steps.get(s).argmaxWeight()[h]);
    List<String> captured = steps.isEmpty() ? List.of() : List.copyOf(steps.get(0).mass().keySet());
    if (captured.contains(Prompt.NEEDLE)) {
      all.put("mass on needle", mass(steps, Prompt.NEEDLE));
    }
    if (captured.contains(Step.EFFECTIVE) && captured.contains(Step.NEEDLE_EFFECTIVE)) {
      Measure needle = mass(steps, Step.NEEDLE_EFFECTIVE);
      Measure every = mass(steps, Step.EFFECTIVE);
      all.put(
          "reasoning score (Eq. 2)",
          (s, h) -> every.at(s, h) < 1e-4f ? 0 : needle.at(s, h) / every.at(s, h));
    }
    for (String name : captured) {
      if (!List.of(Prompt.NEEDLE, Step.EFFECTIVE, Step.NEEDLE_EFFECTIVE).contains(name)) {
        all.put("mass on " + name, mass(steps, name));
      }
    }
    return all;
  }

  private static Measure mass(List<Step> steps, String span) {
    return (s, h) -> {
      float[] mass = steps.get(s).mass().getOrDefault(span, new float[0]);
      return h < mass.length ? mass[h] : 0;
    };
  }

  private static float share(float value) {
    return value >= 0 ? Math.min(value, 1) : 0; // also where it is not a number
  }

  private int option(String name, int otherwise) {
    return trace.options().get(name) instanceof Number n ? n.intValue() : otherwise;
  }

  private static String number(float value) {
    String text = String.format(Locale.ROOT, "%.3f", value);
    return text.equals("-0.000") ? "0.000" : text;
  }

  /** Whole numbers as little-endian ones of 1, 2 or 4 bytes. */
  private static String base64(int count, int width, IntUnaryOperator value) {
    ByteBuffer bytes = ByteBuffer.allocate(count * width).order(ByteOrder.LITTLE_ENDIAN);
    for (int i = 0; i < count; i++) {
      int v = value.applyAsInt(i);
      if (width == 1) {
        bytes.put((byte) v);
      } else if (width == 2) {
        bytes.putShort((short) v);
      } else {
        bytes.putInt(v);
      }
    }
    return Base64.getEncoder().encodeToString(bytes.array());
  }

  /** Model and sizes in a line. */
  @Override
  public String toString() {
    return String.format(
        Locale.ROOT,
        "%s: %d prompt tokens, %d generated, %d layers of %d heads",
        trace.model(),
        trace.prompt().length(),
        steps.size(),
        trace.layers(),
        trace.headsPerLayer());
  }
}

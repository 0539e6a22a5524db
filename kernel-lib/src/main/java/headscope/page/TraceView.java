package headscope.page;

import headscope.failure.Section;
import headscope.head.HeadId;
import headscope.head.HeadSet;
import headscope.score.CopyPasteScore;
import headscope.score.ScoreMatrix;
import headscope.trace.Capture;
import headscope.trace.Prompt;
import headscope.trace.Step;
import headscope.trace.Trace;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.IntStream;
import tech.tablesaw.api.Table;

/**
 * One trace of an explorer.
 *
 * @param name what it is called beside others
 * @param trace what is shown
 * @param steps its rows, or those of the discarded first passes
 * @param promptTokens the text of each prompt token; empty: ids are shown
 * @param tokens the text of each generated token; empty: ids are shown
 */
record TraceView(
    String name, Trace trace, List<Step> steps, List<String> promptTokens, List<String> tokens) {
  /** Measures kept to a 65534th, those behind them to a 254th. */
  static final int FINE = 3;

  TraceView {
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

  /** The same under another name. */
  TraceView named(String other) {
    return new TraceView(other, trace, steps, promptTokens, tokens);
  }

  /** The discarded first passes, beside the tokens that were kept. */
  TraceView firstPass() {
    if (trace.clean().isEmpty()) {
      throw Section.TRACE_CONTENT.wrong(
          "this trace has no clean rows, its run had one pass; explore it as it is");
    }
    return new TraceView(name + ", first pass", trace, trace.clean(), promptTokens, tokens);
  }

  private boolean isFirstPass() {
    return !trace.clean().isEmpty() && steps.equals(trace.clean());
  }

  /**
   * What of it a page holds.
   *
   * @param data what the page's script reads
   * @param shown how many steps
   * @param leftOut measures for which there is no room
   */
  record Content(Map<String, Object> data, int shown, List<String> leftOut) {}

  /**
   * As much as has room.
   *
   * @param bytes how many there are
   * @param whole whether every step is shown, however large
   */
  Content content(int bytes, boolean whole) {
    Prompt prompt = trace.prompt();
    int n = trace.heads();
    int positions = prompt.length() + steps.size();
    int width = positions <= 1 << 16 ? 2 : 4;
    // what every page needs, in characters of base64, and an ample allowance for the texts
    long fixed = 150_000L + 40L * positions;
    int perStep = n * (width + 2) * 4 / 3;
    int most = whole ? steps.size() : (int) ((bytes - fixed) / Math.max(1, perStep));
    int shown = Math.max(Math.min(1, steps.size()), Math.min(most, steps.size()));
    List<Step> some = steps.subList(0, shown);

    Map<String, Object> data = new LinkedHashMap<>();
    data.put("layers", trace.layers());
    data.put("headsPerLayer", trace.headsPerLayer());
    data.put("steps", shown);
    data.put("sink", option("sink", Capture.SINK));
    data.put("local", option("local", Capture.LOCAL));
    data.put("ended", trace.ended() && shown == steps.size());
    data.put("masked", masked(shown));
    int[] ids = trace.ids();
    data.put("promptIds", LittleEndian.base64(prompt.length(), 4, i -> prompt.ids()[i]));
    data.put("ids", LittleEndian.base64(shown, 4, i -> ids[i]));
    data.put("promptTokens", promptTokens.isEmpty() ? null : promptTokens);
    data.put("tokens", tokens.isEmpty() ? null : tokens.subList(0, shown));
    data.put("logprob", some.stream().map(s -> number(s.logprob())).toList());
    data.put("entropy", some.stream().map(s -> number(s.entropy())).toList());
    data.put("spans", spans(prompt));
    data.put("indexWidth", width);
    data.put(
        "index", LittleEndian.base64(shown * n, width, i -> some.get(i / n).argmaxIndex()[i % n]));

    List<HeadMeasure.Packed> measures = new ArrayList<>();
    List<String> leftOut = new ArrayList<>();
    long left = bytes - fixed - (long) shown * perStep;
    for (HeadMeasure m : HeadMeasure.of(some)) {
      int fine = measures.size() < FINE ? 2 : 1;
      long size = (long) shown * n * fine * 4 / 3;
      if (!measures.isEmpty() && size > left) {
        leftOut.add(m.name());
        continue;
      }
      left -= measures.isEmpty() ? 0 : size;
      measures.add(m.packed(shown, n, fine));
    }
    data.put("measures", measures);
    return new Content(data, shown, leftOut);
  }

  /** A span of a prompt as the page's script reads it; a range is two positions. */
  record Named(String name, List<int[]> ranges) {}

  static List<Named> spans(Prompt prompt) {
    return prompt.spans().entrySet().stream()
        .map(
            e ->
                new Named(
                    e.getKey(),
                    e.getValue().list().stream().map(x -> new int[] {x.from(), x.to()}).toList()))
        .toList();
  }

  /** The masked heads a step, as numbers of heads; empty where none is. */
  private List<int[]> masked(int shown) {
    if (isFirstPass()) {
      return List.of();
    }
    List<int[]> each = List.of();
    if (trace.options().get("masked") instanceof List<?> list && list.size() == steps.size()) {
      each = list.stream().map(this::heads).toList();
    } else if (trace.options().get("mask") instanceof String mask) {
      int[] heads = heads(mask);
      each = IntStream.range(0, steps.size()).mapToObj(s -> heads).toList();
    }
    return each.stream().allMatch(heads -> heads.length == 0) ? List.of() : each.subList(0, shown);
  }

  /**
   * The heads of highest variance over the counted steps, by Eq. 1 or without a needle by weight.
   */
  Table heads(int most) {
    int counted = Math.min(steps.size(), trace.counted().size());
    List<Step> some = steps.subList(0, counted);
    boolean needle = !trace.prompt().span(Prompt.NEEDLE).isEmpty();
    double[][] values =
        some.stream()
            .map(
                step ->
                    needle
                        ? CopyPasteScore.standard().scores(trace.prompt(), step)
                        : IntStream.range(0, trace.heads())
                            .mapToDouble(h -> Math.max(0, step.argmaxWeight()[h]))
                            .toArray())
            .toArray(double[][]::new);
    List<String> labels =
        IntStream.range(0, counted)
            .mapToObj(s -> tokens.isEmpty() ? "" + trace.steps().get(s).token() : tokens.get(s))
            .toList();
    return ScoreMatrix.of("explored", 0, trace.layers(), trace.headsPerLayer(), labels, values)
        .mostVariable(most)
        .toTable();
  }

  boolean isMasked() {
    return !masked(steps.size()).isEmpty();
  }

  /** Heads by their names; none where a file from elsewhere says something else. */
  private int[] heads(Object names) {
    try {
      return HeadSet.parse(String.valueOf(names)).stream()
          .filter(h -> h.layer() < trace.layers() && h.head() < trace.headsPerLayer())
          .mapToInt((HeadId h) -> h.index(trace.headsPerLayer()))
          .toArray();
    } catch (IllegalArgumentException e) {
      return new int[0];
    }
  }

  /** Which layers have a window, in words; empty where none has. */
  String windows() {
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

  private int option(String key, int otherwise) {
    return trace.options().get(key) instanceof Number n ? n.intValue() : otherwise;
  }

  private static String number(float value) {
    String text = String.format(Locale.ROOT, "%.3f", value);
    return text.equals("-0.000") ? "0.000" : text;
  }

  /** Model and sizes in a line, and how many heads were masked. */
  String summary() {
    int[] masked = masked(steps.size()).stream().mapToInt(heads -> heads.length).toArray();
    String line =
        String.format(
            Locale.ROOT,
            "%s: %d prompt tokens, %d generated, %d layers of %d heads",
            trace.model(),
            trace.prompt().length(),
            steps.size(),
            trace.layers(),
            trace.headsPerLayer());
    if (masked.length == 0) {
      return line;
    }
    int least = Arrays.stream(masked).min().orElse(0);
    int most = Arrays.stream(masked).max().orElse(0);
    return String.format(
        Locale.ROOT,
        "%s, %s of them masked",
        line,
        least == most ? "" + most : least + " to " + most);
  }
}

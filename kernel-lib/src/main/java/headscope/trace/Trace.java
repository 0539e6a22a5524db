package headscope.trace;

import headscope.failure.Section;
import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * What a generation leaves behind: its tokens and, a step, what every head looked at. Row s is what
 * the model saw when it produced token s: its query is the token before it, for s = 0 the last
 * prompt token.
 *
 * <pre>
 *   Trace trace = model.generate(prompt, Capture.heads());
 *   trace.text();                              // The magic word is 3f9c...
 *   trace.steps().get(0).argmaxIndex();        // where each head looked for the first token
 * </pre>
 *
 * @param model the name of the model
 * @param layers its layers
 * @param headsPerLayer its query heads a layer
 * @param prompt what was continued
 * @param steps a row per generated token, the end token included if it was generated
 * @param clean the discarded first passes of a two-pass run, one a step; else empty
 * @param text the generated text without special tokens; empty without a tokenizer
 * @param tokens the text of each generated token; empty without a tokenizer
 * @param ended whether the last token is an end token, which takes no part in any score
 * @param options what the run was asked for: sink, local, mask, ...
 * @param environment versions and machine
 */
public record Trace(
    String model,
    int layers,
    int headsPerLayer,
    Prompt prompt,
    List<Step> steps,
    List<Step> clean,
    String text,
    List<String> tokens,
    boolean ended,
    Map<String, Object> options,
    Map<String, Object> environment) {

  public Trace {
    steps = List.copyOf(steps);
    clean = List.copyOf(clean);
    tokens = List.copyOf(tokens);
    options = Collections.unmodifiableMap(new LinkedHashMap<>(options));
    environment = Collections.unmodifiableMap(new LinkedHashMap<>(environment));
    if (!clean.isEmpty() && clean.size() != steps.size()) {
      throw Section.TRACE_CONTENT.wrong(
          "a two-pass run has a clean row a step: "
              + steps.size()
              + " steps, "
              + clean.size()
              + " clean rows");
    }
    if (!tokens.isEmpty() && tokens.size() != steps.size()) {
      throw Section.TRACE_CONTENT.wrong(
          "a trace has one text per token: "
              + steps.size()
              + " steps, "
              + tokens.size()
              + " texts");
    }
  }

  /** Query heads in all: layers times heads a layer. */
  public int heads() {
    return layers * headsPerLayer;
  }

  /**
   * How many positions a query of each layer saw, its own the last; 0: all before it. Empty where
   * every layer saw everything.
   */
  public List<Integer> windows() {
    return options.get("windows") instanceof List<?> list
            && list.size() == layers
            && list.stream().allMatch(Number.class::isInstance)
        ? list.stream().map(n -> ((Number) n).intValue()).toList()
        : List.of();
  }

  /** The generated ids, [steps], the end token included if it was generated. */
  public int[] ids() {
    return steps.stream().mapToInt(Step::token).toArray();
  }

  /** The steps that scores count: all but the end token's. */
  public List<Step> counted() {
    return ended ? steps.subList(0, steps.size() - 1) : steps;
  }

  /** The clean rows of {@link #counted()}; empty if the run had one pass. */
  public List<Step> countedClean() {
    return clean.isEmpty() ? clean : clean.subList(0, counted().size());
  }

  /** The token id at a position of prompt and generation. */
  public int tokenAt(int position) {
    return position < prompt.length()
        ? prompt.ids()[position]
        : steps.get(position - prompt.length()).token();
  }

  /**
   * Writes {@code *.trace.safetensors}, format {@code headscope-trace/1}. The file is complete or
   * not there.
   *
   * @throws java.io.UncheckedIOException if it cannot be written
   */
  public void save(Path file) {
    TraceFile.save(this, file);
  }

  /**
   * Reads what {@link #save} wrote.
   *
   * @throws headscope.safetensors.MalformedFileException if it is no whole trace
   * @throws java.io.UncheckedIOException if it cannot be read
   */
  public static Trace load(Path file) {
    return TraceFile.load(file);
  }

  @Override
  public String toString() {
    String said = text.isEmpty() ? "" : ", \"" + text.strip().replaceAll("\\s+", " ") + "\"";
    return String.format(
        Locale.ROOT,
        "Trace[%s, %,d prompt tokens, %d generated%s]",
        model,
        prompt.length(),
        steps.size(),
        said.length() <= 160 ? said : said.substring(0, said.offsetByCodePoints(0, 150)) + "…\"");
  }
}

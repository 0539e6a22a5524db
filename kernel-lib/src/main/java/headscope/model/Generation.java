package headscope.model;

import headscope.failure.Section;
import headscope.head.HeadMask;
import headscope.trace.Capture;
import headscope.trace.Prompt;
import headscope.trace.Spans;
import headscope.trace.Step;
import headscope.trace.Trace;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.stream.IntStream;

/**
 * The loop of every generation: row by row of a batch it asks a {@link Steering} what the next step
 * is masked with and has to say, has a {@link Session} compute it, and keeps what it saw.
 *
 * <pre>
 *   try (Session session = model.session(prompt, Capture.heads())) {
 *     Generation generation = Generation.of(model, session, List.of(prompt), steering);
 *     while (generation.going()) {
 *       generation.advance();
 *     }
 *     generation.rows().get(0).steps();
 *   }
 * </pre>
 */
public final class Generation {
  private final LanguageModel model;
  private final Session session;
  private final Steering steering;
  private final List<LogitsRule> rules;
  private final List<Row> rows;

  private Generation(LanguageModel model, Session session, List<Row> rows, Steering steering) {
    if (rows.size() != session.batch()) {
      throw Section.MODEL_USE.wrong(
          String.format(
              "a session of %d sequences continues a prompt each, got %d",
              session.batch(), rows.size()));
    }
    this.model = model;
    this.session = session;
    this.steering = steering;
    this.rules = steering.rules(model.generationConfig());
    rules.forEach(rule -> rows.forEach(row -> row.acted.put(rule.name(), new ArrayList<>())));
    this.rows = List.copyOf(rows);
    session.observe(steering.observers());
  }

  /**
   * Continues prompts.
   *
   * @param session holds all of each prompt but its last token; it stays the caller's to close
   * @param prompts one for each sequence of the session
   */
  public static Generation of(
      LanguageModel model, Session session, List<Prompt> prompts, Steering steering) {
    List<Row> rows =
        IntStream.range(0, prompts.size())
            .mapToObj(b -> new Row(b, prompts.get(b), new int[0]))
            .toList();
    return new Generation(model, session, rows, steering);
  }

  /**
   * Goes on with a prompt behind tokens that were generated before.
   *
   * @param session of batch 1, holds the prompt and these tokens but for the last of them
   * @param generated [tokens], those of the answer that are there already
   */
  public static Generation behind(
      LanguageModel model, Session session, Prompt prompt, int[] generated, Steering steering) {
    return new Generation(model, session, List.of(new Row(0, prompt, generated)), steering);
  }

  /** One sequence of the batch: a prompt and what was generated behind it. */
  public static final class Row {
    private final int index;
    private final Prompt prompt;
    private final int[] before;
    private final List<Step> steps = new ArrayList<>();
    private final List<Step> clean = new ArrayList<>();
    private final Map<String, List<Long>> acted = new LinkedHashMap<>();
    private Set<LogitsRule> acting = Set.of();
    private Optional<Step> seen = Optional.empty();
    private boolean ended;
    private boolean stopped;

    private Row(int index, Prompt prompt, int[] before) {
      this.index = index;
      this.prompt = prompt;
      this.before = before.clone();
    }

    /** Its place in the batch. */
    public int index() {
      return index;
    }

    /** What is continued. */
    public Prompt prompt() {
      return prompt;
    }

    /** The step that comes next, from 0; before the first one, how many tokens were there. */
    public int step() {
      return before.length + steps.size();
    }

    /** The steps that were taken. */
    public List<Step> steps() {
      return Collections.unmodifiableList(steps);
    }

    /** The unmasked passes of these steps that were thrown away; empty if none were asked for. */
    public List<Step> clean() {
      return Collections.unmodifiableList(clean);
    }

    /** The unmasked pass of the step that comes next, while its mask is asked for. */
    public Optional<Step> seen() {
      return seen;
    }

    /** The step taken last. */
    public Step last() {
      return steps.get(steps.size() - 1);
    }

    /** Whether its last token is an end token that ends it. */
    public boolean ended() {
      return ended;
    }

    private boolean going() {
      return !ended && !stopped;
    }

    private int token() {
      return steps.isEmpty() ? lastBefore() : last().token();
    }

    private LogitsRule.At at(Spans hidden, int maxNewTokens) {
      int[] visible =
          IntStream.range(0, prompt.length())
              .filter(i -> !hidden.contains(i))
              .map(i -> prompt.ids()[i])
              .toArray();
      IntStream generated =
          IntStream.concat(Arrays.stream(before), steps.stream().mapToInt(Step::token));
      int[] ids = IntStream.concat(Arrays.stream(visible), generated).toArray();
      return new LogitsRule.At(ids, visible.length, maxNewTokens);
    }

    private int lastBefore() {
      return before.length > 0 ? before[before.length - 1] : prompt.ids()[prompt.length() - 1];
    }
  }

  /** The sequences of the batch, in order. */
  public List<Row> rows() {
    return rows;
  }

  /** Whether a row has a step to take: not at its end, below the limits of tokens and positions. */
  public boolean going() {
    return session.hasRoom()
        && rows.stream().anyMatch(r -> r.going() && r.step() < steering.maxNewTokens());
  }

  /**
   * Takes one step in every row that has not ended.
   *
   * @return the rows that took it
   * @throws IllegalArgumentException if the model has no position for it
   * @throws java.util.concurrent.CancellationException if the thread was interrupted
   */
  public List<Row> advance() {
    List<Row> due = rows.stream().filter(Row::going).toList();
    if (due.isEmpty()) {
      throw Section.MODEL_USE.failed("every sequence of the batch has ended");
    }
    int[] tokens = rows.stream().mapToInt(Row::token).toArray();
    List<Step> steps = List.of();
    if (steering.looksFirst()) {
      steps =
          session.step(
              tokens,
              Collections.nCopies(tokens.length, HeadMask.none()),
              rows.stream().map(this::own).toList());
      for (Row row : due) {
        row.seen = Optional.of(steps.get(row.index));
      }
    }
    List<HeadMask> masks =
        rows.stream().map(r -> r.going() ? steering.mask(r) : HeadMask.none()).toList();
    List<OptionalInt> forced =
        rows.stream().map(r -> r.going() ? steering.forced(r) : OptionalInt.empty()).toList();
    boolean other =
        masks.stream().anyMatch(m -> !m.isEmpty())
            || forced.stream().anyMatch(OptionalInt::isPresent);
    if (steps.isEmpty() || other) {
      session.rollBack(steps.isEmpty() ? 0 : 1);
      steps = session.step(tokens, masks, rows.stream().map(r -> choice(forced, r)).toList());
    }
    for (Row row : due) {
      take(row, steps.get(row.index));
    }
    return due;
  }

  private Choice choice(List<OptionalInt> forced, Row row) {
    OptionalInt token = forced.get(row.index);
    row.acting = Set.of();
    return token.isPresent() ? Choice.of(token.getAsInt()) : own(row);
  }

  /** The token that the model takes by itself, under the rules of this generation. */
  private Choice own(Row row) {
    if (rules.isEmpty() || !row.going()) {
      return Choice.mostLikely();
    }
    Set<LogitsRule> acting = new LinkedHashSet<>();
    row.acting = acting;
    return new Choice.Ruled(
        rules, row.at(session.hidden().get(row.index), steering.maxNewTokens()), acting::add);
  }

  private void take(Row row, Step step) {
    row.acting.forEach(rule -> row.acted.get(rule.name()).add((long) row.step()));
    row.steps.add(step);
    row.seen.ifPresent(row.clean::add);
    row.seen = Optional.empty();
    row.ended =
        !steering.ignoresEndTokens() && model.generationConfig().endTokens().contains(step.token());
    row.stopped = steering.stops(row);
  }

  /** What a row leaves behind, with the options of the run. */
  public Trace trace(Row row, RunOptions options) {
    int[] ids = row.steps.stream().mapToInt(Step::token).toArray();
    Capture capture = session.capture();
    LoadOptions load = model.options();
    Map<String, Object> all = new LinkedHashMap<>();
    all.put("sink", (long) capture.sink());
    all.put("local", (long) capture.local());
    all.put("hidden", capture.hidden().name().toLowerCase(Locale.ROOT));
    all.putAll(capture.recorded());
    all.put("dtype", load.dtype().toString());
    all.put("device", load.device());
    all.put("chunk", (long) load.chunk());
    if (!model.config().windows().isEmpty()) {
      all.put("windows", model.config().windows().stream().map(Integer::longValue).toList());
    }
    all.putAll(model.adaptation());
    all.putAll(options.recorded());
    if (load.ignoreGenerationConfig()) {
      all.put("generationConfig", "ignored");
    }
    if (!rules.isEmpty()) {
      all.put("rules", row.acted);
    }
    return new Trace(
        model.name(),
        model.config().layers(),
        model.config().heads(),
        row.prompt,
        row.steps,
        row.clean,
        model.hasTokenizer() ? model.tokenizer().decode(ids) : "",
        model.hasTokenizer() ? model.tokenizer().decodeEach(ids) : List.of(),
        row.ended,
        all,
        model.environment());
  }
}

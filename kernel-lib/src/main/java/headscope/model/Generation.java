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
import java.util.HashMap;
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
 * The loop of every generation. Its rows, of any prompts, lengths and ways to go on, advance
 * together, a step each: it asks the {@link Steering} of every row what the next step is masked
 * with and has to say, has their {@link Session}s compute it in one pass, and keeps what they saw.
 * What prompts have in common up to the first differing token is computed and held once; a row that
 * has ended frees what it alone holds, and costs nothing from then on.
 *
 * <pre>
 *   List&lt;Continuation&gt; rows =
 *       trials.stream().map(t -> Continuation.of(t.prompt(), how, Capture.heads())).toList();
 *   try (Generation generation = Generation.of(model, rows)) {
 *     while (generation.going()) {
 *       generation.advance();
 *     }
 *     generation.rows().get(0).steps();
 *   }
 * </pre>
 *
 * <p>Rows are asked in their order, so that one may look at what those before it decided for the
 * same step.
 */
public final class Generation implements AutoCloseable {
  /** The fewest rows of a lane: products over fewer take nearly as long. */
  private static final int LANE_ROWS = 4;

  /**
   * Where rows hold much, what passes leave behind, up to 100 MB, is given back every so many
   * steps.
   */
  private static final int TRIM_STEPS = 16;

  private static final long MUCH_BYTES = 256L << 20;

  private final LanguageModel model;
  private final List<Row> rows;
  private final List<Session> sessions;
  private final Footprint footprint;
  private final boolean owned;
  private int advanced;

  private Generation(
      LanguageModel model,
      List<Row> rows,
      List<Session> sessions,
      Footprint footprint,
      boolean owned) {
    this.model = model;
    this.footprint = footprint;
    this.rows = List.copyOf(rows);
    this.sessions = List.copyOf(sessions);
    this.owned = owned;
    rows.forEach(row -> sessions.get(row.index).observe(row.steering().observers(), row.index));
    rows.forEach(this::settle);
  }

  /**
   * Continues prompts; computes all of each but its last token.
   *
   * @param continuations the rows
   * @throws IllegalArgumentException if a prompt, a head or a span does not fit the model
   * @throws java.util.concurrent.CancellationException if the thread was interrupted
   */
  public static Generation of(LanguageModel model, List<Continuation> continuations) {
    PromptTree tree = tree(model, continuations);
    List<Row> rows =
        IntStream.range(0, continuations.size())
            .mapToObj(i -> new Row(i, continuations.get(i), new int[0], model.generationConfig()))
            .toList();
    List<Session> sessions = tree.open(model.network());
    return new Generation(model, rows, sessions, tree.footprint(), true);
  }

  /** Continues the prompt of a session, which stays the caller's to close. */
  public static Generation of(LanguageModel model, Session session, Steering steering) {
    return behind(model, session, new int[0], steering);
  }

  /**
   * Goes on in a session behind tokens that were generated before.
   *
   * @param session holds its prompt and these tokens but for the last of them; it stays the
   *     caller's to close
   * @param generated [tokens], those of the answer that are there already
   */
  public static Generation behind(
      LanguageModel model, Session session, int[] generated, Steering steering) {
    return behind(model, List.of(session), List.of(generated), List.of(steering));
  }

  /**
   * Goes on in several sessions, which advance together, behind tokens that were generated before.
   *
   * @param sessions each holds its prompt and its tokens but for the last of them; they stay the
   *     caller's to close
   * @param generated for each session [tokens], those of the answer that are there already
   * @param steerings for each session what decides over it
   */
  public static Generation behind(
      LanguageModel model,
      List<Session> sessions,
      List<int[]> generated,
      List<? extends Steering> steerings) {
    int count = sessions.size();
    if (count == 0 || generated.size() != count || steerings.size() != count) {
      throw Section.MODEL_USE.wrong(
          String.format(
              "one session or more goes on, each behind its own tokens and under its own steering;"
                  + " got %d, %d, %d",
              count, generated.size(), steerings.size()));
    }
    List<Row> rows =
        IntStream.range(0, count)
            .mapToObj(
                i -> {
                  Session s = sessions.get(i);
                  Continuation row =
                      new Continuation(
                          s.prompt(), steerings.get(i), s.capture(), HeadMask.none(), s.hidden());
                  return new Row(i, row, generated.get(i), model.generationConfig());
                })
            .toList();
    Footprint footprint =
        new PromptTree(model.config(), rows.stream().map(r -> r.of).toList()).footprint();
    return new Generation(model, rows, sessions, footprint, false);
  }

  /**
   * What it takes to compute and hold some rows together, without computing anything.
   *
   * @throws IllegalArgumentException if a prompt, a head or a span does not fit the model
   */
  public static Footprint footprint(LanguageModel model, List<Continuation> continuations) {
    return tree(model, continuations).footprint();
  }

  private static PromptTree tree(LanguageModel model, List<Continuation> continuations) {
    if (continuations.isEmpty()) {
      throw Section.MODEL_USE.wrong("at least one prompt is continued, got none");
    }
    continuations.forEach(model::checkFits);
    return new PromptTree(model.config(), continuations);
  }

  /** One of the sequences: a prompt and what was generated behind it. */
  public static final class Row {
    private final int index;
    private final Continuation of;
    private final int[] before;
    private final List<LogitsRule> rules;
    private final List<Step> steps = new ArrayList<>();
    private final List<Step> clean = new ArrayList<>();
    private final Map<String, List<Long>> acted = new LinkedHashMap<>();
    private Set<LogitsRule> acting = Set.of();
    private Optional<Step> seen = Optional.empty();
    private boolean ended;
    private boolean going = true;

    private Row(int index, Continuation of, int[] before, GenerationConfig config) {
      this.index = index;
      this.of = of;
      this.before = before.clone();
      this.rules = of.steering().rules(config);
      rules.forEach(rule -> acted.put(rule.name(), new ArrayList<>()));
    }

    @Override
    public String toString() {
      return "Row[" + index + ", step " + step() + (ended ? ", ended]" : "]");
    }

    /** Its place among the rows. */
    public int index() {
      return index;
    }

    /** What is continued. */
    public Prompt prompt() {
      return of.prompt();
    }

    /** The step that comes next, from 0; before the first one, how many tokens were there. */
    public int step() {
      return before.length + steps.size();
    }

    /** The steps that were taken. */
    public List<Step> steps() {
      return Collections.unmodifiableList(steps);
    }

    /**
     * The unmasked passes of these steps that were thrown away; empty if it does not look first.
     */
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

    /** Whether it takes another step. */
    public boolean going() {
      return going;
    }

    private Steering steering() {
      return of.steering();
    }

    private int token() {
      return steps.isEmpty() ? lastBefore() : last().token();
    }

    private LogitsRule.At at(Spans hidden) {
      int[] visible =
          IntStream.range(0, prompt().length())
              .filter(i -> !hidden.contains(i))
              .map(i -> prompt().ids()[i])
              .toArray();
      IntStream generated =
          IntStream.concat(Arrays.stream(before), steps.stream().mapToInt(Step::token));
      int[] ids = IntStream.concat(Arrays.stream(visible), generated).toArray();
      return new LogitsRule.At(ids, visible.length, of.steering().maxNewTokens());
    }

    private int lastBefore() {
      return before.length > 0 ? before[before.length - 1] : prompt().ids()[prompt().length() - 1];
    }
  }

  /** The rows, in order. */
  public List<Row> rows() {
    return rows;
  }

  /** What its rows take in all. */
  public Footprint footprint() {
    return footprint;
  }

  /** Whether a row has a step to take: not at its end, below the limits of tokens and positions. */
  public boolean going() {
    return rows.stream().anyMatch(Row::going);
  }

  /**
   * Takes one step in every row that has one to take.
   *
   * @return the rows that took it
   * @throws IllegalStateException if no row is going
   * @throws java.util.concurrent.CancellationException if the thread was interrupted
   */
  public List<Row> advance() {
    List<Row> due = rows.stream().filter(Row::going).toList();
    if (due.isEmpty()) {
      throw Section.MODEL_USE.failed("every row has ended");
    }
    due.forEach(this::forgetHalfAStep);
    spread(due);
    List<Row> looking = due.stream().filter(r -> r.steering().looksFirst(r)).toList();
    Map<Row, Step> steps = new HashMap<>();
    if (!looking.isEmpty()) {
      List<HeadMask> clean = Collections.nCopies(looking.size(), HeadMask.none());
      compute(looking, clean, looking.stream().map(this::own).toList(), steps);
      looking.forEach(row -> row.seen = Optional.of(steps.get(row)));
    }
    List<Row> computed = new ArrayList<>();
    List<HeadMask> masks = new ArrayList<>();
    List<Choice> choices = new ArrayList<>();
    for (Row row : due) {
      HeadMask mask = row.steering().mask(row);
      OptionalInt forced = row.steering().forced(row);
      boolean looked = row.seen.isPresent();
      if (!looked || !mask.isEmpty() || forced.isPresent()) {
        sessions.get(row.index).rollBack(looked ? 1 : 0);
        computed.add(row);
        masks.add(mask);
        row.acting = Set.of();
        choices.add(forced.isPresent() ? Choice.of(forced.getAsInt()) : own(row));
      }
    }
    if (!computed.isEmpty()) {
      compute(computed, masks, choices, steps);
    }
    due.forEach(row -> take(row, steps.get(row)));
    if (++advanced % TRIM_STEPS == 0 && footprint.keyValueBytes() > MUCH_BYTES) {
      NativeHeap.trim();
    }
    return due;
  }

  /** After an interrupt between the two passes of a step the first of them is taken back. */
  private void forgetHalfAStep(Row row) {
    Session session = sessions.get(row.index);
    session.rollBack(session.nextStep() - row.step());
    row.seen = Optional.empty();
  }

  /**
   * Has rows advance side by side, as many in each lane, those that share a prompt in one, and what
   * the rows of a lane add lie together: passes over parts of them find it so.
   */
  private void spread(List<Row> due) {
    List<Session> all = due.stream().map(r -> sessions.get(r.index)).toList();
    boolean watched = due.stream().anyMatch(Generation::isWatched);
    int most = watched ? 1 : Math.min(model.network().kernels().lanes(), all.size() / LANE_ROWS);
    int lanes = Math.max(1, most);
    int[] rows = new int[lanes];
    boolean known = all.stream().allMatch(s -> s.lane() < lanes);
    all.stream().filter(s -> s.lane() < lanes).forEach(s -> rows[s.lane()]++);
    // to move a row copies what its lane added: rows stay until a lane has half as many more
    if (!known || 2 * lanes * Arrays.stream(rows).max().orElseThrow() > 3 * all.size()) {
      RowLookup.spread(all, lanes);
    }
    Session.join(all);
  }

  /** Whether somebody sees it whose code may not be made for several threads. */
  private static boolean isWatched(Row row) {
    return !row.steering().observers().isEmpty() || !row.of.capture().measures().isEmpty();
  }

  private void compute(
      List<Row> some, List<HeadMask> masks, List<Choice> choices, Map<Row, Step> into) {
    List<Step> steps =
        Session.step(
            some.stream().map(r -> sessions.get(r.index)).toList(),
            some.stream().mapToInt(Row::token).toArray(),
            masks,
            choices);
    for (int i = 0; i < some.size(); i++) {
      into.put(some.get(i), steps.get(i));
    }
  }

  /** The token that the model takes by itself, under the rules of the row. */
  private Choice own(Row row) {
    if (row.rules.isEmpty()) {
      return Choice.mostLikely();
    }
    Set<LogitsRule> acting = new LinkedHashSet<>();
    row.acting = acting;
    return new Choice.Ruled(row.rules, row.at(sessions.get(row.index).hidden()), acting::add);
  }

  private void take(Row row, Step step) {
    row.acting.forEach(rule -> row.acted.get(rule.name()).add((long) row.step()));
    row.steps.add(step);
    row.seen.ifPresent(row.clean::add);
    row.seen = Optional.empty();
    row.ended =
        !row.steering().ignoresEndTokens()
            && model.generationConfig().endTokens().contains(step.token());
    row.going = !row.steering().stops(row) && !row.ended;
    settle(row);
  }

  /** Lets go of a row that takes no more steps. */
  private void settle(Row row) {
    Session session = sessions.get(row.index);
    row.going &= row.step() < row.steering().maxNewTokens() && session.hasRoom();
    if (!row.going && owned) {
      session.close();
    }
  }

  /** What a row leaves behind, with the options of the run. */
  public Trace trace(Row row, RunOptions options) {
    int[] ids = row.steps.stream().mapToInt(Step::token).toArray();
    Capture capture = row.of.capture();
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
    if (!row.rules.isEmpty()) {
      all.put("rules", row.acted);
    }
    return new Trace(
        model.name(),
        model.config().layers(),
        model.config().heads(),
        row.prompt(),
        row.steps,
        row.clean,
        model.hasTokenizer() ? model.tokenizer().decode(ids) : "",
        model.hasTokenizer() ? model.tokenizer().decodeEach(ids) : List.of(),
        row.ended,
        all,
        model.environment());
  }

  @Override
  public String toString() {
    return "Generation[" + rows.size() + " rows, " + (going() ? "going on]" : "ended]");
  }

  /** Frees what the rows hold; what they saw stays. */
  @Override
  public void close() {
    if (owned) {
      sessions.forEach(Session::close);
    }
  }
}

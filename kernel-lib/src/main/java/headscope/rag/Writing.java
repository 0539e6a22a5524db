package headscope.rag;

import headscope.head.HeadMask;
import headscope.head.HeadSet;
import headscope.model.Generation;
import headscope.model.LanguageModel;
import headscope.model.Session;
import headscope.model.Steering;
import headscope.task.SentenceEnd;
import headscope.trace.Capture;
import headscope.trace.Prompt;
import headscope.trace.Spans;
import headscope.trace.Step;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * One answer being written, one way: fed with what the row of its last token saw, it adds the next
 * token, ends its drafts, and looks up what they need.
 */
final class Writing implements Steering, AutoCloseable {
  private enum State {
    /** The row of its last token is to be computed. */
    WRITING,
    /** Its draft triggered, and how much it may show is not known yet. */
    WAITING,
    ENDED
  }

  private final DynamicRag way;
  private final Prefill prefill;
  private final LanguageModel model;
  private final Prompt prompt;
  private final Spans context;

  /** All ways of this prompt. */
  private final List<Writing> others;

  private final List<Draft> drafts = new ArrayList<>();

  /** The ids of the prompt and of what is kept. */
  private final List<Integer> tokens = new ArrayList<>();

  /** Sees of the context what is visible. */
  private Session session;

  private Spans visible = Spans.none();
  private String text = "";
  private State state = State.WRITING;

  /** How often it went back to see something else. */
  private int shows;

  // The draft: steps.get(i) chose its token i.
  private List<Step> steps = new ArrayList<>();
  private List<String> pieces = new ArrayList<>();
  private String done = "";
  private int rewriting;
  private boolean ended;

  /** Whether the draft has its last token, whose row is still to be seen. */
  private boolean whole;

  /** RIND of a draft that waits. */
  private List<Rind.Word> words = List.of();

  private int trigger = -1;

  Writing(DynamicRag way, Prefill prefill, List<Writing> others) {
    this.way = way;
    this.prefill = prefill;
    this.model = prefill.model();
    this.prompt = prefill.prompt();
    this.context = prompt.span(Prompt.CONTEXT);
    this.others = others;
    for (int id : prompt.ids()) {
      tokens.add(id);
    }
    if (way.selector() instanceof HeadSelector.None none && none.contextVisible()) {
      visible = context;
      session = prefill.whole(none.watched());
    } else {
      session = prefill.hidden();
    }
  }

  @Override
  public HeadMask mask(Generation.Row row) {
    return HeadMask.none();
  }

  @Override
  public int maxNewTokens() {
    return way.maxTokens();
  }

  Session session() {
    return session;
  }

  /** The tokens behind the prompt, those of the draft among them. */
  int[] generated() {
    List<Integer> all = new ArrayList<>(tokens.subList(prompt.length(), tokens.size()));
    steps.forEach(step -> all.add(step.token()));
    return Prefill.array(all);
  }

  /** Whether the row of its last token is to be computed. */
  boolean writes() {
    return state == State.WRITING;
  }

  private int kept() {
    return tokens.size() - prompt.length();
  }

  /**
   * Takes what the row of the last token saw.
   *
   * @return whether it goes on behind these tokens in the same session
   */
  boolean take(Step seen) {
    int before = shows;
    if (whole) {
      end(Optional.of(seen));
    } else {
      add(seen);
    }
    return state == State.WRITING && shows == before;
  }

  /** At the limit of tokens RIND still looks at the row of the last one. */
  void takeLast() {
    int last = steps.isEmpty() ? tokens.get(tokens.size() - 1) : last(steps).token();
    take(session.step(last, HeadMask.none()));
  }

  private static <T> T last(List<T> list) {
    return list.get(list.size() - 1);
  }

  /** Adds the token that a step chose to the draft. */
  private void add(Step step) {
    steps.add(step);
    String now = model.tokenizer().decode(generated(), false);
    // a character split over several tokens is added by its last one
    boolean complete = !now.endsWith("\ufffd") && now.startsWith(done);
    pieces.add(complete ? now.substring(done.length()) : "");
    done = complete ? now : done;
    ended = model.generationConfig().endTokens().contains(step.token());
    if (ended || !session.hasRoom()) {
      end(Optional.empty());
    } else {
      whole = kept() + steps.size() >= way.maxTokens() || SentenceEnd.isAt(last(pieces));
    }
  }

  /**
   * Ends the draft.
   *
   * @param next what the row of its last token saw; none where there is no such row
   */
  private void end(Optional<Step> next) {
    words = List.of();
    trigger = -1;
    Finder finder = way.selector();
    boolean watched = finder instanceof HeadSelector.None none && none.watched();
    if ((finder.retrieves() || watched) && rewriting <= way.rechecks()) {
      int n = steps.size() - (ended ? 1 : 0);
      words = words(pieces.subList(0, n), next);
      trigger = finder.retrieves() ? way.rind().trigger(words) : -1;
    }
    if (trigger >= 0) {
      state = State.WAITING;
      retrieveIfKnown();
    } else {
      keep(next);
    }
  }

  private Draft draft(Optional<Retrieval> retrieval) {
    return new Draft(
        steps.stream().mapToInt(Step::token).toArray(),
        pieces,
        visible,
        rewriting,
        words,
        trigger,
        retrieval,
        ended);
  }

  private void begin(int rewritten) {
    steps = new ArrayList<>();
    pieces = new ArrayList<>();
    done = text;
    rewriting = rewritten;
    ended = false;
    whole = false;
    state = State.WRITING;
  }

  private void keep(Optional<Step> next) {
    drafts.add(draft(Optional.empty()));
    steps.forEach(step -> tokens.add(step.token()));
    text += String.join("", pieces);
    if (ended || next.isEmpty() || kept() >= way.maxTokens()) {
      state = State.ENDED;
      session.close();
      return;
    }
    boolean closes =
        way.selector().retrieves()
            && way.closing() != DynamicRag.Closing.NEVER
            && (rewriting == 0 || way.closing() == DynamicRag.Closing.AFTER_REWRITING);
    begin(0);
    if (closes && !visible.isEmpty()) {
      show(Spans.none());
    } else {
      add(next.get());
    }
  }

  /** Drops the draft and opens windows, if it is known how much they may show. */
  void retrieveIfKnown() {
    if (state != State.WAITING) {
      return;
    }
    int before = retrievals().size();
    Optional<Writing> leader =
        way.tokensOf()
            .flatMap(
                name ->
                    others.stream()
                        .filter(w -> w.way.tokensOf().isEmpty())
                        .filter(w -> w.way.selector().name().equals(name))
                        .findFirst());
    if (leader.isPresent() && !leader.get().hasShown(before)) {
      return;
    }
    OptionalInt most = leader.map(w -> w.shownAt(before)).orElse(OptionalInt.empty());
    Retrieval retrieval = retrieve(before, most);
    drafts.add(draft(Optional.of(retrieval)));
    int again = rewriting + 1;
    begin(again);
    show(retrieval.passages().windows());
  }

  private List<Retrieval> retrievals() {
    return drafts.stream().flatMap(d -> d.retrieval().stream()).toList();
  }

  /** Whether it is known how much it shows at a retrieval, or will never be. */
  private boolean hasShown(int retrieval) {
    return state == State.ENDED || retrievals().size() > retrieval;
  }

  /** Tokens that it showed at a retrieval; none if it had no retrieval at all. */
  private OptionalInt shownAt(int retrieval) {
    List<Retrieval> all = retrievals();
    return all.isEmpty()
        ? OptionalInt.empty()
        : OptionalInt.of(all.get(retrieval % all.size()).passages().windows().length());
  }

  /** Goes back to the end of what is kept, with these windows of the context visible. */
  private void show(Spans windows) {
    int last = tokens.size() - 1;
    if (windows.isEmpty()) {
      session.close();
      session = prefill.hidden();
      session.append(Prefill.array(tokens.subList(session.length(), last)));
    } else {
      session.rollBack(session.length() - last);
      session.hide(context.minus(windows));
    }
    visible = windows;
    shows++;
  }

  private List<Rind.Word> words(List<String> texts, Optional<Step> next) {
    int n = texts.size();
    double[] entropies = new double[n];
    for (int i = 0; i < n; i++) {
      entropies[i] = steps.get(i).entropy();
    }
    // the row of token i chose token i + 1; without room the last token has none
    List<Step> rows = new ArrayList<>(steps.subList(Math.min(1, n), steps.size()));
    next.ifPresent(rows::add);
    int from = tokens.size();
    if (way.rind().form() == Rind.Form.DRAGIN) {
      rows = alone(steps.stream().limit(n).mapToInt(Step::token).toArray());
      from = 0;
    }
    double[][][] attention = new double[prefill.lastLayer().size()][n][n];
    for (int row = 0; row < Math.min(n, rows.size()); row++) {
      int h = 0;
      for (float[] seen : rows.get(row).rows().values()) { // heads in order
        for (int key = 0; key <= row; key++) {
          attention[h][row][key] = seen[from + key];
        }
        h++;
      }
    }
    return way.rind().words(texts, entropies, attention);
  }

  /** The rows of a draft that stands alone, from position 0 on. */
  private List<Step> alone(int[] ids) {
    List<Step> rows = new ArrayList<>();
    if (ids.length > 0) {
      try (Session alone =
          model.session(Prompt.ofIds(ids[0]), Capture.tokens().withRows(prefill.lastLayer()))) {
        for (int id : ids) {
          rows.add(alone.step(id, HeadMask.none()));
        }
      }
    }
    return rows;
  }

  /** Asks where the context holds what the sentence, or its flagged word, needs. */
  private Retrieval retrieve(int before, OptionalInt most) {
    List<Integer> all = new ArrayList<>(tokens);
    if (way.retriever().query() == InContextRetriever.Query.BEFORE_WORD) {
      int flagged = words.get(trigger).from();
      steps.stream().limit(flagged).forEach(step -> all.add(step.token()));
    }
    int query = all.size() - 1;
    if (way.selector() instanceof PassageFinder finder) {
      OptionalInt tokens =
          most.isEmpty() && finder.needsTokens()
              ? OptionalInt.of(2 * way.retriever().radius()) // nobody has shown anything
              : most;
      return new Retrieval(
          query,
          HeadSet.empty(),
          finder.passages(
              new PassageFinder.Asked(prompt, known(), before, way.retriever(), tokens)));
    }
    Step seen = prefill.seenFrom(all);
    HeadSet asked =
        ((HeadSelector) way.selector())
            .heads(
                new HeadSelector.At(
                    before, seen.hidden(), model.config().layers(), model.config().heads()));
    double[] weights = new double[all.size()];
    asked.forEach(
        head -> {
          float[] row = seen.rows().get(head);
          for (int i = 0; i < weights.length; i++) {
            weights[i] += (double) row[i] / asked.size();
          }
        });
    return new Retrieval(
        query,
        asked,
        most.isPresent()
            ? way.retriever().passages(weights, context, most.getAsInt())
            : way.retriever().passages(weights, context));
  }

  /** The question, and what has been written so far, the draft included. */
  private String known() {
    Spans question = prompt.span(Prompt.QUESTION);
    List<String> texts = prompt.texts();
    StringBuilder words = new StringBuilder();
    question.list().forEach(s -> words.append(String.join("", texts.subList(s.from(), s.to()))));
    return words + " " + text + String.join("", pieces);
  }

  /** What was done. */
  RagRun run() {
    int[] answer = Prefill.array(tokens.subList(prompt.length(), tokens.size()));
    Map<String, Object> options = way.options();
    options.put("model", model.name());
    options.put("dtype", model.options().dtype().toString());
    options.putAll(model.choosing());
    return new RagRun(prompt, drafts, model.tokenizer().decode(answer), options);
  }

  @Override
  public void close() {
    session.close();
  }
}

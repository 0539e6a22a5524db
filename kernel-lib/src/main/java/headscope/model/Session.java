package headscope.model;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.NDScope;
import ai.djl.ndarray.types.Shape;
import headscope.failure.Section;
import headscope.head.HeadMask;
import headscope.trace.Attribution;
import headscope.trace.Capture;
import headscope.trace.Prompt;
import headscope.trace.Spans;
import headscope.trace.Step;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import java.util.stream.IntStream;

/**
 * A generation in progress, row by row: what every experiment is built of. It holds the prompt but
 * for its last token from the start; each {@link #step} then computes one row. Rows can be taken
 * back, the whole can be forked, and positions can be hidden and shown again.
 *
 * <pre>
 *   try (Session session = model.session(prompt, Capture.heads())) {
 *     Step clean = session.step(prompt.ids()[prompt.length() - 1], HeadMask.none());
 *     session.rollBack(1);                                          // first pass thrown away
 *     Step kept = session.step(prompt.ids()[prompt.length() - 1], HeadMask.zero(heads));
 *   }
 * </pre>
 *
 * <p>A session and its forks belong to one thread. An interrupt leaves it whole: the next step
 * makes up for what was not computed. Batches hold sequences of one length.
 *
 * <p>One class of some length: stepping, going back, forking and hiding keep the same cache in step
 * with the same rows.
 */
public final class Session implements AutoCloseable {
  /** Added to the score of a hidden key: finite, so that a row which sees nothing stays finite. */
  private static final float HIDDEN_SCORE = -1e30f;

  /** The most new positions that are made room for beforehand; caches grow by themselves. */
  private static final int ROOM = 1024;

  /** One computed position: an id a sequence, and the masks it was computed with. */
  private record Position(int[] ids, List<HeadMask> masks) {}

  private final Network network;
  private final Capture capture;
  private List<Prompt> prompts;
  private List<Map<String, Spans>> spans;
  private final int promptLength;
  private final KvCache cache;
  private final List<Position> computed = new ArrayList<>();
  private List<Observer> observers = List.of();
  private boolean everyRow;
  private List<Spans> hidden;
  private NDArray hiddenScores;

  /** The sequence length for whose rotary frequencies the cache was computed. */
  private int ropeLength;

  private boolean closed;

  Session(
      Network network,
      List<Prompt> prompts,
      Capture capture,
      HeadMask prefillMask,
      List<Spans> hidden,
      int newTokens) {
    this.network = network;
    this.capture = capture;
    this.promptLength = prompts.get(0).length();
    this.prompts = List.copyOf(prompts);
    this.spans = prompts.stream().map(Prompt::spans).toList();
    this.hidden = List.copyOf(hidden);
    this.cache = new KvCache(network.kernels(), network.config(), prompts.size());
    capture.rows().checkWithin(network.config().layers(), network.config().heads());
    for (Prompt prompt : prompts) {
      checkPrompt(prompt);
    }
    List<HeadMask> masks = Collections.nCopies(prompts.size(), prefillMask);
    for (int i = 0; i < promptLength; i++) {
      int position = i;
      computed.add(
          new Position(prompts.stream().mapToInt(p -> p.ids()[position]).toArray(), masks));
    }
    computed.remove(promptLength - 1); // its row is step 0
    cache.expect(
        Math.min(promptLength + Math.min(newTokens, ROOM), network.config().maxPositions()));
    try {
      compute(0, promptLength);
    } catch (Throwable e) {
      close();
      throw e;
    }
  }

  private Session(Session base, int batch) {
    this.network = base.network;
    this.capture = base.capture;
    this.promptLength = base.promptLength;
    this.prompts = spread(base.prompts, batch);
    this.spans = spread(base.spans, batch);
    this.hidden = spread(base.hidden, batch);
    this.cache = base.cache.fork(batch);
    this.ropeLength = base.ropeLength;
    for (Position p : base.computed) {
      computed.add(
          base.batch() == batch
              ? p
              : new Position(
                  IntStream.range(0, batch).map(b -> p.ids()[0]).toArray(),
                  spread(p.masks(), batch)));
    }
  }

  private static <T> List<T> spread(List<T> list, int batch) {
    return list.size() == batch ? list : Collections.nCopies(batch, list.get(0));
  }

  private void checkPrompt(Prompt prompt) {
    if (prompt.length() != promptLength) {
      throw Section.MODEL_USE.wrong(
          "the prompts of a batch have one length, got "
              + promptLength
              + " and "
              + prompt.length()
              + " tokens");
    }
    if (promptLength > network.config().maxPositions()) {
      throw Section.MODEL_USE.wrong(
          String.format(
              "the prompt has %d tokens, the model has %d positions; shorten the context",
              promptLength, network.config().maxPositions()));
    }
    Arrays.stream(prompt.ids()).forEach(this::checkId);
  }

  private void checkId(int id) {
    if (id < 0 || id >= network.config().vocabulary()) {
      throw Section.MODEL_USE.wrong(
          "token id "
              + id
              + " is outside the vocabulary of "
              + network.config().vocabulary()
              + " ids");
    }
  }

  /** Sequences that are computed together. */
  public int batch() {
    return cache.batch();
  }

  /** The positions that each sequence does not see. */
  List<Spans> hidden() {
    return hidden;
  }

  /** What is recorded of each step. */
  Capture capture() {
    return capture;
  }

  /** Positions computed so far. */
  public int length() {
    return computed.size();
  }

  /** The step whose row comes next: 0 for the last prompt token. */
  public int nextStep() {
    return computed.size() - (promptLength - 1);
  }

  /** Whether the model has a position for one more row. */
  public boolean hasRoom() {
    return computed.size() < network.config().maxPositions();
  }

  /** Computes the row of a token in a session of batch 1; its step's token is the most likely. */
  public Step step(int token, HeadMask mask) {
    return step(token, mask, Choice.mostLikely());
  }

  /** Computes the row of a token in a session of batch 1, and chooses the token behind it. */
  public Step step(int token, HeadMask mask, Choice choice) {
    return step(new int[] {token}, List.of(mask), List.of(choice)).get(0);
  }

  /**
   * Computes the next row of every sequence, given the last token of each, [batch]; the tokens of
   * the step are the most likely ones.
   */
  public List<Step> step(int[] tokens, List<HeadMask> masks) {
    return step(tokens, masks, Collections.nCopies(masks.size(), Choice.mostLikely()));
  }

  /**
   * Computes the next row of every sequence.
   *
   * @param tokens [B], the tokens whose rows are computed
   * @param masks a mask for each sequence
   * @param choices how the token of each is chosen
   * @return what each row saw
   * @throws IllegalArgumentException if the model has no position or head for it
   * @throws CancellationException if the thread was interrupted
   */
  public List<Step> step(int[] tokens, List<HeadMask> masks, List<Choice> choices) {
    if (tokens.length != batch() || masks.size() != batch() || choices.size() != batch()) {
      throw Section.MODEL_USE.wrong(
          String.format(
              "a batch of %d wants a token, a mask and a choice for each, got %d, %d, %d",
              batch(), tokens.length, masks.size(), choices.size()));
    }
    if (!hasRoom()) {
      throw Section.MODEL_USE.wrong(
          "the model has " + network.config().maxPositions() + " positions, all of them are used");
    }
    Arrays.stream(tokens).forEach(this::checkId);
    for (Choice choice : choices) {
      if (choice instanceof Choice.Given given) {
        checkId(given.token());
      }
    }
    for (HeadMask mask : masks) {
      mask.heads().checkWithin(network.config().layers(), network.config().heads());
    }
    synchronized (network) {
      try (NDScope scope = open()) {
        scope.suppressNotUsedWarning();
        return compute(new Position(tokens.clone(), List.copyOf(masks)), choices);
      }
    }
  }

  private List<Step> compute(Position next, List<Choice> choices) {
    int n = computed.size() + 1;
    matchRope(n);
    if (cache.length()
        < computed.size()) { // an interrupt stopped an earlier recomputation half-way
      replay(cache.length(), Taps.NONE);
    }
    boolean heads = capture.attention() || capture.rowsAt(nextStep());
    List<Seat> seats = seats(n - 1, n, capture, next.ids());
    try (PatternReducer reducer = heads ? reducer(n) : null;
        Watch watch = Watch.of(network, seats).orElse(null)) {
      Taps taps = reducer == null ? Taps.NONE : reducer;
      NDArray x = forward(List.of(next), n, watch == null ? taps : Watch.both(taps, watch));
      computed.add(next);
      return Readout.steps(
          network,
          capture,
          x,
          choices,
          reducer == null ? List.of() : reducer.reduced(),
          Optional.ofNullable(watch),
          n - 1);
    }
  }

  private PatternReducer reducer(int n) {
    return new PatternReducer(network.kernels(), network.config(), capture, spans, n, nextStep());
  }

  /** Who looks at rows [from, to) of every sequence. */
  private List<Seat> seats(int from, int to, Capture of, int[] ids) {
    List<Seat> seats = new ArrayList<>();
    for (int b = 0; b < batch(); b++) {
      int next = of.attribution() ? nextOfNeedle(b, ids) : -1;
      seats.add(new Seat(b, from, to, prompts.get(b), of, observers, next));
    }
    return seats;
  }

  private int nextOfNeedle(int b, int[] last) {
    IntStream before = computed.stream().skip(promptLength).mapToInt(position -> position.ids()[b]);
    IntStream all = nextStep() == 0 ? before : IntStream.concat(before, IntStream.of(last[b]));
    return Attribution.nextOfNeedle(prompts.get(b), all.toArray());
  }

  /** Has observers watch the steps from now on; those who watched before do not. */
  void observe(List<Observer> watching) {
    observers = List.copyOf(watching);
  }

  /** Appends all of a prompt but its last token, every row under the eyes of an observer. */
  void appendObserved(Prompt prompt, Observer observer) {
    prompts = List.of(prompt);
    spans = List.of(prompt.spans());
    observe(List.of(observer));
    everyRow = true;
    append(Arrays.copyOf(prompt.ids(), prompt.length() - 1));
    everyRow = false;
  }

  /**
   * Hides positions from every row and shows all others: the keys of hidden positions are invisible
   * to all, and every row that could have seen what changed is computed again, with its own masks.
   * The result is that of a prompt without those tokens, the others keeping their positions.
   *
   * @param positions what is hidden from now on; none: everything is visible
   */
  public void hide(Spans positions) {
    hide(Collections.nCopies(batch(), positions));
  }

  /** Hides positions, a set a sequence. */
  public void hide(List<Spans> positions) {
    requireOpen();
    if (positions.size() != batch()) {
      throw Section.MODEL_USE.wrong(
          "a batch of " + batch() + " wants hidden positions for each, got " + positions.size());
    }
    int from = computed.size();
    for (int b = 0; b < batch(); b++) {
      int difference = hidden.get(b).firstDifference(positions.get(b));
      if (difference >= 0) {
        from = Math.min(from, difference);
      }
    }
    hidden = List.copyOf(positions);
    forgetHiddenScores();
    computeAgain(from);
  }

  /**
   * Takes back the last rows. Where a layer has a window, {@value KvCache#ROLL_BACK} rows can be
   * taken back for nothing; after more of them the next step computes all rows again.
   *
   * @param count how many, at most those of the steps
   */
  public void rollBack(int count) {
    requireOpen();
    if (count < 0 || count > nextStep()) {
      throw Section.MODEL_USE.wrong("0 to " + nextStep() + " rows can be taken back, not " + count);
    }
    int length = computed.size() - count;
    cache.rollBack(Math.min(length, cache.length()));
    computed.subList(length, computed.size()).clear();
  }

  /**
   * Adds the rows of tokens that are given, in a session of batch 1: as {@link #step} does it one
   * by one, but in one go and unseen.
   *
   * @param tokens as many as the model has positions for
   */
  public void append(int... tokens) {
    requireOpen();
    if (batch() != 1) {
      throw Section.MODEL_USE.wrong(
          "tokens are appended to one sequence, this session has " + batch());
    }
    if (computed.size() + tokens.length > network.config().maxPositions()) {
      throw Section.MODEL_USE.wrong(
          String.format(
              "the model has %d positions, %d of them are used: no room for %d tokens",
              network.config().maxPositions(), computed.size(), tokens.length));
    }
    Arrays.stream(tokens).forEach(this::checkId);
    int from = computed.size();
    for (int token : tokens) {
      computed.add(new Position(new int[] {token}, List.of(HeadMask.none())));
    }
    computeAgain(from);
  }

  /** A session of the same positions that goes its own way from here; nothing is copied. */
  public Session fork() {
    return fork(batch());
  }

  /** A session of several sequences that share all positions of this one, which has batch 1. */
  public Session fork(int batch) {
    requireOpen();
    if (batch < 1) {
      throw Section.MODEL_USE.wrong("a fork has 1 sequence or more, got " + batch);
    }
    return new Session(this, batch);
  }

  /** Computes all rows once more, and one behind them, in sight of taps. */
  void observeAgain(int lastToken, Taps taps) {
    synchronized (network) {
      cache.rollBack(0);
      computed.add(new Position(new int[] {lastToken}, List.of(HeadMask.none())));
      replay(0, taps);
    }
  }

  /** Computes the rows from one on, in a sequence that is to have some length. */
  private void compute(int from, int sequence) {
    synchronized (network) {
      try (NDScope scope = open()) {
        scope.suppressNotUsedWarning();
        ropeLength = sequence;
        replay(from, Taps.NONE);
      }
    }
  }

  /** Computes rows again from one on, for a sequence of which the next row is a part. */
  private void computeAgain(int changed) {
    int sequence = computed.size() + 1;
    boolean same = network.config().sameFrequencies(ropeLength, sequence);
    int from = same ? changed : 0;
    if (from < computed.size()) {
      cache.rollBack(Math.min(from, cache.length()));
      compute(cache.length(), sequence);
    }
  }

  /** LongRoPE turns all positions by other frequencies beyond a length: all is computed again. */
  private void matchRope(int sequence) {
    if (!network.config().sameFrequencies(ropeLength, sequence)) {
      cache.rollBack(0);
      ropeLength = sequence;
      replay(0, Taps.NONE);
    }
  }

  /** Computes rows from one on, in chunks of equal masks. */
  private void replay(int from, Taps taps) {
    int at = from;
    while (at < computed.size()) {
      int to = at + 1;
      while (to < computed.size()
          && to - at < network.options().chunk()
          && computed.get(to).masks().equals(computed.get(at).masks())) {
        to++;
      }
      try (NDScope scope = open()) {
        scope.suppressNotUsedWarning();
        Optional<Watch> watch =
            everyRow
                ? Watch.of(network, seats(at, to, Capture.tokens(), new int[0]))
                : Optional.empty();
        NDArray x = forward(computed.subList(at, to), to, watch.map(Taps.class::cast).orElse(taps));
        watch.ifPresent(w -> Readout.show(network, x, w));
      }
      at = to;
    }
  }

  /** One forward pass over rows that end before position {@code to}: [B, T, D]. */
  private NDArray forward(List<Position> pass, int to, Taps taps) {
    int t = pass.size();
    long[] ids = new long[batch() * t];
    for (int i = 0; i < t; i++) {
      for (int b = 0; b < batch(); b++) {
        ids[b * t + i] = pass.get(i).ids()[b];
      }
    }
    NDManager manager = network.manager();
    cache.begin(t);
    NDArray x =
        network
            .decoder()
            .forward(
                manager.create(ids, new Shape(batch(), t)),
                new Decoder.Pass(
                    cache,
                    network.decoder().types().stream().map(type -> view(type, to - t, to)).toList(),
                    Masking.of(pass.get(0).masks(), network.config(), manager),
                    taps));
    cache.end();
    return x;
  }

  /** What rows [from, to) see in the layers of a type. */
  private Decoder.View view(LayerType type, int from, int to) {
    int first = type.firstSeen(from);
    int rows = to - from;
    int keys = to - first;
    return new Decoder.View(
        first,
        type.rope().map(r -> network.rotary(r).angles(from, to, Math.max(ropeLength, to))),
        hiddenScores(first, to),
        rows == 1
            ? Optional.empty()
            : Optional.of(
                network.kernels().causal(rows, keys, type.window().orElse(Integer.MAX_VALUE))));
  }

  /** Of positions [first, to): [B, 1, n]. */
  private Optional<NDArray> hiddenScores(int first, int to) {
    if (hidden.stream().allMatch(Spans::isEmpty)) {
      return Optional.empty();
    }
    if (hiddenScores == null || hiddenScores.getShape().get(2) < to) {
      forgetHiddenScores();
      int width = Math.max(2 * to, promptLength);
      float[] scores = new float[batch() * width];
      for (int b = 0; b < batch(); b++) {
        for (var span : hidden.get(b).list()) {
          for (int i = span.from(); i < Math.min(span.to(), width); i++) {
            scores[b * width + i] = HIDDEN_SCORE;
          }
        }
      }
      hiddenScores = network.manager().create(scores, new Shape(batch(), 1, width));
      NDScope.unregister(hiddenScores);
    }
    return Optional.of(Kernels.narrow(hiddenScores, 2, first, to));
  }

  private void forgetHiddenScores() {
    if (hiddenScores != null) {
      hiddenScores.close();
      hiddenScores = null;
    }
  }

  private void requireOpen() {
    if (closed || network.isClosed()) {
      throw Section.MODEL_USE.failed("the session or its model is closed; open a new one");
    }
  }

  private NDScope open() {
    requireOpen();
    if (Thread.interrupted()) {
      throw new CancellationException("interrupted after " + computed.size() + " positions");
    }
    Kernels.prepareThread(network.config());
    return new NDScope();
  }

  @Override
  public void close() {
    if (!closed) {
      closed = true;
      if (!network.isClosed()) {
        cache.close();
        forgetHiddenScores();
      }
    }
  }
}

package headscope.model;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDScope;
import ai.djl.ndarray.types.Shape;
import headscope.failure.Section;
import headscope.head.HeadMask;
import headscope.trace.Attribution;
import headscope.trace.Capture;
import headscope.trace.Prompt;
import headscope.trace.Span;
import headscope.trace.Spans;
import headscope.trace.Step;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * A sequence in progress, row by row: what every generation is built of. It holds the prompt but
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
 * <p>The next rows of several sessions can be computed together, {@link #step(List, int[], List,
 * List)}; each has its own length, its own hidden positions, and records what it was opened for.
 *
 * <p>Sessions that are stepped together, and forks, belong to one thread. An interrupt leaves a
 * session whole: the next step makes up for what was not computed.
 *
 * <p>One class of some length: stepping, going back, forking and hiding keep the same cache in step
 * with the same rows.
 */
public final class Session implements AutoCloseable {
  /** Added to the score of a hidden key: finite, so that a row which sees nothing stays finite. */
  static final float HIDDEN_SCORE = -1e30f;

  /** The most new positions that are made room for beforehand; caches grow by themselves. */
  private static final int ROOM = 1024;

  /** One computed position: its token, and the mask it was computed with. */
  private record Position(int id, HeadMask mask) {}

  private final Network network;
  private final Capture capture;
  private final Prompt prompt;
  private final KvCache cache;
  private final List<Position> computed = new ArrayList<>();
  private Spans hidden;

  /** Who watches the steps, and as which of the sequences this one is shown to them. */
  private List<Observer> observers = List.of();

  private int place;

  /** Rows of one lane are computed together, those of several side by side. */
  private int lane;

  /** Whether observers are shown rows that are computed many at once, too. */
  private boolean everyRow;

  /** The sequence length for whose rotary frequencies the cache was computed. */
  private int ropeLength;

  private boolean closed;

  private Session(Network network, Prompt prompt, Capture capture, Spans hidden, KvCache cache) {
    this.network = network;
    this.prompt = prompt;
    this.capture = capture;
    this.hidden = hidden;
    this.cache = cache;
  }

  /** A session of a row's prompt, of which nothing is computed yet. */
  static Session of(Network network, Continuation row) {
    KvCache cache = new KvCache(network.kernels(), network.config(), 1);
    return new Session(network, row.prompt(), row.capture(), row.hidden(), cache);
  }

  /** A session that goes on behind what this session holds, shares it, and leaves it as it is. */
  Session behind(Continuation row) {
    requireOpen();
    Session session =
        new Session(network, row.prompt(), row.capture(), row.hidden(), cache.fork(1));
    session.computed.addAll(computed);
    session.ropeLength = ropeLength;
    return session;
  }

  /**
   * Computes the first positions of the prompt, as far as they are not computed; the network is
   * locked by who asks for it.
   *
   * @param mask under which
   * @param positions how many
   * @param newTokens for how many more there is to be room
   * @param alone whether it advances alone, so that this room is behind the prompt's
   * @return this session
   */
  Session read(HeadMask mask, int positions, int newTokens, boolean alone) {
    int from = computed.size();
    for (int i = from; i < positions; i++) {
      computed.add(new Position(prompt.ids()[i], mask));
    }
    int all = Math.min(positions + Math.min(newTokens, ROOM), network.config().maxPositions());
    cache.expect(alone ? all : positions);
    try {
      computeLocked(from, prompt.length());
    } catch (Throwable e) {
      close();
      throw e;
    }
    cache.expect(all);
    return this;
  }

  Network network() {
    return network;
  }

  /** What is continued. */
  Prompt prompt() {
    return prompt;
  }

  /** What is recorded of each step. */
  Capture capture() {
    return capture;
  }

  /** The positions that no row sees. */
  Spans hidden() {
    return hidden;
  }

  /** Positions computed so far. */
  public int length() {
    return computed.size();
  }

  /** The step whose row comes next: 0 for the last prompt token. */
  public int nextStep() {
    return computed.size() - (prompt.length() - 1);
  }

  /** Whether the model has a position for one more row. */
  public boolean hasRoom() {
    return computed.size() < network.config().maxPositions();
  }

  /** Computes the row of a token; its step's token is the most likely. */
  public Step step(int token, HeadMask mask) {
    return step(token, mask, Choice.mostLikely());
  }

  /** Computes the row of a token, and chooses the token behind it. */
  public Step step(int token, HeadMask mask, Choice choice) {
    return step(List.of(this), new int[] {token}, List.of(mask), List.of(choice)).get(0);
  }

  /**
   * Computes the next row of several sessions in one pass; each step is that of its session alone
   * up to rounding.
   *
   * @param sessions of one model, each once
   * @param tokens [sessions], the tokens whose rows are computed
   * @param masks a mask for each session
   * @param choices how the token of each is chosen
   * @return what each row saw
   * @throws IllegalArgumentException if the model has no position or head for it
   * @throws CancellationException if the thread was interrupted
   */
  public static List<Step> step(
      List<Session> sessions, int[] tokens, List<HeadMask> masks, List<Choice> choices) {
    return RowPass.of(sessions, tokens, masks, choices).steps();
  }

  /** Has the new positions of sessions lie together, lane by lane. */
  static void join(List<Session> sessions) {
    Network network = sessions.get(0).network;
    synchronized (network) {
      try (NDScope scope = sessions.get(0).open()) {
        scope.suppressNotUsedWarning();
        sessions.stream().collect(Collectors.groupingBy(Session::lane)).values().stream()
            .filter(lane -> lane.size() > 1)
            .map(lane -> lane.stream().map(Session::cache).toList())
            .forEach(c -> KvCache.join(RowLookup.order(c).stream().map(c::get).toList()));
      }
    }
  }

  /** Makes up for what is not computed as a sequence with one more row wants it. */
  void catchUp() {
    try (NDScope scope = open()) {
      scope.suppressNotUsedWarning();
      matchRope(computed.size() + 1);
      if (cache.length() < computed.size()) { // an interrupt stopped an earlier recomputation
        replay(cache.length(), Taps.NONE);
      }
    }
  }

  /** The stream of the next row, by itself: [1, 1, D]. */
  NDArray forward(int token, HeadMask mask, Taps taps) {
    return forward(List.of(new Position(token, mask)), computed.size() + 1, taps);
  }

  /** The next row is computed. */
  void took(int token, HeadMask mask) {
    computed.add(new Position(token, mask));
  }

  /** The pass failed that computed the next row: if it is in the cache, it is dropped. */
  void dropped() {
    cache.rollBack(Math.min(computed.size(), cache.length()));
  }

  int lane() {
    return lane;
  }

  void moveTo(int other) {
    lane = other;
  }

  /** Who looks at the next row, which is of some token. */
  Seat seat(int token) {
    return seat(computed.size(), computed.size() + 1, capture, token);
  }

  KvCache cache() {
    return cache;
  }

  /** The sequence length for whose rotary frequencies the next row is computed. */
  int ropeLength() {
    return Math.max(ropeLength, computed.size() + 1);
  }

  /** Who looks at rows [from, to), the last of which is of a token. */
  private Seat seat(int from, int to, Capture of, int token) {
    int next = of.attribution() ? nextOfNeedle(token) : -1;
    return new Seat(place, from, to, prompt, of, observers, next);
  }

  private int nextOfNeedle(int token) {
    IntStream before = computed.stream().skip(prompt.length()).mapToInt(Position::id);
    IntStream all = nextStep() == 0 ? before : IntStream.concat(before, IntStream.of(token));
    return Attribution.nextOfNeedle(prompt, all.toArray());
  }

  /** Has observers watch the steps from now on; those who watched before do not. */
  void observe(List<Observer> watching, int sequence) {
    observers = List.copyOf(watching);
    place = sequence;
  }

  /** Computes what is missing of the prompt, every row under the eyes of an observer. */
  void readObserved(Observer observer) {
    observe(List.of(observer), 0);
    everyRow = true;
    append(Arrays.copyOfRange(prompt.ids(), length(), prompt.length() - 1));
    everyRow = false;
  }

  /**
   * Hides positions from every row and shows all others: the keys of hidden positions are invisible
   * to all, and every row that could have seen what changed is computed again, with its own mask.
   * The result is that of a prompt without those tokens, the others keeping their positions.
   *
   * @param positions what is hidden from now on; none: everything is visible
   */
  public void hide(Spans positions) {
    requireOpen();
    int difference = hidden.firstDifference(positions);
    hidden = positions;
    computeAgain(difference < 0 ? computed.size() : Math.min(difference, computed.size()));
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
   * Adds the rows of tokens that are given: as {@link #step} does it one by one, but in one go and
   * unseen.
   *
   * @param tokens as many as the model has positions for
   */
  public void append(int... tokens) {
    requireOpen();
    if (computed.size() + tokens.length > network.config().maxPositions()) {
      throw Section.MODEL_USE.wrong(
          String.format(
              "the model has %d positions, %d of them are used: no room for %d tokens",
              network.config().maxPositions(), computed.size(), tokens.length));
    }
    Arrays.stream(tokens).forEach(network.config()::checkToken);
    int from = computed.size();
    for (int token : tokens) {
      computed.add(new Position(token, HeadMask.none()));
    }
    computeAgain(from);
  }

  /** A session of the same positions that goes its own way from here; nothing is copied. */
  public Session fork() {
    requireOpen();
    Session fork = new Session(network, prompt, capture, hidden, cache.fork(1));
    fork.computed.addAll(computed);
    fork.ropeLength = ropeLength;
    return fork;
  }

  /** Computes all rows once more, and one behind them, in sight of taps. */
  void observeAgain(int lastToken, Taps taps) {
    synchronized (network) {
      cache.rollBack(0);
      computed.add(new Position(lastToken, HeadMask.none()));
      replay(0, taps);
    }
  }

  /** Computes the rows from one on, in a sequence that is to have some length. */
  private void compute(int from, int sequence) {
    synchronized (network) {
      computeLocked(from, sequence);
    }
  }

  private void computeLocked(int from, int sequence) {
    try (NDScope scope = open()) {
      scope.suppressNotUsedWarning();
      ropeLength = sequence;
      replay(from, Taps.NONE);
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

  /**
   * Computes rows from one on, in chunks of equal masks. What is hidden no row sees, so that its
   * own rows are computed only where somebody looks at them.
   */
  private void replay(int from, Taps taps) {
    boolean all = hidden.isEmpty() || everyRow || taps != Taps.NONE;
    int at = from;
    while (at < computed.size()) {
      int to = at + 1;
      if (!all && hidden.contains(at)) {
        while (to < computed.size() && hidden.contains(to)) {
          to++;
        }
        try (NDScope scope = open()) {
          scope.suppressNotUsedWarning();
          cache.blank(to - at);
        }
        at = to;
        continue;
      }
      while (to < computed.size()
          && to - at < network.options().chunk()
          && (all || !hidden.contains(to))
          && computed.get(to).mask().equals(computed.get(at).mask())) {
        to++;
      }
      try (NDScope scope = open()) {
        scope.suppressNotUsedWarning();
        Optional<Watch> watch =
            everyRow
                ? Watch.of(network, List.of(seat(at, to, Capture.tokens(), -1)))
                : Optional.empty();
        NDArray x = forward(computed.subList(at, to), to, watch.map(Taps.class::cast).orElse(taps));
        watch.ifPresent(w -> Readout.show(network, x, w));
      }
      at = to;
    }
  }

  /** One forward pass over rows that end before position {@code to}: [1, T, D]. */
  private NDArray forward(List<Position> pass, int to, Taps taps) {
    int t = pass.size();
    int[] ids = pass.stream().mapToInt(Position::id).toArray();
    cache.begin(t);
    NDArray x =
        network
            .decoder()
            .forward(
                new int[][] {ids},
                new Decoder.Pass(
                    cache,
                    network.decoder().types().stream().map(type -> view(type, to - t, to)).toList(),
                    Masking.of(List.of(pass.get(0).mask()), network.config(), network.manager()),
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

  /** Of positions [first, to): [1, 1, n]. */
  private Optional<NDArray> hiddenScores(int first, int to) {
    if (hidden.isEmpty()) {
      return Optional.empty();
    }
    float[] scores = new float[to - first];
    for (Span span : hidden.within(first, to).list()) {
      int end = Math.min(span.to(), to);
      Arrays.fill(scores, Math.max(span.from(), first) - first, end - first, HIDDEN_SCORE);
    }
    return Optional.of(network.manager().create(scores, new Shape(1, 1, scores.length)));
  }

  private void requireOpen() {
    if (closed || network.isClosed()) {
      throw Section.MODEL_USE.failed("the session or its model is closed; open a new one");
    }
  }

  NDScope open() {
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
      }
    }
  }

  @Override
  public String toString() {
    return "Session[" + length() + " positions]";
  }
}

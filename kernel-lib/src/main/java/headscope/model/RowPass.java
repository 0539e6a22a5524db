package headscope.model;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.NDScope;
import ai.djl.ndarray.types.Shape;
import headscope.failure.Section;
import headscope.head.HeadMask;
import headscope.trace.Span;
import headscope.trace.Step;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * One forward pass over the next row of one or several sessions. Rows lie in an order in which what
 * they share is read once.
 *
 * <p>Shapes: R rows, W positions from the first that any row sees.
 */
final class RowPass {
  private final Network network;
  private final List<Session> sessions;
  private final int[] tokens;
  private final List<HeadMask> masks;
  private final List<Choice> choices;

  private RowPass(
      List<Session> sessions, int[] tokens, List<HeadMask> masks, List<Choice> choices) {
    this.network = sessions.get(0).network();
    this.sessions = sessions;
    this.tokens = tokens;
    this.masks = masks;
    this.choices = choices;
  }

  /**
   * A pass, checked; see {@link Session#step(List, int[], List, List)}.
   *
   * @throws IllegalArgumentException if the model has no position or head for it
   */
  static RowPass of(
      List<Session> sessions, int[] tokens, List<HeadMask> masks, List<Choice> choices) {
    int count = sessions.size();
    if (count == 0
        || tokens.length != count
        || masks.size() != count
        || choices.size() != count
        || sessions.stream().distinct().count() != count) {
      throw Section.MODEL_USE.wrong(
          String.format(
              "a pass is over 1 session or more, each once, with a token, a mask and a choice for"
                  + " each; got %d, %d, %d, %d",
              count, tokens.length, masks.size(), choices.size()));
    }
    int dim = sessions.get(0).network().config().headDim();
    List<HeadMask> ofStep =
        IntStream.range(0, count)
            .mapToObj(i -> masks.get(i).at(sessions.get(i).nextStep(), dim))
            .toList();
    RowPass pass = new RowPass(sessions, tokens, ofStep, choices);
    for (int i = 0; i < count; i++) {
      pass.check(i);
    }
    return pass;
  }

  private void check(int i) {
    ModelConfig config = network.config();
    if (sessions.get(i).network() != network) {
      throw Section.MODEL_USE.wrong("the sessions of a pass are of one model");
    }
    if (!sessions.get(i).hasRoom()) {
      throw Section.MODEL_USE.wrong(
          "the model has " + config.maxPositions() + " positions, all of them are used");
    }
    config.checkToken(tokens[i]);
    if (choices.get(i) instanceof Choice.Given given) {
      config.checkToken(given.token());
    }
    masks.get(i).heads().checkWithin(config.layers(), config.heads());
  }

  /** Computes it: the step of every session, in their order. */
  List<Step> steps() {
    synchronized (network) {
      sessions.forEach(Session::catchUp);
      List<List<Integer>> lanes =
          List.copyOf(
              IntStream.range(0, tokens.length)
                  .boxed()
                  .collect(
                      Collectors.groupingBy(
                          i -> sessions.get(i).lane(), TreeMap::new, Collectors.toList()))
                  .values());
      Step[] steps = new Step[tokens.length];
      try {
        Lanes.each(lanes.size(), lanes.size(), lane -> compute(lanes.get(lane), steps));
      } catch (Throwable e) {
        sessions.forEach(Session::dropped);
        throw e;
      }
      for (int i = 0; i < steps.length; i++) {
        sessions.get(i).took(tokens[i], masks.get(i));
      }
      return List.of(steps);
    }
  }

  /** Computes some of the rows together. */
  private void compute(List<Integer> some, Step[] into) {
    List<Integer> order =
        RowLookup.order(some.stream().map(i -> sessions.get(i).cache()).toList()).stream()
            .map(some::get)
            .toList();
    List<Step> steps = inOrder(order).compute();
    for (int i = 0; i < order.size(); i++) {
      into[order.get(i)] = steps.get(i);
    }
  }

  private RowPass inOrder(List<Integer> order) {
    return new RowPass(
        order.stream().map(sessions::get).toList(),
        order.stream().mapToInt(i -> tokens[i]).toArray(),
        order.stream().map(masks::get).toList(),
        order.stream().map(choices::get).toList());
  }

  private List<Step> compute() {
    List<Seat> seats =
        IntStream.range(0, tokens.length).mapToObj(i -> sessions.get(i).seat(tokens[i])).toList();
    try (NDScope scope = sessions.get(0).open();
        PatternReducer reducer =
            PatternReducer.wanted(seats)
                ? new PatternReducer(network.kernels(), network.config(), seats)
                : null;
        Watch watch = Watch.of(network, seats).orElse(null)) {
      scope.suppressNotUsedWarning();
      Taps reducing = reducer == null ? Taps.NONE : reducer;
      Taps taps = watch == null ? reducing : Watch.both(reducing, watch);
      NDArray x = // [R, 1, D]
          tokens.length == 1
              ? sessions.get(0).forward(tokens[0], masks.get(0), taps)
              : forward(taps);
      return Readout.steps(
          network,
          seats,
          x,
          choices,
          reducer == null ? List.of() : reducer.reduced(),
          Optional.ofNullable(watch));
    }
  }

  private NDArray forward(Taps taps) {
    Decoder decoder = network.decoder();
    NDManager manager = network.manager();
    RowLookup lookup = new RowLookup(manager, sessions.stream().map(Session::cache).toList());
    int[][] ids = Arrays.stream(tokens).mapToObj(t -> new int[] {t}).toArray(int[][]::new);
    List<Decoder.View> views = decoder.types().stream().map(t -> view(t, lookup)).toList();
    NDArray x =
        decoder.forward(
            ids,
            new Decoder.Pass(lookup, views, Masking.of(masks, network.config(), manager), taps));
    lookup.end();
    return x;
  }

  /** What the rows see in the layers of a type. */
  private Decoder.View view(LayerType type, RowLookup lookup) {
    RowLookup.Lookup look = lookup.of(network.config().layerTypes().indexOf(type));
    int[] positions = sessions.stream().mapToInt(Session::length).toArray();
    int[] lengths = sessions.stream().mapToInt(Session::ropeLength).toArray();
    return new Decoder.View(
        look.first(),
        type.rope().map(r -> network.rotary(r).angles(positions, lengths)),
        unseen(type, look),
        Optional.empty());
  }

  /** What is added to the scores of positions that a row does not see: [R, 1, W]. */
  private Optional<NDArray> unseen(LayerType type, RowLookup.Lookup look) {
    int width = (int) look.width();
    float[] scores = new float[tokens.length * width];
    boolean any = false;
    for (int r = 0; r < tokens.length; r++) {
      Session session = sessions.get(r);
      int begin = Math.max(0, type.firstSeen(session.length()) - look.first());
      Arrays.fill(scores, r * width, r * width + begin, Float.NEGATIVE_INFINITY);
      any |= begin > 0;
      for (Span span : session.hidden().list()) {
        int from = Math.max(begin, span.from() - look.first());
        int to = Math.min(width, span.to() - look.first());
        if (from < to) {
          Arrays.fill(scores, r * width + from, r * width + to, Session.HIDDEN_SCORE);
          any = true;
        }
      }
    }
    return any
        ? Optional.of(network.manager().create(scores, new Shape(tokens.length, 1, width)))
        : Optional.empty();
  }
}

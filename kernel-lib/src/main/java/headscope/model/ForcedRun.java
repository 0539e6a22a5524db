package headscope.model;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDScope;
import ai.djl.ndarray.types.Shape;
import headscope.failure.Section;
import headscope.trace.Prompt;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CancellationException;

/**
 * A prompt and a response that it is made to say, as one sequence whose rows are computed many at
 * once: where all tokens are known before, nothing has to wait for the one before it. Rows up to
 * some position are computed once and shared by every pass.
 *
 * <p>Shapes: B runs that differ in what is masked or patched, T rows, V vocabulary.
 */
final class ForcedRun implements AutoCloseable {
  /** Logits of this many bytes are there at once. */
  private static final long LOGIT_BYTES = 16L << 20;

  private final Network network;
  private final int[] ids; // prompt and response but for its last token
  private final int[] response;
  private final int first; // the row that makes the first token of the response
  private KvCache prefix;

  /** What acts on the rows [from, to) of a pass of B runs. */
  interface Acting {
    Masking on(int from, int to);
  }

  ForcedRun(LanguageModel model, Prompt prompt, int[] response) {
    this.network = model.network();
    this.response = response.clone();
    this.first = prompt.length() - 1;
    if (response.length == 0) {
      throw Section.MODEL_USE.wrong("a forced response has 1 token or more, got none");
    }
    this.ids = Arrays.copyOf(prompt.ids(), prompt.length() + response.length - 1);
    System.arraycopy(response, 0, ids, prompt.length(), response.length - 1);
    ModelConfig config = network.config();
    Arrays.stream(ids).forEach(id -> checkId(config, id));
    checkId(config, response[response.length - 1]);
    if (ids.length > config.maxPositions()) {
      throw Section.MODEL_USE.wrong(
          String.format(
              "prompt and response have %d tokens, the model has %d positions; shorten the context",
              ids.length, config.maxPositions()));
    }
    if (!config.sameFrequencies(prompt.length(), ids.length)) {
      throw Section.MODEL_USE.wrong(
          String.format(
              "between %d and %d tokens LongRoPE turns to other frequencies, so that the rows of"
                  + " this response are not of one sequence; shorten or lengthen the context",
              prompt.length(), ids.length));
    }
  }

  private static void checkId(ModelConfig config, int id) {
    if (id < 0 || id >= config.vocabulary()) {
      throw Section.MODEL_USE.wrong(
          "token id " + id + " is outside the vocabulary of " + config.vocabulary() + " ids");
    }
  }

  /** Rows in all. */
  int length() {
    return ids.length;
  }

  /** The row that makes the first token of the response. */
  int first() {
    return first;
  }

  int[] response() {
    return response.clone();
  }

  /**
   * The log-probability of every token of the response, in nats, in runs of which rows from one on
   * differ.
   *
   * @param runs B
   * @param from the first row on which something acts
   * @param acting what acts
   * @param layer below which nothing acts: there one run is computed for all
   * @param taps see the rows from there on; nobody where several chunks would come by
   * @return [B][response]
   */
  double[][] logprobs(int runs, int from, Acting acting, int layer, Taps taps) {
    double[][] all = new double[runs][response.length];
    pass(
        runs,
        from,
        acting,
        layer,
        taps,
        (at, logits) -> {
          int rows = (int) logits.getShape().get(1);
          long[] wanted = new long[runs * rows];
          for (int b = 0; b < runs; b++) {
            for (int t = 0; t < rows; t++) {
              wanted[b * rows + t] = response[at - first + t];
            }
          }
          NDArray flat = logits.reshape((long) runs * rows, -1);
          float[] logprobs = network.kernels().logprobs(flat, wanted).toFloatArray();
          for (int i = 0; i < wanted.length; i++) {
            all[i / rows][at - first + i % rows] = logprobs[i];
          }
        });
    return all;
  }

  /** The logits behind every row of the response, [response * V], of one run. */
  float[] logits(int from, Acting acting, Taps taps) {
    float[] all = new float[response.length * network.config().vocabulary()];
    pass(
        1,
        from,
        acting,
        0,
        taps,
        (at, logits) -> {
          float[] some = logits.toFloatArray();
          System.arraycopy(some, 0, all, (at - first) * network.config().vocabulary(), some.length);
        });
    return all;
  }

  /** Is given the logits, [B, T, V], of the rows from one on. */
  private interface Reader {
    void read(int from, NDArray logits);
  }

  private void pass(int runs, int from, Acting acting, int layer, Taps taps, Reader reader) {
    synchronized (network) {
      if (network.isClosed()) {
        throw Section.MODEL_USE.failed("the model is closed; load it again");
      }
      Kernels.prepareThread(network.config());
      share(Math.min(from, first));
      try (KvCache below = prefix.fork(1);
          KvCache cache = prefix.fork(runs)) {
        below.rollBack(Math.min(from, below.length()));
        cache.rollBack(Math.min(from, cache.length()));
        int at = below.length();
        while (at < ids.length) {
          int to = Math.min(ids.length, at + network.options().chunk());
          try (NDScope scope = open(at)) {
            scope.suppressNotUsedWarning();
            NDArray x = rows(at, to, below, cache, acting.on(at, to), layer, runs, taps);
            read(at, x, runs, reader);
          }
          at = to;
        }
      }
    }
  }

  private NDArray rows(
      int at,
      int to,
      KvCache below,
      KvCache cache,
      Masking masking,
      int layer,
      int runs,
      Taps taps) {
    Decoder decoder = network.decoder();
    List<Decoder.View> views = decoder.types().stream().map(t -> view(t, at, to)).toList();
    cache.begin(to - at);
    Decoder.Pass whole = new Decoder.Pass(cache, views, masking, taps);
    NDArray stream = decoder.embedded(ids(at, to));
    if (layer > 0) {
      below.begin(to - at);
      Decoder.Pass one = new Decoder.Pass(below, views, Masking.NONE, Taps.NONE);
      stream = decoder.layers(0, layer, stream, one);
      below.end();
    }
    Shape s = stream.getShape();
    NDArray spread = stream.broadcast(runs, s.get(1), s.get(2));
    NDArray x = decoder.layers(layer, network.config().layers(), spread, whole);
    cache.end();
    return x;
  }

  private int[][] ids(int at, int to) {
    return new int[][] {Arrays.copyOfRange(ids, at, to)};
  }

  private void read(int at, NDArray x, int runs, Reader reader) {
    int rows = (int) x.getShape().get(1);
    int from = Math.max(first - at, 0);
    int atOnce = (int) Math.max(1, LOGIT_BYTES / (4L * network.config().vocabulary() * runs));
    for (int t = from; t < rows; t += atOnce) {
      int end = Math.min(rows, t + atOnce);
      try (NDScope scope = new NDScope()) {
        scope.suppressNotUsedWarning();
        NDArray some = Kernels.narrow(x, 1, t, end);
        reader.read(at + t, network.decoder().logits(network.decoder().finalNorm(some)));
      }
    }
  }

  /** Holds keys and values of at least the rows before one, and no later ones. */
  private void share(int rows) {
    if (prefix == null) {
      prefix = new KvCache(network.kernels(), network.config(), 1);
    }
    prefix.expect(ids.length);
    while (prefix.length() < rows) {
      int at = prefix.length();
      int to = Math.min(rows, at + network.options().chunk());
      try (NDScope scope = open(at)) {
        scope.suppressNotUsedWarning();
        List<Decoder.View> views =
            network.decoder().types().stream().map(t -> view(t, at, to)).toList();
        prefix.begin(to - at);
        network
            .decoder()
            .forward(ids(at, to), new Decoder.Pass(prefix, views, Masking.NONE, Taps.NONE));
        prefix.end();
      }
    }
  }

  private Decoder.View view(LayerType type, int from, int to) {
    int seen = type.firstSeen(from);
    int window = type.window().orElse(Integer.MAX_VALUE);
    return new Decoder.View(
        seen,
        type.rope().map(r -> network.rotary(r).angles(from, to, ids.length)),
        Optional.empty(),
        to - from == 1
            ? Optional.empty()
            : Optional.of(network.kernels().causal(to - from, to - seen, window)));
  }

  private static NDScope open(int at) {
    if (Thread.interrupted()) {
      throw new CancellationException("interrupted after " + at + " positions");
    }
    return new NDScope();
  }

  @Override
  public void close() {
    if (prefix != null && !network.isClosed()) {
      prefix.close();
    }
    prefix = null;
  }
}

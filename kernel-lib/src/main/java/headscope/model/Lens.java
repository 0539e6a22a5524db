package headscope.model;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDScope;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import headscope.trace.Hook;
import headscope.trace.LogitLens;
import headscope.trace.Tensor;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The logit lens of single rows: several layers' residual streams as rows of one product. */
final class Lens implements Instrument {
  /** Logits of this many bytes are there at once. */
  private static final long LOGIT_BYTES = 16L << 20;

  private static final int NUMBERS = 4; // rank, log-probability, entropy, token

  private final Network network;
  private final List<Seat> seats;
  private final List<NDArray> streams = new ArrayList<>(); // [B, D], a layer each
  private float[] read; // [layers, B, NUMBERS]

  Lens(Network network, List<Seat> seats) {
    this.network = network;
    this.seats = seats;
  }

  @Override
  public void see(Hook hook, int layer, NDArray x) {
    if (hook == Hook.RESID_POST) {
      NDArray view = x.reshape(seats.size(), -1); // the decoder frees its own
      NDScope.unregister(view);
      streams.add(view);
    }
  }

  @Override
  public void read(Outcome outcome) {
    int b = seats.size();
    int layers = streams.size();
    read = new float[layers * b * NUMBERS];
    long row = 8L * network.config().vocabulary(); // the distribution is computed in float64
    int atOnce = (int) Math.max(1, LOGIT_BYTES / (row * b));
    for (int from = 0; from < layers; from += atOnce) {
      int to = Math.min(layers, from + atOnce);
      try (NDScope scope = new NDScope()) {
        scope.suppressNotUsedWarning();
        float[] some = read(new NDList(streams.subList(from, to)), outcome.tokens());
        System.arraycopy(some, 0, read, from * b * NUMBERS, some.length);
      }
    }
  }

  /** [some layers, B, NUMBERS]. */
  private float[] read(NDList some, int[] tokens) {
    int b = seats.size();
    int n = some.size() * b;
    NDArray x = NDArrays.concat(some, 0); // [n, D]
    NDArray logits = network.decoder().logits(network.decoder().finalNorm(x)); // [n, V]
    long[] wanted = new long[n];
    for (int i = 0; i < n; i++) {
      wanted[i] = tokens[i % b];
    }
    double[] chosen = network.kernels().choose(logits, wanted).toDoubleArray(); // [n, 3]
    NDArray ids = network.manager().create(wanted, new Shape(n, 1));
    NDArray above = logits.gt(logits.gather(ids, 1)).toType(DataType.INT64, false);
    long[] ranks = above.sum(new int[] {1}).toType(DataType.INT64, false).toLongArray();
    long[] best = logits.argMax(1).toType(DataType.INT64, false).toLongArray();
    float[] out = new float[n * NUMBERS];
    for (int i = 0; i < n; i++) {
      out[NUMBERS * i] = ranks[i] + 1;
      out[NUMBERS * i + 1] = (float) chosen[3 * i + 1];
      out[NUMBERS * i + 2] = (float) chosen[3 * i + 2];
      out[NUMBERS * i + 3] = best[i];
    }
    return out;
  }

  @Override
  public Map<String, Tensor> tensors(int place) {
    if (!seats.get(place).capture().lens()) {
      return Map.of();
    }
    List<String> names = List.of("rank", "logprob", "entropy", "token");
    List<String> meanings =
        List.of(
            "rank of the token said, 1 the most likely",
            "log-probability of the token said, nats",
            "entropy of the distribution, nats",
            "id of the most likely token");
    Map<String, Tensor> map = new LinkedHashMap<>();
    for (int i = 0; i < NUMBERS; i++) {
      map.put(LogitLens.PREFIX + names.get(i), tensor(place, i, meanings.get(i)));
    }
    return map;
  }

  private Tensor tensor(int place, int number, String meaning) {
    int layers = streams.size();
    float[] values = new float[layers];
    for (int l = 0; l < layers; l++) {
      values[l] = read[(l * seats.size() + place) * NUMBERS + number];
    }
    return new Tensor(meaning, List.of("layers"), List.of(layers), values);
  }

  @Override
  public void close() {
    streams.forEach(NDArray::close);
  }
}

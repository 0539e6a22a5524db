package headscope.model;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDScope;
import ai.djl.ndarray.types.Shape;
import headscope.model.Weights.Layer;
import headscope.trace.Attribution;
import headscope.trace.Hook;
import headscope.trace.Prompt;
import headscope.trace.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Direct logit attribution of single rows. With the norms as they were, a logit is a dot product of
 * the residual stream: its direction is brought back through every output projection once, where it
 * meets the z of all heads.
 *
 * <p>Shapes: B sequences, K directions (the token said, the needle's next less the best other), D
 * hidden size, H heads, d head dimension.
 */
final class Attributor implements Instrument {
  private final Network network;
  private final ModelConfig config;
  private final Weights weights;
  private final List<Seat> seats;
  private final Parts attention;
  private final Parts mlp;
  private final List<NDArray> held = new ArrayList<>();
  private NDArray embedded;
  private final List<Map<String, Tensor>> tensors = new ArrayList<>();

  /** What the layers wrote, and what a post-norm divided it by. */
  private static final class Parts {
    /** z [B, H, 1, d], or what the MLP put out, [B, 1, D]. */
    final List<NDArray> written = new ArrayList<>();

    /** [B, 1]; empty in families without post-norms. */
    final List<NDArray> rms = new ArrayList<>();
  }

  Attributor(Network network, List<Seat> seats) {
    this.network = network;
    this.config = network.config();
    this.weights = network.decoder().weights();
    this.seats = seats;
    this.attention = new Parts();
    this.mlp = new Parts();
  }

  @Override
  public void see(Hook hook, int layer, NDArray x) {
    if (hook == Hook.RESID_PRE && layer == 0) {
      embedded = x; // what enters the first layer is there until the pass is read
    } else if (hook == Hook.Z) {
      attention.written.add(held(x));
    }
  }

  @Override
  public void written(Hook hook, int layer, NDArray x) {
    if (hook == Hook.MLP_OUT) {
      mlp.written.add(held(x));
    }
    if (weights.layers().get(layer).attentionOutputNorm().isPresent()) {
      (hook == Hook.MLP_OUT ? mlp : attention).rms.add(held(rms(x.reshape(seats.size(), -1))));
    }
  }

  private NDArray held(NDArray x) {
    NDScope.unregister(x); // it outlives its layer
    held.add(x);
    return x;
  }

  /** [B, D] to [B, 1]. */
  private NDArray rms(NDArray x) {
    return x.square().mean(new int[] {1}, true).add((float) config.normEpsilon()).sqrt();
  }

  @Override
  public void read(Outcome outcome) {
    int b = seats.size();
    boolean needle = seats.stream().anyMatch(Attributor::hasNeedle);
    int[] next = new int[b];
    int[] other = new int[b];
    if (needle) {
      long[] best = outcome.logits().topK(2, 1).get(1).toLongArray(); // [B, 2]
      for (int i = 0; i < b; i++) {
        int at = seats.get(i).nextOfNeedle();
        // without a next token the two are the same, and their difference is zero
        next[i] = at < 0 ? (int) best[2 * i] : seats.get(i).prompt().ids()[at];
        other[i] = (int) (at < 0 || best[2 * i] != next[i] ? best[2 * i] : best[2 * i + 1]);
      }
    }
    NDList directions = new NDList(unembedded(outcome.tokens()));
    NDList logits = new NDList(logits(outcome, outcome.tokens()));
    if (needle) {
      directions.add(unembedded(next).sub(unembedded(other)));
      logits.add(logits(outcome, next).sub(logits(outcome, other)));
    }
    NDArray x = outcome.x().reshape(b, -1); // [B, D]
    NDArray u = NDArrays.stack(directions).mul(weights.norm()).div(rms(x)); // [K, B, D]
    NDList all = new NDList();
    for (int l = 0; l < config.layers(); l++) {
      all.add(layer(l, u)); // [K, B, H + 2]
    }
    NDArray ends =
        NDArrays.concat(
            new NDList(
                embedded.reshape(b, -1).mul(u).sum(new int[] {2}, true),
                NDArrays.stack(logits)), // [K, B, 2]
            2);
    take(NDArrays.stack(all).toFloatArray(), ends.toFloatArray(), needle ? 2 : 1, next, other);
  }

  private static boolean hasNeedle(Seat seat) {
    return !seat.prompt().span(Prompt.NEEDLE).isEmpty();
  }

  /** What was written of each direction by heads, MLP and biases: [K, B, H + 2]. */
  private NDArray layer(int l, NDArray u) {
    Layer layer = weights.layers().get(l);
    int b = seats.size();
    long k = u.getShape().get(0);
    NDArray at = before(u, layer.attentionOutputNorm(), attention, l); // [K, B, D]
    NDArray z = attention.written.get(l).reshape(b, config.heads(), config.headDim());
    NDArray heads =
        network
            .kernels()
            .back(
                at.reshape(k * b, config.hidden()),
                layer.attentionOutput().weight(),
                network.options().dtype().code)
            .reshape(k, b, config.heads(), config.headDim())
            .mul(z)
            .sum(new int[] {3}); // [K, B, H]
    NDArray am = before(u, layer.mlpOutputNorm(), mlp, l);
    NDArray whole = mlp.written.get(l).reshape(b, -1).mul(am).sum(new int[] {2}, true);
    NDArray bias = biased(layer.down().bias(), am);
    return NDArrays.concat(
        new NDList(heads, whole.sub(bias), bias.add(biased(layer.attentionOutput().bias(), at))),
        2);
  }

  /** A direction in front of a post-norm. */
  private NDArray before(NDArray u, Optional<NDArray> norm, Parts parts, int l) {
    return norm.map(w -> u.mul(w).div(parts.rms.get(l))).orElse(u);
  }

  /** [K, B, 1]. */
  private static NDArray biased(Optional<NDArray> bias, NDArray direction) {
    NDArray all = bias.map(direction::mul).orElseGet(() -> direction.mul(0));
    return all.sum(new int[] {2}, true);
  }

  /** Rows of the output matrix, [B, D]. */
  private NDArray unembedded(int[] tokens) {
    return weights.output().rows(tokens);
  }

  /** [B, 1]. */
  private NDArray logits(Outcome outcome, int[] tokens) {
    long[] ids = Arrays.stream(tokens).asLongStream().toArray();
    return outcome.logits().gather(network.manager().create(ids, new Shape(ids.length, 1)), 1);
  }

  /** Takes apart [L, K, B, H + 2] and [K, B, 2]. */
  private void take(float[] layers, float[] ends, int directions, int[] next, int[] other) {
    int b = seats.size();
    int h = config.heads();
    for (int i = 0; i < b; i++) {
      Map<String, Tensor> of = new LinkedHashMap<>();
      for (int k = 0; k < directions; k++) {
        float[] heads = new float[config.totalHeads()];
        float[] mlps = new float[config.layers()];
        float[] biases = new float[config.layers()];
        for (int l = 0; l < config.layers(); l++) {
          int at = ((l * directions + k) * b + i) * (h + 2);
          System.arraycopy(layers, at, heads, l * h, h);
          mlps[l] = layers[at + h];
          biases[l] = layers[at + h + 1];
        }
        int end = 2 * (k * b + i);
        Attribution a = new Attribution(heads, mlps, biases, ends[end], ends[end + 1]);
        boolean said = k == 0;
        if (said || hasNeedle(seats.get(i))) {
          of.putAll(a.tensors(said ? Attribution.SAID : Attribution.NEEDLE, config.layers()));
        }
      }
      tensors.add(of);
    }
  }

  @Override
  public Map<String, Tensor> tensors(int place) {
    return seats.get(place).capture().attribution() ? tensors.get(place) : Map.of();
  }

  @Override
  public void close() {
    held.forEach(NDArray::close);
    held.clear();
  }
}

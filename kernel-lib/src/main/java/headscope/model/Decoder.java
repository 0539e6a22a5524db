package headscope.model;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDScope;
import ai.djl.ndarray.types.Shape;
import headscope.model.Weights.Layer;
import headscope.model.Weights.Linear;
import java.util.ArrayList;
import java.util.List;

/**
 * The model: a decoder-only transformer with pre-normalisation, rotary positions, grouped-query
 * attention and a gated MLP. One page for every family.
 *
 * <p>Shapes: B batch, T positions of this pass, n positions that can be seen (the cached ones and
 * T), D hidden size, H query heads, KV key/value heads, G = H / KV query heads a group, d head
 * dimension, V vocabulary.
 */
final class Decoder {
  private final ModelConfig config;
  private final Weights weights;
  private final Kernels kernels;
  private final long dtype;
  private final double scale;

  Decoder(ModelConfig config, Weights weights, Kernels kernels, LoadOptions.Dtype dtype) {
    this.config = config;
    this.weights = weights;
    this.kernels = kernels;
    this.dtype = dtype.code;
    this.scale = 1 / Math.sqrt(config.headDim());
  }

  /**
   * What one forward pass works with.
   *
   * @param cache keys and values of the positions before; those of this pass are added
   * @param angles rotary angles of this pass's positions
   * @param hidden what is added to the score of each key: 0, or very little where it is hidden, [B,
   *     1, n]; null where nothing is hidden
   * @param causal which key each row may see, [T, n]; null for a single row, which sees all
   * @param masking the masked heads
   * @param observer sees patterns and head outputs
   */
  record Pass(
      KvCache cache,
      Rotary.Angles angles,
      NDArray hidden,
      NDArray causal,
      Masking masking,
      Observer observer) {}

  /** Token ids [B, T] to the residual stream behind the last layer, [B, T, D]. */
  NDArray forward(NDArray ids, Pass pass) {
    NDArray x = kernels.rows(weights.embedding(), ids); // [B, T, D]
    for (int l = 0; l < config.layers(); l++) {
      try (NDScope intermediates = new NDScope()) {
        intermediates.suppressNotUsedWarning();
        Layer layer = weights.layers().get(l);
        x = x.add(attention(l, layer, norm(x, layer.attentionNorm()), pass));
        x = x.add(mlp(layer, norm(x, layer.mlpNorm())));
        NDScope.unregister(x);
      }
      NDScope.register(x);
    }
    return x;
  }

  /** What the output matrix reads: the residual stream after the final norm, [B, T, D]. */
  NDArray finalNorm(NDArray x) {
    return norm(x, weights.norm());
  }

  /** After the final norm, [B, T, D], to logits, [B, T, V]. */
  NDArray logits(NDArray x) {
    return kernels.linear(x, weights.output(), null, dtype);
  }

  private NDArray mlp(Layer layer, NDArray x) {
    return linear(kernels.swiglu(linear(x, layer.gateUp())), layer.down());
  }

  private NDArray attention(int l, Layer layer, NDArray x, Pass pass) {
    int h = config.heads();
    int kv = config.keyValueHeads();
    NDArray qkv = heads(linear(x, layer.queryKeyValue()), h + 2 * kv); // [B, H + 2 KV, T, d]
    NDArray q = Kernels.narrow(qkv, 1, 0, h); // [B, H, T, d]
    NDArray k = Kernels.narrow(qkv, 1, h, h + kv); // [B, KV, T, d]
    NDArray v = Kernels.narrow(qkv, 1, h + kv, h + 2 * kv); // [B, KV, T, d]
    if (config.family().queryKeyNorm()) {
      q = norm(q, layer.queryNorm());
      k = norm(k, layer.keyNorm());
    }
    q = kernels.rotate(q, pass.angles().cos(), pass.angles().sin());
    k = kernels.rotate(k, pass.angles().cos(), pass.angles().sin());
    List<KvCache.Stretch> seen = pass.cache().append(l, k, v);
    NDArray z = pass.causal() == null ? row(l, q, seen, pass) : block(l, q, seen, pass);
    pass.observer().z(l, z); // [B, H, T, d]
    z = pass.masking().replace(l, z);
    return linear(joined(z), layer.attentionOutput()); // [B, T, D]
  }

  /** Attention of a single row, whose pattern is there to be seen: [B, H, 1, d]. */
  private NDArray row(int l, NDArray q, List<KvCache.Stretch> seen, Pass pass) {
    long b = q.getShape().get(0);
    long kv = config.keyValueHeads();
    long g = config.heads() / kv;
    long d = config.headDim();
    NDArray grouped = q.reshape(b, kv, g, d).mul((float) scale); // [B, KV, G, d]
    NDList parts = new NDList(seen.size());
    for (KvCache.Stretch s : seen) {
      parts.add(perGroup(grouped, s.keys().swapAxes(2, 3))); // [B, KV, G, n']
    }
    NDArray scores = parts.size() == 1 ? parts.head() : NDArrays.concat(parts, 3); // [B, KV, G, n]
    if (pass.hidden() != null) {
      scores = scores.add(pass.hidden().expandDims(1));
    }
    NDArray pattern = scores.softmax(3); // [B, KV, G, n]
    long n = pattern.getShape().get(3);
    pass.observer().pattern(l, pattern);
    NDArray attend = pass.masking().attend(l); // [B, H, 1, 1]
    if (attend != null) {
      NDArray even = even(pass, b, n).expandDims(1); // [B, 1, 1, n]
      NDArray kept = attend.reshape(b, kv, g, 1);
      pattern = pattern.mul(kept).add(even.mul(kept.neg().add(1)));
    }
    NDArray z = null;
    long at = 0;
    for (KvCache.Stretch s : seen) {
      NDArray weights =
          seen.size() == 1 ? pattern : Kernels.narrow(pattern, 3, at, at + s.length());
      NDArray part = perGroup(weights, s.values()); // [B, KV, G, d]
      z = z == null ? part : z.add(part);
      at += s.length();
    }
    return z.reshape(b, config.heads(), 1, d);
  }

  /** The pattern that spreads evenly over the visible keys, [B, 1, n]. */
  private NDArray even(Pass pass, long b, long n) {
    NDArray all = pass.angles().cos().getManager().ones(new Shape(b, 1, n));
    NDArray scores = pass.hidden() == null ? all : all.add(pass.hidden());
    return scores.softmax(2);
  }

  /**
   * x · y for [B, KV, G, a] and [B or 1, KV, a, c]. Where a batch shares y, its rows become more
   * rows of one product.
   */
  private static NDArray perGroup(NDArray x, NDArray y) {
    Shape s = x.getShape();
    long b = s.get(0);
    if (b == y.getShape().get(0)) {
      return x.matMul(y);
    }
    NDArray folded = x.transpose(1, 0, 2, 3).reshape(1, s.get(1), b * s.get(2), s.get(3));
    return folded
        .matMul(y)
        .reshape(s.get(1), b, s.get(2), y.getShape().get(3))
        .transpose(1, 0, 2, 3);
  }

  /** Attention of many rows without their patterns: [B, H, T, d]. */
  private NDArray block(int l, NDArray q, List<KvCache.Stretch> seen, Pass pass) {
    long b = q.getShape().get(0);
    long t = q.getShape().get(2);
    long kv = config.keyValueHeads();
    long g = config.heads() / kv;
    long d = config.headDim();
    if (pass.masking().attend(l) != null) {
      q = q.mul(pass.masking().attend(l)); // equal scores are an even pattern
    }
    NDArray keys = whole(seen.stream().map(KvCache.Stretch::keys).toList(), b); // [B, KV, n, d]
    NDArray values = whole(seen.stream().map(KvCache.Stretch::values).toList(), b);
    long n = keys.getShape().get(2);
    NDArray mask = pass.causal(); // [T, n]
    if (pass.hidden() != null) {
      mask =
          mask.add(pass.hidden()) // [B, T, n]
              .expandDims(1)
              .broadcast(b, kv, t, n)
              .reshape(b * kv, 1, t, n);
    }
    // A group's query heads share keys and values by a stride of zero; nothing is repeated.
    Shape shared = new Shape(b * kv, g, n, d);
    return kernels
        .attend(
            q.reshape(b * kv, g, t, d),
            keys.reshape(b * kv, 1, n, d).broadcast(shared),
            values.reshape(b * kv, 1, n, d).broadcast(shared),
            mask,
            scale)
        .reshape(b, config.heads(), t, d);
  }

  /** Stretches joined, those of batch 1 spread over the batch: [B, KV, n, d]. */
  private static NDArray whole(List<NDArray> stretches, long batch) {
    List<NDArray> full = new ArrayList<>();
    for (NDArray s : stretches) {
      Shape x = s.getShape();
      full.add(x.get(0) == batch ? s : s.broadcast(batch, x.get(1), x.get(2), x.get(3)));
    }
    return full.size() == 1 ? full.get(0) : NDArrays.concat(new NDList(full), 2);
  }

  private NDArray linear(NDArray x, Linear linear) {
    return kernels.linear(x, linear.weight(), linear.bias(), dtype);
  }

  private NDArray norm(NDArray x, NDArray weight) {
    return kernels.rmsNorm(x, weight, config.normEpsilon());
  }

  /** [B, T, heads · d] to [B, heads, T, d]. */
  private NDArray heads(NDArray x, long heads) {
    long b = x.getShape().get(0);
    long t = x.getShape().get(1);
    return x.reshape(b, t, heads, config.headDim()).swapAxes(1, 2);
  }

  /** [B, H, T, d] to [B, T, H · d]. */
  private NDArray joined(NDArray z) {
    long b = z.getShape().get(0);
    long t = z.getShape().get(2);
    return z.swapAxes(1, 2).reshape(b, t, config.heads() * config.headDim());
  }
}

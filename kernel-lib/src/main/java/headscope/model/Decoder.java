package headscope.model;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDScope;
import ai.djl.ndarray.types.Shape;
import headscope.model.Family.Trait;
import headscope.model.Weights.Layer;
import headscope.model.Weights.Linear;
import headscope.trace.Hook;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CancellationException;

/**
 * The model: a decoder-only transformer with norms, rotary positions, grouped-query attention and a
 * gated MLP. One page for every family.
 *
 * <p>Shapes: B batch, T positions of this pass, n positions that can be seen (cached ones of the
 * layer's window and T), D hidden size, H query heads, KV key/value heads, G = H / KV query heads a
 * group, d head dimension, V vocabulary.
 */
final class Decoder {
  private final ModelConfig config;
  private final Weights weights;
  private final Kernels kernels;
  private final LoadOptions.Dtype dtype;
  private final Attention attention;
  private final List<LayerType> types;
  private final int[] typeOf;

  Decoder(ModelConfig config, Weights weights, Kernels kernels, LoadOptions.Dtype dtype) {
    this.config = config;
    this.weights = weights;
    this.kernels = kernels;
    this.dtype = dtype;
    this.attention = new Attention(config, kernels);
    this.types = config.layerTypes().stream().distinct().toList();
    this.typeOf = config.layerTypes().stream().mapToInt(types::indexOf).toArray();
  }

  Weights weights() {
    return weights;
  }

  /** The types of layers, each once. */
  List<LayerType> types() {
    return types;
  }

  /**
   * What one forward pass works with.
   *
   * @param keyValues of the positions before, of one sequence or of several; those of this pass are
   *     added
   * @param views what the rows see in the layers of each of {@link #types()}
   * @param masking the masked heads
   * @param taps see what is computed
   */
  record Pass(KeyValues keyValues, List<View> views, Masking masking, Taps taps) {}

  /**
   * What the rows of a pass see in the layers of one type.
   *
   * @param first the first position that any row sees
   * @param angles rotary angles of the rows' positions, where they are turned
   * @param hidden what is added to the score of each key: 0, or very little where it is hidden, [B,
   *     1, n]; empty where nothing is hidden
   * @param causal which key each row may see, [T, n]; empty for a single row, which sees all
   */
  record View(
      int first,
      Optional<Rotary.Angles> angles,
      Optional<NDArray> hidden,
      Optional<NDArray> causal) {}

  /** Token ids [B, T] to the residual stream behind the last layer, [B, T, D]. */
  NDArray forward(int[][] ids, Pass pass) {
    return layers(0, config.layers(), embedded(ids), pass);
  }

  /** Token ids [B, T] to the residual stream that enters the first layer, [B, T, D]. */
  NDArray embedded(int[][] ids) {
    int[] all = Arrays.stream(ids).flatMapToInt(Arrays::stream).toArray();
    NDArray x = weights.embedding().rows(all).reshape(ids.length, -1, config.hidden());
    return config.family().has(Trait.SCALED_EMBEDDING)
        ? x.mul(dtype.rounded((float) Math.sqrt(config.hidden())))
        : x;
  }

  /**
   * The residual stream that enters layer {@code from} to that which enters {@code to}. The first
   * stays as it is; those between are freed, for over all layers they would add up.
   */
  NDArray layers(int from, int to, NDArray stream, Pass pass) {
    NDArray x = stream;
    for (int l = from; l < to; l++) {
      NDArray before = x;
      if (Thread.interrupted()) {
        throw new CancellationException("interrupted in layer " + l);
      }
      try (NDScope intermediates = new NDScope()) {
        intermediates.suppressNotUsedWarning();
        Layer layer = weights.layers().get(l);
        pass.taps().see(Hook.RESID_PRE, l, x);
        NDArray attended = attention(l, layer, x, pass);
        pass.taps().written(Hook.ATTN_OUT, l, attended);
        attended = norm(attended, layer.attentionOutputNorm());
        pass.taps().see(Hook.ATTN_OUT, l, attended);
        x = x.add(attended);
        NDArray written = mlp(layer, norm(x, layer.mlpNorm()));
        pass.taps().written(Hook.MLP_OUT, l, written);
        written = norm(written, layer.mlpOutputNorm());
        pass.taps().see(Hook.MLP_OUT, l, written);
        x = pass.masking().stream(l, x.add(written));
        pass.taps().see(Hook.RESID_POST, l, x);
        NDScope.unregister(x);
      }
      NDScope.register(x);
      if (before != stream) {
        before.close();
      }
    }
    return x;
  }

  /** What the output matrix reads: the residual stream after the final norm, [B, T, D]. */
  NDArray finalNorm(NDArray x) {
    return kernels.rmsNorm(x, weights.norm(), config.normEpsilon());
  }

  /** After the final norm, [B, T, D], to logits, [B, T, V]. */
  NDArray logits(NDArray x) {
    return weights.output().product(x, dtype.code);
  }

  private NDArray mlp(Layer layer, NDArray x) {
    NDArray inner; // [B, T, inner size]
    try (NDArray gateUp = linear(x, layer.gateUp())) { // of many rows the largest there is
      inner = config.family().has(Trait.GELU) ? kernels.geglu(gateUp) : kernels.swiglu(gateUp);
    }
    return linear(inner, layer.down());
  }

  /** What attention writes, [B, T, D]; the rest of what it makes is not held beside the MLP's. */
  private NDArray attention(int l, Layer layer, NDArray x, Pass pass) {
    NDArray written;
    try (NDScope intermediates = new NDScope()) {
      intermediates.suppressNotUsedWarning();
      written = attended(l, layer, norm(x, layer.attentionNorm()), pass);
      NDScope.unregister(written);
    }
    NDScope.register(written);
    return written;
  }

  private NDArray attended(int l, Layer layer, NDArray x, Pass pass) {
    int h = config.heads();
    int kv = config.keyValueHeads();
    NDArray qkv = heads(linear(x, layer.queryKeyValue()), h + 2 * kv); // [B, H + 2 KV, T, d]
    NDArray q = Kernels.narrow(qkv, 1, 0, h); // [B, H, T, d]
    NDArray k = Kernels.narrow(qkv, 1, h, h + kv); // [B, KV, T, d]
    NDArray v = Kernels.narrow(qkv, 1, h + kv, h + 2 * kv); // [B, KV, T, d]
    View view = pass.views().get(typeOf[l]);
    q = rotated(headNorm(q, layer.queryNorm()), view);
    k = rotated(headNorm(k, layer.keyNorm()), view);
    pass.taps().see(Hook.Q, l, q);
    pass.taps().see(Hook.K, l, k);
    pass.taps().see(Hook.V, l, v);
    NDArray z = attention.of(l, q, k, v, view, pass); // [B, H, T, d]
    pass.taps().see(Hook.Z, l, z);
    return linear(joined(z), layer.attentionOutput()); // [B, T, D]
  }

  private NDArray headNorm(NDArray x, Optional<NDArray> weight) {
    return config.family().has(Trait.WHOLE_NORM)
        ? heads(norm(joined(x), weight), x.getShape().get(1))
        : norm(x, weight);
  }

  private NDArray rotated(NDArray x, View view) {
    return view.angles().map(a -> kernels.rotate(x, a.cos(), a.sin())).orElse(x);
  }

  private NDArray linear(NDArray x, Linear linear) {
    NDArray y = kernels.linear(x, linear.weight(), dtype.code);
    return linear.bias().map(y::addi).orElse(y);
  }

  private NDArray norm(NDArray x, Optional<NDArray> weight) {
    return weight.map(w -> kernels.rmsNorm(x, w, config.normEpsilon())).orElse(x);
  }

  /** [B, T, heads · d] to [B, heads, T, d]. */
  private NDArray heads(NDArray x, long heads) {
    long b = x.getShape().get(0);
    long t = x.getShape().get(1);
    return x.reshape(b, t, heads, config.headDim()).swapAxes(1, 2);
  }

  /** [B, heads, T, d] to [B, T, heads · d]. */
  private NDArray joined(NDArray z) {
    Shape s = z.getShape();
    return z.swapAxes(1, 2).reshape(s.get(0), s.get(2), s.get(1) * s.get(3));
  }
}

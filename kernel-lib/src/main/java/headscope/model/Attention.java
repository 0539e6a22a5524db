package headscope.model;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.types.Shape;
import headscope.model.Decoder.Pass;
import headscope.model.Decoder.View;
import java.util.ArrayList;
import java.util.List;

/**
 * Grouped-query attention from queries, keys and values to the outputs z of the heads. A single row
 * shows its pattern; a block of rows never has one in memory.
 *
 * <p>Shapes: as in {@link Decoder}.
 */
final class Attention {
  private final ModelConfig config;
  private final Kernels kernels;

  Attention(ModelConfig config, Kernels kernels) {
    this.config = config;
    this.kernels = kernels;
  }

  /**
   * What the heads of a layer put out for the rows of a pass. Here head masks act, of any mode: on
   * what heads attend to, and on what they put out.
   *
   * @param l the layer
   * @param q queries, [B, H, T, d]
   * @param k keys of the rows, [B, KV, T, d]
   * @param v values of the rows, [B, KV, T, d]
   * @return z, [B, H, T, d]
   */
  NDArray of(int l, NDArray q, NDArray k, NDArray v, View view, Pass pass) {
    Masking.Layer mask = pass.masking().layer(l);
    NDArray z =
        pass.keyValues() instanceof KvCache cache
            ? sequence(l, q, cache.append(l, k, v), view, pass)
            : rows(l, q, k, v, view, pass);
    return mask.outputs(z);
  }

  /** Rows of one sequence, or of a batch of such that differ in what acts on them. */
  private NDArray sequence(int l, NDArray q, List<KvCache.Stretch> seen, View view, Pass pass) {
    Masking.Layer mask = pass.masking().layer(l);
    if (view.causal().isPresent()) {
      if (pass.taps().blockPatterns()) {
        pass.taps().pattern(l, view.first(), patterns(q, seen, view));
      }
      return block(mask.queries(q), seen, view);
    }
    NDArray pattern = pattern(q, seen, view);
    pass.taps().pattern(l, view.first(), pattern);
    return mixed(mask.spreads() ? pattern(mask.queries(q), seen, view) : pattern, seen);
  }

  /** A row each of several sequences, which may share what they look into. */
  private NDArray rows(int l, NDArray q, NDArray k, NDArray v, View view, Pass pass) {
    RowLookup lookup = (RowLookup) pass.keyValues();
    RowLookup.Lookup look = lookup.of(l);
    int place = lookup.place(l);
    Masking.Layer mask = pass.masking().layer(l);
    kernels.storeRows(look.tail().keys[place], look.places(), look.slots(), k);
    kernels.storeRows(look.tail().values[place], look.places(), look.slots(), v);
    NDArray pattern = kernels.rowPattern(q, look, place, view.hidden(), config.queryScale());
    pass.taps().pattern(l, view.first(), pattern);
    NDArray used =
        mask.spreads()
            ? kernels.rowPattern(mask.queries(q), look, place, view.hidden(), config.queryScale())
            : pattern;
    return kernels.rowMix(used, look, place);
  }

  /** The pattern of a single row, [B, KV, G, n]. */
  private NDArray pattern(NDArray q, List<KvCache.Stretch> seen, View view) {
    long b = q.getShape().get(0);
    long kv = config.keyValueHeads();
    long g = config.heads() / kv;
    NDArray scores = scores(q.reshape(b, kv, g, config.headDim()), seen); // [B, KV, G, n]
    if (view.hidden().isPresent()) {
      scores = scores.add(view.hidden().get().expandDims(1));
    }
    return scores.softmax(3);
  }

  /** Scores of queries, [B, KV, a, d], against all keys that are seen, [B, KV, a, n]. */
  private NDArray scores(NDArray grouped, List<KvCache.Stretch> seen) {
    NDArray scaled = grouped.mul((float) config.queryScale());
    NDList parts = new NDList(seen.size());
    for (KvCache.Stretch s : seen) {
      parts.add(perGroup(scaled, s.keys().swapAxes(2, 3))); // [B, KV, a, n']
    }
    return parts.size() == 1 ? parts.head() : NDArrays.concat(parts, 3);
  }

  /** The patterns of many rows, [B, KV, G, T, n]: for those who ask for them alone. */
  private NDArray patterns(NDArray q, List<KvCache.Stretch> seen, View view) {
    long b = q.getShape().get(0);
    long t = q.getShape().get(2);
    long kv = config.keyValueHeads();
    long g = config.heads() / kv;
    NDArray scores = scores(q.reshape(b, kv, g * t, config.headDim()), seen); // [B, KV, G T, n]
    long n = scores.getShape().get(3);
    NDArray mask = view.causal().orElseThrow(); // [T, n]
    if (view.hidden().isPresent()) {
      mask = mask.add(view.hidden().get()).reshape(b, 1, 1, t, n);
    }
    return scores.reshape(b, kv, g, t, n).add(mask).softmax(4);
  }

  /** What a single row's heads take from the values by a pattern: [B, H, 1, d]. */
  private NDArray mixed(NDArray pattern, List<KvCache.Stretch> seen) {
    NDList parts = new NDList(seen.size());
    long at = 0;
    for (KvCache.Stretch s : seen) {
      NDArray weights =
          seen.size() == 1 ? pattern : Kernels.narrow(pattern, 3, at, at + s.length());
      parts.add(perGroup(weights, s.values())); // [B, KV, G, d]
      at += s.length();
    }
    NDArray z = parts.stream().reduce(NDArray::add).orElseThrow();
    return z.reshape(z.getShape().get(0), config.heads(), 1, config.headDim());
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
  private NDArray block(NDArray q, List<KvCache.Stretch> seen, View view) {
    long b = q.getShape().get(0);
    long t = q.getShape().get(2);
    long kv = config.keyValueHeads();
    long g = config.heads() / kv;
    long d = config.headDim();
    NDArray keys = whole(seen.stream().map(KvCache.Stretch::keys).toList(), b); // [B, KV, n, d]
    NDArray values = whole(seen.stream().map(KvCache.Stretch::values).toList(), b);
    long n = keys.getShape().get(2);
    NDArray mask = view.causal().orElseThrow(); // [T, n]
    if (view.hidden().isPresent()) {
      mask =
          mask.add(view.hidden().get()) // [B, T, n]
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
            config.queryScale())
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
}

package headscope.model;

import ai.djl.Device;
import ai.djl.engine.EngineException;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.engine.PtNDManager;
import ai.djl.pytorch.engine.PtSymbolBlock;
import ai.djl.pytorch.jni.IValue;
import ai.djl.pytorch.jni.IValueUtils;
import ai.djl.pytorch.jni.JniUtils;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;

/**
 * Operators of libtorch that DJL does not offer, or offers only as many small ones: a TorchScript
 * module written here and loaded from memory. The only class that is tied to DJL's PyTorch engine.
 * A call costs about two plain operators, whatever happens inside.
 *
 * <p>One class of some length: a third of it is the script.
 */
final class Kernels {
  /** The numbers that TorchScript gives to element types. */
  static final long FLOAT16 = 5;

  static final long FLOAT32 = 6;
  static final long BFLOAT16 = 15;

  private static final String SCRIPT =
      """
      class Kernels(Module):
        __parameters__ = []
        __buffers__ = []
        training : bool
        def empty(self: __torch__.Kernels, like: Tensor, size: List[int], dtype: int) -> Tensor:
          return torch.new_empty(like, size, dtype=dtype)
        def store(self: __torch__.Kernels, into: Tensor, dim: int, at: int, x: Tensor) -> Tensor:
          return torch.copy_(torch.narrow(into, dim, at, x.size(dim)), x)
        def rms_norm(self: __torch__.Kernels, x: Tensor, w: Tensor, eps: float) -> Tensor:
          return torch.rms_norm(x, [w.size(0)], w, eps)
        def linear(self: __torch__.Kernels, x: Tensor, w: Tensor, dtype: int) -> Tensor:
          return torch.to(torch.linear(torch.to(x, dtype), w), 6)
        def back(self: __torch__.Kernels, x: Tensor, w: Tensor, dtype: int) -> Tensor:
          return torch.to(torch.matmul(torch.to(x, dtype), w), 6)
        def rotate(self: __torch__.Kernels, x: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
          n = cos.size(-1)
          h = n // 2
          r = x[..., :n]
          y = r * cos + torch.cat([torch.neg(r[..., h:]), r[..., :h]], -1) * sin
          if x.size(-1) == n:
            z = y
          else:
            z = torch.cat([y, x[..., n:]], -1)
          return z
        def swiglu(self: __torch__.Kernels, x: Tensor) -> Tensor:
          n = x.size(-1) // 2
          return torch.silu(x[..., :n]) * x[..., n:]
        def geglu(self: __torch__.Kernels, x: Tensor) -> Tensor:
          n = x.size(-1) // 2
          return torch.gelu(x[..., :n], approximate="tanh") * x[..., n:]
        def causal(self: __torch__.Kernels, like: Tensor, rows: int, keys: int) -> Tensor:
          m = torch.new_full(like, [rows, keys], -inf, dtype=6)
          return torch.triu_(m, keys - rows + 1)
        def beyond(self: __torch__.Kernels, like: Tensor, rows: int, keys: int, window: int) -> Tensor:
          m = torch.new_full(like, [rows, keys], -inf, dtype=6)
          return torch.tril_(m, keys - rows - window)
        def behind_zeros(self: __torch__.Kernels, x: Tensor, zeros: int) -> Tensor:
          return torch.constant_pad_nd(x, [zeros, 0], 0)
        def attend(self: __torch__.Kernels, q: Tensor, k: Tensor, v: Tensor, mask: Tensor, scale: float) -> Tensor:
          return torch.scaled_dot_product_attention(q, k, v, mask, 0., False, scale=scale)
        def store_rows(self: __torch__.Kernels, into: Tensor, rows: Tensor, slots: Tensor, x: Tensor) -> Tensor:
          return torch.index_put_(into, annotate(List[Optional[Tensor]], [rows, None, slots]), torch.squeeze(x, 2))
        def row_pattern(self: __torch__.Kernels, q: Tensor, keys: List[Tensor], plan: List[int], ends: List[Tensor], tail: Tensor, longest: int, index: List[Tensor], own: List[Tensor], more: List[Tensor], width: int, scale: float) -> Tensor:
          r = q.size(0)
          kv = tail.size(1)
          d = tail.size(3)
          g = q.size(1) // kv
          grouped = torch.mul(torch.reshape(q, [r, kv, g, d]), scale)
          whole = torch.new_full(q, [kv, r, g, width], -inf)
          for i in range(len(plan) // 9):
            p = 9 * i
            m = plan[p + 2]
            n = plan[p + 4] - plan[p + 3]
            rows = plan[p + 6] - plan[p + 5]
            of = [m, rows // m]
            k = torch.narrow(torch.narrow(keys[plan[p]], 0, plan[p + 1], m), 2, plan[p + 3], n)
            x = torch.transpose(torch.unflatten(torch.narrow(grouped, 0, plan[p + 5], rows), 0, of), 1, 2)
            part = torch.matmul(torch.reshape(x, [m, kv, rows // m * g, d]), torch.transpose(k, 2, 3))
            if plan[p + 8] >= 0:
              _0 = torch.add_(part, ends[plan[p + 8]])
            into = torch.unflatten(torch.narrow(torch.narrow(whole, 1, plan[p + 5], rows), 3, plan[p + 7], n), 1, of)
            _1 = torch.copy_(into, torch.transpose(torch.unflatten(part, 2, [rows // m, g]), 0, 1))
          k = torch.narrow(tail, 2, 0, longest)
          t = torch.matmul(torch.index_select(grouped, 0, index[1]), torch.transpose(k, 2, 3))
          t = torch.transpose(torch.index_select(t, 0, index[0]), 0, 1)
          for mask in own:
            t = torch.where(torch.eq(mask, 0), t, mask)
          columns = torch.expand(torch.unsqueeze(torch.unsqueeze(index[2], 1), 0), [kv, r, g, longest])
          _2 = torch.scatter_(whole, 3, columns, t)
          for mask in more:
            _3 = torch.add_(whole, mask)
          return torch.transpose(torch.softmax(whole, -1), 0, 1)
        def row_mix(self: __torch__.Kernels, pattern: Tensor, values: List[Tensor], plan: List[int], ends: List[Tensor], tail: Tensor, longest: int, index: List[Tensor]) -> Tensor:
          r = pattern.size(0)
          kv = pattern.size(1)
          g = pattern.size(2)
          d = tail.size(3)
          whole = torch.transpose(pattern, 0, 1)
          z = torch.new_zeros(pattern, [r, kv, g, d])
          for i in range(len(plan) // 9):
            p = 9 * i
            m = plan[p + 2]
            n = plan[p + 4] - plan[p + 3]
            rows = plan[p + 6] - plan[p + 5]
            of = [m, rows // m]
            v = torch.narrow(torch.narrow(values[plan[p]], 0, plan[p + 1], m), 2, plan[p + 3], n)
            part = torch.narrow(torch.narrow(pattern, 0, plan[p + 5], rows), 3, plan[p + 7], n)
            w = torch.reshape(torch.transpose(torch.unflatten(part, 0, of), 1, 2), [m, kv, rows // m * g, n])
            if plan[p + 8] >= 0:
              w = w * torch.exp(ends[plan[p + 8]])
            x = torch.transpose(torch.unflatten(torch.matmul(w, v), 2, [rows // m, g]), 1, 2)
            _0 = torch.add_(torch.unflatten(torch.narrow(z, 0, plan[p + 5], rows), 0, of), x)
          columns = torch.expand(torch.unsqueeze(torch.unsqueeze(index[2], 1), 0), [kv, r, g, longest])
          t = torch.index_select(torch.transpose(torch.gather(whole, 3, columns), 0, 1), 0, index[1])
          t = torch.index_select(torch.matmul(t, torch.narrow(tail, 2, 0, longest)), 0, index[0])
          return torch.reshape(z + t, [r, kv * g, 1, d])
        def reduce(self: __torch__.Kernels, patterns: List[Tensor], ranges: List[int]) -> Tensor:
          p = torch.stack(patterns)
          weight, index = torch.max(p, -1, True)
          parts = [torch.to(index, 6), weight]
          for i in range(len(ranges) // 2):
            part = torch.slice(p, -1, ranges[2 * i], ranges[2 * i + 1])
            parts.append(torch.sum(part, [-1], True))
          return torch.cat(parts, -1)
        def logprobs(self: __torch__.Kernels, logits: Tensor, tokens: List[int]) -> Tensor:
          t = torch.unsqueeze(torch.tensor(tokens, dtype=4, device=logits.device), 1)
          return torch.gather(logits, -1, t) - torch.logsumexp(logits, [-1], True)
        def within(self: __torch__.Kernels, start: Tensor, end: Tensor, n: int) -> Tensor:
          at = torch.arange(n, device=start.device)
          return torch.to(torch.logical_and(torch.ge(at, start), torch.lt(at, end)), 6)
        def reduce_rows(self: __torch__.Kernels, patterns: List[Tensor], within: Tensor) -> Tensor:
          p = torch.flatten(torch.stack(patterns, 1), 1, 3)
          n = p.size(-1)
          blocks = n // 64
          rest = n - 64 * blocks
          parts = annotate(List[Tensor], [])
          if blocks > 0:
            whole = torch.narrow(p, -1, 0, 64 * blocks)
            _0 = torch.append(parts, torch.amax(torch.unflatten(whole, -1, [blocks, 64]), [-1]))
          if rest > 0:
            _1 = torch.append(parts, torch.amax(torch.narrow(p, -1, 64 * blocks, rest), [-1], True))
          _2, block = torch.max(torch.cat(parts, -1), -1, True)
          near = torch.clamp_max(block * 64 + torch.arange(64, device=p.device), n - 1)
          weight, inside = torch.max(torch.gather(p, -1, near), -1, True)
          sums = annotate(List[Tensor], [])
          for i in range((n + 255) // 256):
            m = min(256, n - 256 * i)
            _3 = torch.append(sums, torch.matmul(torch.narrow(within, -1, 256 * i, m), torch.transpose(torch.narrow(p, -1, 256 * i, m), 1, 2)))
          return torch.cat([torch.to(block * 64 + inside, 6), weight, torch.transpose(torch.sum(torch.stack(sums), [0]), 1, 2)], -1)
        def choose(self: __torch__.Kernels, logits: Tensor, wanted: List[int], more: List[Tensor]) -> Tensor:
          best = torch.argmax(logits, -1, True)
          if len(wanted) == 0:
            token = best
          else:
            token = torch.unsqueeze(torch.tensor(wanted, dtype=4, device=best.device), 1)
          parts = [torch.to(token, 7)]
          of = annotate(List[Tensor], [])
          for i in range((logits.size(0) + 3) // 4):
            n = min(4, logits.size(0) - 4 * i)
            p = torch.log_softmax(torch.narrow(logits, 0, 4 * i, n), -1, 7)
            entropy = torch.neg(torch.sum(torch.exp(p) * torch.clamp_min(p, -1e30), [-1], True))
            chosen = torch.gather(p, -1, torch.narrow(token, 0, 4 * i, n))
            _0 = torch.append(of, torch.cat([chosen, entropy], -1))
          parts.append(torch.cat(of, 0))
          for x in more:
            parts.append(torch.to(x, 7))
          return torch.cat(parts, -1)
      """;

  /** Only builds of libtorch with oneDNN know this operator, so it is a script of its own. */
  private static final String ONE_DNN_SCRIPT =
      """
      class Kernels(Module):
        __parameters__ = []
        __buffers__ = []
        training : bool
        def linear(self: __torch__.Kernels, x: Tensor, parts: List[Tensor]) -> Tensor:
          n = parts[0].size(1)
          y = ops.mkldnn._linear_pointwise(torch.narrow(x, -1, 0, n), parts[0], None, "none", annotate(List[Optional[number]], []), None)
          for i in range(len(parts) - 1):
            y = ops.mkldnn._linear_pointwise(torch.narrow(x, -1, n * (i + 1), n), y, parts[i + 1], None, "add")
          return y
        def product(self: __torch__.Kernels, x: Tensor, parts: List[Tensor], size: int) -> Tensor:
          y = torch.new_empty(x, [x.size(0), size])
          at = 0
          for part in parts:
            n = part.size(0)
            _0 = torch.copy_(torch.narrow(y, 1, at, n), ops.mkldnn._linear_pointwise(x, part, None, "none", annotate(List[Optional[number]], []), None))
            at = at + n
          return y
        def pack(self: __torch__.Kernels, w: Tensor, start: int, end: int) -> Tensor:
          return ops.mkldnn._reorder_linear_weight(torch.contiguous(torch.slice(w, 1, start, end)), None)
        def unpack(self: __torch__.Kernels, parts: List[Tensor]) -> Tensor:
          plain = annotate(List[Tensor], [])
          for part in parts:
            plain.append(torch.to_dense(part))
          if len(plain) == 1:
            whole = plain[0]
          else:
            whole = torch.cat(plain, 1)
          return whole
      """;

  /** The compiled scripts: they have no state, so they serve every model of the process. */
  private static final class Script {
    static final PtSymbolBlock MODULE = load(SCRIPT);

    /** Null where libtorch was built without oneDNN. */
    static final PtSymbolBlock ONE_DNN = loadIfKnown(ONE_DNN_SCRIPT);

    private static PtSymbolBlock load(String script) {
      try {
        PtNDManager forGood = (PtNDManager) NDManager.newBaseManager(Device.cpu(), "PyTorch");
        return JniUtils.loadModule(
            forGood, new ByteArrayInputStream(archive(script)), false, false);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }

    private static PtSymbolBlock loadIfKnown(String script) {
      try {
        return load(script);
      } catch (EngineException e) {
        return null;
      }
    }
  }

  private final PtNDManager manager;
  private final PtNDArray anchor;
  private final boolean oneDnn;

  /**
   * @param manager owns the results, and says on which device
   * @param config of the model that is computed
   */
  Kernels(NDManager manager, ModelConfig config) {
    this.manager = (PtNDManager) manager;
    this.anchor = (PtNDArray) manager.zeros(new Shape(1));
    // MKL keeps its widest instructions from processors of other makers, and multiplies a single
    // row on one thread; oneDNN does neither, at 9 µs a call more.
    this.oneDnn = !manager.getDevice().isGpu() && !small(config) && Script.ONE_DNN != null;
  }

  /** Matrices of fewer elements are multiplied by one thread. */
  private static final long SMALL_MATRIX = 1 << 19;

  private static final int ALL_THREADS = JniUtils.getNumThreads();

  /**
   * Settings that libtorch keeps a thread: no gradients, and no profiling runs of the script, which
   * would make the first calls slow. For a small model several threads are no gain on an idle
   * machine, and wait for each other seven times longer than they work on a busy one.
   */
  static void prepareThread(ModelConfig config) {
    JniUtils.setGradMode(false);
    JniUtils.setGraphExecutorOptimize(false);
    JniUtils.setNumThreads(small(config) ? 1 : Math.max(1, ALL_THREADS / Lanes.beside()));
  }

  /** How many lanes of work the device has room for. */
  int lanes() {
    return manager.getDevice().isGpu() ? 1 : ALL_THREADS;
  }

  private static boolean small(ModelConfig config) {
    return (long) config.hidden() * config.intermediate() < SMALL_MATRIX;
  }

  /** An array of any size and any element type, not filled. */
  NDArray empty(long dtype, long... shape) {
    return call("empty", in(anchor), IValue.listFrom(shape), IValue.from(dtype));
  }

  /** Zeros, float32. */
  NDArray zeros(long... shape) {
    return manager.zeros(new Shape(shape));
  }

  /** Copies x into {@code into} from a place of a dimension on, converting the element type. */
  void store(NDArray into, int dim, long at, NDArray x) {
    call("store", in(into), IValue.from(dim), IValue.from(at), in(x)).close();
  }

  /** x / rms(x) * weight over the last dimension. */
  NDArray rmsNorm(NDArray x, NDArray weight, double epsilon) {
    return call("rms_norm", in(x), in(weight), IValue.from(epsilon));
  }

  /** Whether products read matrices fastest that are {@link #packed}. */
  boolean packs(long dtype) {
    return oneDnn && dtype == FLOAT32;
  }

  /**
   * A copy of a matrix, [out, in], in the order in which oneDNN reads it without a detour.
   *
   * @param parts so many products over a part of the columns each are added up
   */
  Matrix packed(NDArray matrix, int parts) {
    long in = matrix.getShape().get(1);
    int used = in % parts == 0 ? parts : 1;
    return new Matrix(
        LongStream.range(0, used)
            .mapToObj(
                i ->
                    run(
                        Script.ONE_DNN,
                        "pack",
                        in(matrix),
                        IValue.from(i * in / used),
                        IValue.from((i + 1) * in / used)))
            .toList(),
        true);
  }

  /**
   * A matrix, [out, in].
   *
   * @param parts of its columns, one behind the other
   * @param packed whether they lie in the order of oneDNN, so that products alone can read them
   */
  record Matrix(List<NDArray> parts, boolean packed) {
    /** As it is read. */
    static Matrix plain(NDArray array) {
      return new Matrix(Arrays.asList(array), false); // null where weights are only checked
    }
  }

  /** x · weightᵀ; x and the result are float32, the product is of the weight's type. */
  NDArray linear(NDArray x, Matrix weight, long dtype) {
    if (weight.packed()) {
      return run(Script.ONE_DNN, "linear", in(x), list(weight.parts().stream()));
    }
    NDArray whole = weight.parts().get(0);
    return dtype == FLOAT32
        ? JniUtils.linear((PtNDArray) x, (PtNDArray) whole, null) // null: no bias
        : call("linear", in(x), in(whole), IValue.from(dtype));
  }

  /**
   * x · weightᵀ for a packed weight that lies in parts of some rows each.
   *
   * @param x [..., in]
   * @param out rows of the parts in all
   * @return [..., out]
   */
  NDArray product(NDArray x, List<NDArray> parts, long out) {
    long[] shape = x.getShape().getShape().clone();
    long in = shape[shape.length - 1];
    NDArray y =
        run(
            Script.ONE_DNN,
            "product",
            in(x.reshape(-1, in)),
            list(parts.stream()),
            IValue.from(out));
    shape[shape.length - 1] = out;
    return y.reshape(shape);
  }

  /** x · weight: what {@link #linear} does, the other way; the product is of the weight's type. */
  NDArray back(NDArray x, Matrix weight, long dtype) {
    if (!weight.packed()) {
      return call("back", in(x), in(weight.parts().get(0)), IValue.from(dtype));
    }
    try (NDArray plain = unpacked(weight.parts())) {
      return call("back", in(x), in(plain), IValue.from(dtype));
    }
  }

  /** A matrix as it was before, from its packed parts of some columns each. */
  NDArray unpacked(List<NDArray> parts) {
    return run(Script.ONE_DNN, "unpack", list(parts.stream()));
  }

  /** Positions [from, to) of a dimension: a view. */
  static NDArray narrow(NDArray x, int dim, long from, long to) {
    return JniUtils.slice((PtNDArray) x, dim, from, to, 1);
  }

  /** The rows of a matrix, as float32. */
  NDArray rows(NDArray matrix, int[] indices) {
    return rows(matrix, manager.create(Arrays.stream(indices).asLongStream().toArray()));
  }

  /** The rows of a matrix, as float32. */
  NDArray rows(NDArray matrix, NDArray indices) {
    return JniUtils.embedding((PtNDArray) indices, (PtNDArray) matrix, false)
        .toType(DataType.FLOAT32, false);
  }

  /** Turns the leading dimensions of each head, the first half with the second. */
  NDArray rotate(NDArray x, NDArray cos, NDArray sin) {
    return call("rotate", in(x), in(cos), in(sin));
  }

  /** silu of the first half of the last dimension, the gate, times the second half. */
  NDArray swiglu(NDArray gateUp) {
    return call("swiglu", in(gateUp));
  }

  /** GELU (tanh) of the first half of the last dimension, the gate, times the second half. */
  NDArray geglu(NDArray gateUp) {
    return call("geglu", in(gateUp));
  }

  /** [rows, keys]: 0 where a row may see a key, else -∞; the last row sees all. */
  NDArray causal(long rows, long keys) {
    return call("causal", in(anchor), IValue.from(rows), IValue.from(keys));
  }

  /** The same where a row sees so many keys at most, its own the last. */
  NDArray causal(long rows, long keys, long window) {
    NDArray later = causal(rows, keys);
    return keys <= window
        ? later
        : later.add(
            call("beyond", in(anchor), IValue.from(rows), IValue.from(keys), IValue.from(window)));
  }

  /** x with some zeros before it in the last dimension. */
  NDArray behindZeros(long zeros, NDArray x) {
    return call("behind_zeros", in(x), IValue.from(zeros));
  }

  /** softmax(scale · q kᵀ + mask) · v without the scores ever being whole in memory. */
  NDArray attend(NDArray q, NDArray k, NDArray v, NDArray mask, double scale) {
    return call("attend", in(q), in(k), in(v), in(mask), IValue.from(scale));
  }

  /**
   * Reduces attention patterns over their last dimension. libtorch sums pairwise, and its maximum
   * is the first one.
   *
   * @param patterns arrays of one shape [..., n]
   * @param ranges from, to, from, to, ...
   * @return [patterns, ..., 2 + ranges / 2]: position of the maximum, the lowest on a tie; its
   *     weight; the sum over each range
   */
  NDArray reduce(List<NDArray> patterns, long[] ranges) {
    PtNDArray[] arrays = patterns.toArray(PtNDArray[]::new);
    return call("reduce", IValue.listFrom(arrays), IValue.listFrom(ranges));
  }

  /** The log-probability of a token of each row, [rows, V] to [rows, 1], in nats. */
  NDArray logprobs(NDArray logits, long[] tokens) {
    return call("logprobs", in(logits), IValue.listFrom(tokens));
  }

  /**
   * Adds a position to each of some rows of a block.
   *
   * @param into [block's rows, KV, capacity, d]
   * @param rows [R], which of them
   * @param slots [R], where
   * @param x [R, KV, 1, d]
   */
  void storeRows(NDArray into, NDArray rows, NDArray slots, NDArray x) {
    call("store_rows", in(into), in(rows), in(slots), in(x)).close();
  }

  /**
   * The attention patterns of single rows of several sequences.
   *
   * @param q queries, [R, H, 1, d]
   * @param look where they look
   * @param layer of the lookup's blocks
   * @param more what is added to the scores, [R, 1, W]
   * @return [R, KV, G, W]
   */
  NDArray rowPattern(
      NDArray q, RowLookup.Lookup look, int layer, Optional<NDArray> more, double scale) {
    return call(
        "row_pattern",
        in(q),
        list(look.blocks().stream().map(b -> b.keys[layer])),
        IValue.listFrom(look.plan()),
        list(look.ends().stream()),
        in(look.tail().keys[layer]),
        IValue.from((long) look.longest()),
        index(look),
        list(look.own().stream()),
        list(more.stream()),
        IValue.from(look.width()),
        IValue.from(scale));
  }

  /** What the heads of single rows take from the values by their patterns: [R, H, 1, d]. */
  NDArray rowMix(NDArray pattern, RowLookup.Lookup look, int layer) {
    return call(
        "row_mix",
        in(pattern),
        list(look.blocks().stream().map(b -> b.values[layer])),
        IValue.listFrom(look.plan()),
        list(look.ends().stream()),
        in(look.tail().values[layer]),
        IValue.from((long) look.longest()),
        index(look));
  }

  private static IValue index(RowLookup.Lookup look) {
    return list(Stream.of(look.places(), look.inverse(), look.columns()));
  }

  /**
   * Which positions some ranges hold.
   *
   * @param start [R, S, 1], the first position of each
   * @param end [R, S, 1], the one behind the last
   * @return [R, S, n], 1 within, else 0
   */
  NDArray within(NDArray start, NDArray end, long n) {
    return call("within", in(start), in(end), IValue.from(n));
  }

  /**
   * Reduces attention patterns of rows that differ in what is summed; otherwise as {@link #reduce}.
   * Sums are matrix products over 256 positions at a time.
   *
   * @param patterns arrays [R, KV, G, n], one a layer
   * @param within what is summed, [R, S, n]
   * @return [R, layers · H, 2 + S]
   */
  NDArray reduceRows(List<NDArray> patterns, NDArray within) {
    return call("reduce_rows", list(patterns.stream()), in(within));
  }

  /**
   * The next token of each row.
   *
   * @param logits [B, vocabulary]
   * @param wanted the tokens that are taken; none: the most likely ones, the lowest id on a tie
   * @param more arrays [B, n] that are wanted with it, in one transfer
   * @return [B, 3 + n]: token, its log-probability, the entropy of the distribution, both in nats;
   *     then the other arrays; all as float64
   */
  NDArray choose(NDArray logits, long[] wanted, NDArray... more) {
    PtNDArray[] arrays = Arrays.copyOf(more, more.length, PtNDArray[].class);
    return call("choose", in(logits), IValue.listFrom(wanted), IValue.listFrom(arrays));
  }

  private static IValue list(Stream<NDArray> arrays) {
    return IValue.listFrom(arrays.toArray(PtNDArray[]::new));
  }

  private static IValue in(NDArray array) {
    return IValue.from((PtNDArray) array);
  }

  private NDArray call(String method, IValue... arguments) {
    return run(Script.MODULE, method, arguments);
  }

  private NDArray run(PtSymbolBlock script, String method, IValue... arguments) {
    try (IValue result = IValueUtils.runMethod(script, method, arguments)) {
      return result.toTensor(manager);
    } finally {
      for (IValue argument : arguments) {
        argument.close();
      }
    }
  }

  /** A TorchScript archive: a ZIP of stored entries with a pickled module and its source. */
  private static byte[] archive(String script) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (ZipOutputStream zip = new ZipOutputStream(out)) {
      // pickle, protocol 2: an object of class __torch__.Kernels with the attribute training=False
      put(zip, "data.pkl", "\u0080\u0002c__torch__\nKernels\n)\u0081}X\b\0\0\0training\u0089sb.");
      put(zip, "code/__torch__.py", script);
      put(zip, "constants.pkl", "\u0080\u0002)."); // an empty tuple
      put(zip, "version", "10\n"); // of the operators: GELU has its tanh form since then
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return out.toByteArray();
  }

  private static void put(ZipOutputStream zip, String name, String content) throws IOException {
    byte[] bytes = content.getBytes(StandardCharsets.ISO_8859_1);
    CRC32 crc = new CRC32();
    crc.update(bytes);
    ZipEntry entry = new ZipEntry("kernels/" + name);
    entry.setMethod(ZipEntry.STORED);
    entry.setSize(bytes.length);
    entry.setCrc(crc.getValue());
    zip.putNextEntry(entry);
    zip.write(bytes);
    zip.closeEntry();
  }
}

package headscope.model;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDScope;
import headscope.head.HeadId;
import headscope.trace.Capture;
import headscope.trace.Prompt;
import headscope.trace.Span;
import headscope.trace.Spans;
import headscope.trace.Step;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Reduces the attention row of every head to a few numbers where it lies: all heads of several
 * layers in one operation, as many layers as fit into a small buffer.
 */
final class PatternReducer implements Taps, AutoCloseable {
  /** Patterns are gathered up to this size before they are reduced. */
  private static final long GATHERED_BYTES = 16L << 20;

  private static final List<Span> WHOLE = List.of(new Span(0, Integer.MAX_VALUE));

  /** The reduced rows of one sequence of the batch. */
  record Reduced(
      int[] argmaxIndex,
      float[] argmaxWeight,
      Map<String, float[]> mass,
      Map<HeadId, float[]> rows) {
    /** Of a run that observes no head. */
    static final Reduced NOTHING = ofRows(Map.of());

    /** Of a run that keeps whole rows and reduces none. */
    static Reduced ofRows(Map<HeadId, float[]> rows) {
      return new Reduced(new int[0], new float[0], Map.of(), rows);
    }
  }

  private final Kernels kernels;
  private final Capture capture;
  private final boolean wholeRows;
  private final int heads;
  private final List<NDArray> gathered = new ArrayList<>();
  private final List<Sequence> sequences = new ArrayList<>();
  private final boolean shared;
  private int firstLayer;

  /**
   * What is summed for one sequence of the batch, and what came out. Masses share a range that they
   * have in common: most often the needle lies outside sink and local, so that its two masses are
   * one sum.
   */
  private static final class Sequence {
    private final List<int[]> parts = new ArrayList<>(); // a mass: which of the ranges it adds up
    private final List<float[]> masses = new ArrayList<>();
    private final Map<String, float[]> byName = new LinkedHashMap<>();
    private final int totalHeads;
    private long[] ranges = new long[16]; // from, to, from, to, ...
    private int count;
    final Reduced out;

    /**
     * Golden rule 9: sink, then what is outside of both, then local, the query's own at its end.
     */
    Sequence(Map<String, Spans> declared, Capture capture, int n, int totalHeads) {
      this.totalHeads = totalHeads;
      int sinkEnd = Math.min(capture.sink(), n);
      int localStart = Math.max(n - capture.local(), sinkEnd);
      declared.forEach((name, spans) -> add(name, spans.list(), 0, n));
      add(Step.SINK, WHOLE, 0, sinkEnd);
      add(Step.LOCAL, WHOLE, localStart, n);
      add(Step.EFFECTIVE, WHOLE, sinkEnd, localStart);
      if (declared.containsKey(Prompt.NEEDLE)) {
        List<Span> needle = declared.get(Prompt.NEEDLE).list();
        add(Step.NEEDLE_EFFECTIVE, needle, sinkEnd, localStart);
      }
      this.out =
          new Reduced(new int[totalHeads], new float[totalHeads], byName, new LinkedHashMap<>());
    }

    /** A mass over what of some spans lies in [low, high). */
    private void add(String name, List<Span> spans, int low, int high) {
      int[] indices = new int[spans.size()];
      int used = 0;
      for (Span span : spans) {
        int from = Math.max(span.from(), low);
        int to = Math.min(span.to(), high);
        if (from < to) {
          indices[used++] = range(from, to);
        }
      }
      float[] mass = new float[totalHeads];
      parts.add(Arrays.copyOf(indices, used));
      masses.add(mass);
      byName.put(name, mass);
    }

    private int range(int from, int to) {
      for (int i = 0; i < count; i++) {
        if (ranges[2 * i] == from && ranges[2 * i + 1] == to) {
          return i;
        }
      }
      if (2 * count == ranges.length) {
        ranges = Arrays.copyOf(ranges, 2 * ranges.length);
      }
      ranges[2 * count] = from;
      ranges[2 * count + 1] = to;
      return count++;
    }

    long[] ranges() {
      return Arrays.copyOf(ranges, 2 * count);
    }

    /** Takes position, weight and range sums of a head from {@code all[at...]}. */
    int take(int head, float[] all, int at) {
      out.argmaxIndex()[head] = (int) all[at];
      out.argmaxWeight()[head] = all[at + 1];
      for (int m = 0; m < parts.size(); m++) {
        double sum = 0;
        for (int i : parts.get(m)) {
          sum += all[at + 2 + i];
        }
        masses.get(m)[head] = (float) sum;
      }
      return at + 2 + count;
    }
  }

  /**
   * @param spans the declared spans of each sequence of the batch
   * @param n positions up to the row's own
   * @param step the step whose row it is
   */
  PatternReducer(
      Kernels kernels,
      ModelConfig config,
      Capture capture,
      List<Map<String, Spans>> spans,
      int n,
      int step) {
    this.kernels = kernels;
    this.capture = capture;
    this.wholeRows = capture.rowsAt(step);
    this.heads = config.heads();
    this.shared = spans.stream().allMatch(s -> s.equals(spans.get(0)));
    for (Map<String, Spans> s : spans) {
      sequences.add(new Sequence(s, capture, n, config.totalHeads()));
    }
  }

  @Override
  public void pattern(int layer, int first, NDArray seen) {
    // a row is over all positions: what lies before the window has no weight
    NDArray pattern = first == 0 ? seen : kernels.behindZeros(first, seen);
    if (wholeRows) {
      capture.rows().where(h -> h.layer() == layer).forEach(h -> keepRow(h, pattern));
    }
    if (!capture.attention()) {
      return;
    }
    // Reduced with the next layer's at the earliest: this layer still works with its pattern.
    if (4 * pattern.size() * (gathered.size() + 1) > GATHERED_BYTES) {
      flush();
    }
    NDScope.unregister(pattern); // it outlives its layer
    gathered.add(pattern);
  }

  private void keepRow(HeadId head, NDArray pattern) {
    for (int b = 0; b < sequences.size(); b++) {
      long group = pattern.getShape().get(2);
      NDArray row = pattern.get(b, head.head() / group, head.head() % group);
      sequences.get(b).out.rows().put(head, row.toFloatArray());
    }
  }

  private void flush() {
    if (gathered.isEmpty()) {
      return;
    }
    if (shared) {
      read(kernels.reduce(gathered, sequences.get(0).ranges()), sequences);
    } else {
      for (int b = 0; b < sequences.size(); b++) {
        int one = b;
        List<NDArray> patterns =
            gathered.stream().map(p -> Kernels.narrow(p, 0, one, one + 1)).toList();
        read(kernels.reduce(patterns, sequences.get(b).ranges()), List.of(sequences.get(b)));
      }
    }
    firstLayer += gathered.size();
    close();
  }

  /** Frees what is gathered. */
  @Override
  public void close() {
    gathered.forEach(NDArray::close);
    gathered.clear();
  }

  /** Takes apart [layers, B, KV, G, 2 + ranges]. */
  private void read(NDArray reduced, List<Sequence> batch) {
    float[] all = reduced.toFloatArray();
    int at = 0;
    for (int layer = firstLayer; layer < firstLayer + gathered.size(); layer++) {
      for (Sequence sequence : batch) {
        for (int h = layer * heads; h < (layer + 1) * heads; h++) {
          at = sequence.take(h, all, at);
        }
      }
    }
  }

  /** What came out, a sequence of the batch each. */
  List<Reduced> reduced() {
    flush();
    return sequences.stream()
        .map(s -> capture.attention() ? s.out : Reduced.ofRows(s.out.rows()))
        .toList();
  }
}

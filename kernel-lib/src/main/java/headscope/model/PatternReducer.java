package headscope.model;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDScope;
import ai.djl.ndarray.types.Shape;
import headscope.head.HeadId;
import headscope.head.HeadSet;
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
  private static final long GATHERED_BYTES = 2L << 20;

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
  private final boolean attention;
  private final int heads;
  private final List<NDArray> gathered = new ArrayList<>();
  private final List<Sequence> sequences = new ArrayList<>();
  private final boolean shared;
  private int firstLayer;

  /** What is summed, where sequences differ in it; made with the first patterns. */
  private NDArray within;

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
    private final int n;
    private final boolean attention;
    private final HeadSet rows;
    final Reduced out;

    /**
     * Golden rule 9: sink, then what is outside of both, then local, the query's own at its end.
     */
    Sequence(Seat seat, int totalHeads) {
      Capture capture = seat.capture();
      Map<String, Spans> declared = seat.prompt().spans();
      this.n = seat.to();
      this.attention = capture.attention();
      this.rows = capture.rowsAt(seat.step()) ? capture.rows() : HeadSet.empty();
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

    boolean sameRanges(Sequence other) {
      return Arrays.equals(ranges(), other.ranges());
    }

    /** Takes position, weight and range sums of a head from {@code all[at...]}. */
    void take(int head, float[] all, int at) {
      out.argmaxIndex()[head] = (int) all[at];
      out.argmaxWeight()[head] = all[at + 1];
      for (int m = 0; m < parts.size(); m++) {
        double sum = 0;
        for (int i : parts.get(m)) {
          sum += all[at + 2 + i];
        }
        masses.get(m)[head] = (float) sum;
      }
    }
  }

  /**
   * @param seats a single row of each sequence, and what is recorded of it
   */
  PatternReducer(Kernels kernels, ModelConfig config, List<Seat> seats) {
    this.kernels = kernels;
    this.heads = config.heads();
    this.attention = seats.stream().anyMatch(s -> s.capture().attention());
    seats.forEach(s -> sequences.add(new Sequence(s, config.totalHeads())));
    this.shared =
        sequences.stream()
            .allMatch(s -> s.n == sequences.get(0).n && s.sameRanges(sequences.get(0)));
  }

  /** Whether anything is to be recorded of the attention of rows. */
  static boolean wanted(List<Seat> seats) {
    return seats.stream().anyMatch(s -> s.capture().attention() || s.capture().rowsAt(s.step()));
  }

  @Override
  public void pattern(int layer, int first, NDArray seen) {
    // a row is over all positions: what lies before the window has no weight
    NDArray pattern = first == 0 ? seen : kernels.behindZeros(first, seen);
    for (int b = 0; b < sequences.size(); b++) {
      Sequence sequence = sequences.get(b);
      for (HeadId head : sequence.rows.where(h -> h.layer() == layer)) {
        long group = pattern.getShape().get(2);
        NDArray row = pattern.get(b, head.head() / group, head.head() % group);
        sequence.out.rows().put(head, Kernels.narrow(row, 0, 0, sequence.n).toFloatArray());
      }
    }
    if (!attention) {
      return;
    }
    // Reduced with the next layer's at the earliest: this layer still works with its pattern.
    if (4 * pattern.size() * (gathered.size() + 1) > GATHERED_BYTES
        || !gathered.isEmpty() && !gathered.get(0).getShape().equals(pattern.getShape())) {
      flush();
    }
    NDScope.unregister(pattern); // it outlives its layer
    gathered.add(pattern);
  }

  private void flush() {
    if (gathered.isEmpty()) {
      return;
    }
    if (shared) {
      readLayers(kernels.reduce(gathered, sequences.get(0).ranges()), sequences.get(0).count);
    } else {
      long n = gathered.get(0).getShape().get(3);
      if (within == null || within.getShape().get(2) != n) {
        forget();
        within = within(n);
      }
      readRows(kernels.reduceRows(gathered, within), (int) within.getShape().get(1));
    }
    firstLayer += gathered.size();
    drop();
  }

  private void drop() {
    gathered.forEach(NDArray::close);
    gathered.clear();
  }

  /** Frees what is gathered. */
  @Override
  public void close() {
    drop();
    forget();
  }

  private void forget() {
    if (within != null) {
      within.close();
      within = null;
    }
  }

  /** The ranges of all sequences, [R, S, n]; a sequence of fewer has empty ones behind its own. */
  private NDArray within(long n) {
    int most = sequences.stream().mapToInt(s -> s.count).max().orElseThrow();
    long[] start = new long[sequences.size() * most];
    long[] end = new long[sequences.size() * most];
    for (int b = 0; b < sequences.size(); b++) {
      Sequence sequence = sequences.get(b);
      for (int i = 0; i < sequence.count; i++) {
        start[b * most + i] = sequence.ranges[2 * i];
        end[b * most + i] = sequence.ranges[2 * i + 1];
      }
    }
    Shape shape = new Shape(sequences.size(), most, 1);
    try (NDArray starts = gathered.get(0).getManager().create(start, shape);
        NDArray ends = gathered.get(0).getManager().create(end, shape)) {
      NDArray ranges = kernels.within(starts, ends, n);
      NDScope.unregister(ranges); // it outlives its layer
      return ranges;
    }
  }

  /** Takes apart [layers, B, KV, G, 2 + sums]. */
  private void readLayers(NDArray reduced, int sums) {
    float[] all = reduced.toFloatArray();
    int at = 0;
    for (int layer = firstLayer; layer < firstLayer + gathered.size(); layer++) {
      for (Sequence sequence : sequences) {
        at = take(sequence, layer, layer + 1, all, at, sums);
      }
    }
  }

  /** Takes apart [B, layers * H, 2 + sums]. */
  private void readRows(NDArray reduced, int sums) {
    float[] all = reduced.toFloatArray();
    int at = 0;
    for (Sequence sequence : sequences) {
      at = take(sequence, firstLayer, firstLayer + gathered.size(), all, at, sums);
    }
  }

  private int take(Sequence sequence, int from, int to, float[] all, int begin, int sums) {
    int at = begin;
    for (int h = from * heads; h < to * heads; h++) {
      sequence.take(h, all, at);
      at += 2 + sums;
    }
    return at;
  }

  /** What came out, a sequence of the batch each. */
  List<Reduced> reduced() {
    flush();
    return sequences.stream().map(s -> s.attention ? s.out : Reduced.ofRows(s.out.rows())).toList();
  }
}

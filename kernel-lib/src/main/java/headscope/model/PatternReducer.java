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
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.LongStream;

/**
 * Reduces the attention row of every head to a few numbers where it lies: all heads of several
 * layers in one operation, as many layers as fit into a small buffer.
 */
final class PatternReducer implements Observer, AutoCloseable {
  /** Patterns are gathered up to this size before they are reduced. */
  private static final long GATHERED_BYTES = 16L << 20;

  /** The reduced rows of one sequence of the batch. */
  record Reduced(
      int[] argmaxIndex,
      float[] argmaxWeight,
      Map<String, float[]> mass,
      Map<HeadId, float[]> rows) {
    /** Of a run that observes no head. */
    static final Reduced NOTHING = new Reduced(new int[0], new float[0], Map.of(), Map.of());
  }

  private final Kernels kernels;
  private final Capture capture;
  private final boolean wholeRows;
  private final int heads;
  private final List<NDArray> gathered = new ArrayList<>();
  private final List<Sequence> sequences = new ArrayList<>();
  private final boolean shared;
  private int firstLayer;

  /** What is summed for one sequence of the batch, and what came out. */
  private static final class Sequence {
    final Map<String, Spans> masses;
    final long[] ranges;
    final Reduced out;

    Sequence(Map<String, Spans> masses, int totalHeads) {
      this.masses = masses;
      this.ranges =
          masses.values().stream()
              .flatMap(s -> s.list().stream())
              .flatMapToLong(s -> LongStream.of(s.from(), s.to()))
              .toArray();
      Map<String, float[]> mass = new LinkedHashMap<>();
      masses.keySet().forEach(name -> mass.put(name, new float[totalHeads]));
      this.out =
          new Reduced(new int[totalHeads], new float[totalHeads], mass, new LinkedHashMap<>());
    }
  }

  /**
   * @param spans the declared spans of each sequence of the batch
   * @param n positions that the row sees
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
      sequences.add(new Sequence(masses(s, capture, n), config.totalHeads()));
    }
  }

  /** Every mass that is recorded, and the positions it is summed over: golden rule 9. */
  private static Map<String, Spans> masses(Map<String, Spans> declared, Capture capture, int n) {
    Map<String, Spans> masses = new LinkedHashMap<>(declared);
    int sinkEnd = Math.min(capture.sink(), n);
    int localStart = Math.max(n - capture.local(), sinkEnd);
    masses.put(Step.SINK, range(0, sinkEnd));
    masses.put(Step.LOCAL, range(localStart, n));
    masses.put(Step.EFFECTIVE, range(sinkEnd, localStart));
    if (declared.containsKey(Prompt.NEEDLE)) {
      masses.put(Step.NEEDLE_EFFECTIVE, declared.get(Prompt.NEEDLE).within(sinkEnd, localStart));
    }
    return masses;
  }

  private static Spans range(int from, int to) {
    return from < to ? Spans.of(from, to) : Spans.none();
  }

  @Override
  public void pattern(int layer, NDArray pattern) {
    if (wholeRows) {
      capture.rows().where(h -> h.layer() == layer).forEach(h -> keepRow(h, pattern));
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
      read(kernels.reduce(gathered, sequences.get(0).ranges), sequences);
    } else {
      for (int b = 0; b < sequences.size(); b++) {
        int one = b;
        List<NDArray> patterns =
            gathered.stream().map(p -> Kernels.narrow(p, 0, one, one + 1)).toList();
        read(kernels.reduce(patterns, sequences.get(b).ranges), List.of(sequences.get(b)));
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
        Reduced out = sequence.out;
        for (int h = layer * heads; h < (layer + 1) * heads; h++) {
          out.argmaxIndex()[h] = (int) all[at++];
          out.argmaxWeight()[h] = (float) all[at++];
          for (Map.Entry<String, Spans> mass : sequence.masses.entrySet()) {
            double sum = 0;
            for (Span ignored : mass.getValue().list()) {
              sum += all[at++];
            }
            out.mass().get(mass.getKey())[h] = (float) sum;
          }
        }
      }
    }
  }

  /** What came out, a sequence of the batch each. */
  List<Reduced> reduced() {
    flush();
    return sequences.stream().map(s -> s.out).toList();
  }
}

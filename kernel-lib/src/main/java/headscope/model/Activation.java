package headscope.model;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.types.DataType;
import headscope.failure.Section;
import headscope.trace.Hook;
import headscope.trace.Span;
import headscope.trace.Spans;
import headscope.trace.Vectors;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.UnaryOperator;

/**
 * What an {@link Observer} is shown: an array of one hook, layer and sequence, where it lies. Its
 * shape is the one that {@link Hook} says; its vectors are those along the last axis.
 *
 * <pre>
 *   a.layer();            // 3
 *   a.shape();            // [9, 1, 64]: z of nine heads at one row
 *   a.norm();             // [9], computed where the array lies
 *   a.values();           // all of it
 * </pre>
 *
 * <p>It is there until {@link Observer#see} returns, and refuses to be read later.
 */
public final class Activation implements Vectors {
  private final Hook hook;
  private final int layer;
  private final List<Seat> sequences;
  private NDArray x; // [B, ...], of patterns over positions from 0 on

  Activation(Hook hook, int layer, List<Seat> sequences, NDArray x) {
    this.hook = hook;
    this.layer = layer;
    this.sequences = sequences;
    this.x = x;
  }

  /** Where the pass is. */
  public Hook hook() {
    return hook;
  }

  /** The layer, from 0; of logits the number of layers. */
  public int layer() {
    return layer;
  }

  /** Which of the sequences that are generated together, from 0; see {@link Generation#rows}. */
  public int sequence() {
    return sequences.get(0).index();
  }

  /** The position of the first row. */
  public int from() {
    return sequences.get(0).from();
  }

  /** The position behind the last row; rows are {@code to() - from()}. */
  public int to() {
    return sequences.get(0).to();
  }

  /** The lengths of its axes, as {@link Hook} names them. */
  public List<Integer> shape() {
    long[] all = there().getShape().getShape();
    return Arrays.stream(all).skip(1).mapToObj(Math::toIntExact).toList();
  }

  @Override
  public int count() {
    return Math.toIntExact(there().size() / length());
  }

  @Override
  public int length() {
    return Math.toIntExact(there().getShape().get(last()));
  }

  @Override
  public float[] max() {
    return numbers(a -> a.max(new int[] {last()}));
  }

  @Override
  public float[] argmax() {
    return numbers(a -> a.argMax(last()).toType(DataType.FLOAT32, false));
  }

  @Override
  public float[] sum() {
    return numbers(a -> a.sum(new int[] {last()}));
  }

  @Override
  public float[] mean() {
    return numbers(a -> a.mean(new int[] {last()}));
  }

  @Override
  public float[] norm() {
    return numbers(a -> a.square().sum(new int[] {last()}).sqrt());
  }

  @Override
  public float[] massOn(String span) {
    if (hook != Hook.PATTERN) {
      throw Section.MODEL_USE.wrong(
          "a span has a mass in attention patterns, whose numbers belong to positions; this is "
              + hook
              + ": watch "
              + Hook.PATTERN);
    }
    List<Spans> spans = sequences.stream().map(s -> span(s, span)).toList();
    if (spans.stream().distinct().count() == 1) {
      return numbers(a -> massOn(a, spans.get(0)));
    }
    NDList each = new NDList();
    for (int b = 0; b < spans.size(); b++) {
      each.add(massOn(Kernels.narrow(there(), 0, b, b + 1), spans.get(b)));
    }
    return NDArrays.concat(each, 0).toFloatArray();
  }

  private Spans span(Seat sequence, String name) {
    Spans spans = sequence.prompt().spans().get(name);
    if (spans == null) {
      throw Section.TRACE_CONTENT.wrong(
          "the prompt declares no span \""
              + name
              + "\", it has "
              + sequence.prompt().spans().keySet());
    }
    return spans;
  }

  /** Summed over what of the spans the rows can see. */
  private NDArray massOn(NDArray pattern, Spans spans) {
    List<NDArray> parts = new ArrayList<>();
    for (Span s : spans.within(0, length()).list()) {
      parts.add(Kernels.narrow(pattern, last(), s.from(), s.to()).sum(new int[] {last()}));
    }
    return parts.stream()
        .reduce(NDArray::add)
        .orElseGet(() -> pattern.sum(new int[] {last()}).mul(0));
  }

  @Override
  public float[] values() {
    return there().toFloatArray();
  }

  private int last() {
    return there().getShape().dimension() - 1;
  }

  private float[] numbers(UnaryOperator<NDArray> reduction) {
    return reduction.apply(there()).toFloatArray();
  }

  private NDArray there() {
    if (x == null) {
      throw Section.MODEL_USE.failed(
          "the "
              + hook
              + " of layer "
              + layer
              + " is gone: an activation is there while its observer is called; keep its values()");
    }
    return x;
  }

  /** Who looks at its only sequence. */
  Seat seat() {
    return sequences.get(0);
  }

  /** How many sequences it is of. */
  int sequences() {
    return sequences.size();
  }

  /** Whether the vectors of all its sequences are as long as they should be. */
  boolean sameLength() {
    return hook != Hook.PATTERN || sequences.stream().allMatch(s -> s.to() == length());
  }

  /** Its sequences one by one, patterns up to their last rows' own positions. */
  List<Activation> each() {
    List<Activation> each = new ArrayList<>();
    for (int b = 0; b < sequences.size(); b++) {
      NDArray one = sequences.size() == 1 ? there() : Kernels.narrow(there(), 0, b, b + 1);
      int to = sequences.get(b).to();
      if (hook == Hook.PATTERN && to < length()) {
        one = Kernels.narrow(one, last(), 0, to);
      }
      each.add(new Activation(hook, layer, sequences.subList(b, b + 1), one));
    }
    return each;
  }

  /** From now on it cannot be read. */
  void end() {
    x = null;
  }
}

package headscope.trace;

import headscope.failure.Section;
import java.util.ArrayList;
import java.util.List;

/**
 * A named array of a step that not every trace has: one of {@link Measure}, of direct attribution,
 * of the logit lens.
 *
 * @param meaning what a file says of it
 * @param axes the names of its axes, such as layers and heads; none for a number
 * @param shape their lengths
 * @param values flat, [all places], the last axis fastest
 */
public record Tensor(String meaning, List<String> axes, List<Integer> shape, float[] values) {
  /** What the names of tensors of one's own begin with. */
  public static final String OWN = "x.";

  public Tensor {
    axes = List.copyOf(axes);
    shape = List.copyOf(shape);
    long size = 1;
    for (int n : shape) {
      size *= n;
    }
    if (axes.size() != shape.size() || size != values.length) {
      throw Section.TRACE_CONTENT.wrong(
          String.format(
              "a tensor has a length an axis and a value a place, got axes %s, lengths %s, %d values",
              axes, shape, values.length));
    }
  }

  /** A single number. */
  static Tensor ofNumber(String meaning, float value) {
    return new Tensor(meaning, List.of(), List.of(), new float[] {value});
  }

  /**
   * An array over layers and query heads, or any other axes whose lengths are known.
   *
   * @param values [places], or several numbers a place: then an axis {@code values} is added
   */
  public static Tensor over(
      String meaning, List<String> axes, List<Integer> shape, float[] values) {
    int places = shape.stream().reduce(1, (a, b) -> a * b);
    int each = places == 0 ? 1 : values.length / places;
    if (each == 1) {
      return new Tensor(meaning, axes, shape, values);
    }
    List<String> allAxes = new ArrayList<>(axes);
    List<Integer> lengths = new ArrayList<>(shape);
    allAxes.add("values");
    lengths.add(each);
    return new Tensor(meaning, allAxes, lengths, values);
  }

  @Override
  public String toString() {
    return "Tensor[" + meaning + ", " + axes + " = " + shape + "]";
  }
}

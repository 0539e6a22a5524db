package headscope.safetensors;

import java.util.List;

/**
 * What the header of a file says of one tensor.
 *
 * @param name its name
 * @param dtype its element type
 * @param shape its dimensions, outermost first; empty for a scalar
 * @param offset where its first byte lies in the file
 */
public record TensorInfo(String name, DType dtype, List<Long> shape, long offset) {
  public TensorInfo {
    shape = List.copyOf(shape);
  }

  /** Number of elements. */
  public long elements() {
    return shape.stream().reduce(1L, (a, b) -> a * b);
  }

  /** Number of bytes. */
  public long bytes() {
    return elements() * dtype.bytes();
  }
}

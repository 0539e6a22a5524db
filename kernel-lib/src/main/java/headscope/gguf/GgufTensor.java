package headscope.gguf;

import java.util.List;

/**
 * What the header of a file says of one tensor.
 *
 * @param name its name
 * @param type how its values are packed
 * @param shape its dimensions, outermost first (the file has them the other way round)
 * @param part which file of a split holds it, from 0
 * @param offset where its first byte lies in that file
 */
public record GgufTensor(String name, BlockType type, List<Long> shape, int part, long offset) {
  public GgufTensor {
    shape = List.copyOf(shape);
  }

  /** Number of elements. */
  public long elements() {
    return shape.stream().reduce(1L, (a, b) -> a * b);
  }

  /** Number of bytes. */
  public long bytes() {
    return elements() / type.elements() * type.bytes();
  }
}

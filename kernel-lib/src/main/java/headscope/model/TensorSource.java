package headscope.model;

import java.nio.FloatBuffer;
import java.util.Set;

/**
 * The tensors of a checkpoint under the names that transformers gives them, read piece by piece as
 * float32, whatever the file holds. Several threads may read at once.
 */
interface TensorSource extends AutoCloseable {
  /** The names of all tensors, in the order of the file. */
  Set<String> names();

  /** The dimensions of one of {@link #names()}, outermost first; empty for a scalar. */
  long[] shape(String name);

  /** The element type of one of {@link #names()} as its file calls it: F32, BF16, Q4_1. */
  String type(String name);

  /**
   * Reads elements of one of {@link #names()}, row by row.
   *
   * @param from the first element
   * @param into filled from its position to its limit
   * @throws CheckpointException or {@link headscope.safetensors.MalformedFileException} if the
   *     values cannot be had as float32, or the file is damaged
   */
  void read(String name, long from, FloatBuffer into);

  /** Number of elements of one of {@link #names()}. */
  default long elements(String name) {
    long n = 1;
    for (long d : shape(name)) {
      n *= d;
    }
    return n;
  }

  @Override
  void close();
}

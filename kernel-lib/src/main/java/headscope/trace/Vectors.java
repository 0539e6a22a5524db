package headscope.trace;

/**
 * Vectors of one length where they lie, on the device: what a {@link Reduce} makes numbers of. Each
 * method gives a number a vector, in order, and moves nothing else.
 */
public interface Vectors {
  /** How many vectors there are. */
  int count();

  /** Numbers of each vector. */
  int length();

  /** The greatest number of each: [count]. */
  float[] max();

  /** Where the greatest number of each is, the lowest place on a tie: [count]. */
  float[] argmax();

  /** The sum of each: [count]. */
  float[] sum();

  /** The mean of each: [count]. */
  float[] mean();

  /** The Euclidean length of each: [count]. */
  float[] norm();

  /**
   * The sum of each over the positions of a span that the prompt declares: [count]. Of attention
   * patterns alone, whose numbers belong to positions.
   *
   * @throws IllegalArgumentException if the numbers are not those of positions, or no such span is
   *     declared
   */
  float[] massOn(String span);

  /** All numbers, vector by vector: [count * length]. */
  float[] values();
}

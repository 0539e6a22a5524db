package headscope.gguf;

/** Unpacks whole blocks of one type to float32. */
@FunctionalInterface
public interface BlockDecoder {
  /**
   * Decodes blocks.
   *
   * @param in raw bytes
   * @param at where the first block begins
   * @param out where the values are put, {@code count} times the elements of a block
   * @param to index of the first value
   * @param count number of blocks
   */
  void decode(byte[] in, int at, float[] out, int to, int count);
}

package headscope.gguf;

/** Unpacks whole blocks of one type to float32. */
@FunctionalInterface
public interface BlockDecoder {
  /**
   * Decodes blocks.
   *
   * @param in raw bytes: [bytes], {@code count} blocks from {@code at} on
   * @param at where the first block begins
   * @param out where the values are put: [elements], those of {@code count} blocks from {@code to}
   *     on
   * @param to index of the first value
   * @param count number of blocks
   */
  void decode(byte[] in, int at, float[] out, int to, int count);
}

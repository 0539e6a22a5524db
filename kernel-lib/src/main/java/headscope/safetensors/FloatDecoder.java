package headscope.safetensors;

import java.nio.ByteBuffer;
import java.nio.FloatBuffer;
import java.nio.ShortBuffer;

/**
 * Widens the raw bytes of F32, F16, BF16 or F64 elements to float32. Every value is exact but F64.
 */
public interface FloatDecoder {
  /**
   * The decoder of a tensor.
   *
   * @throws MalformedFileException if its type is none of F32, F16, BF16, F64
   */
  static FloatDecoder of(SafeTensors file, TensorInfo tensor) {
    return switch (tensor.dtype()) {
      case F32 -> (bytes, out) -> out.put(bytes.asFloatBuffer());
      case F64 ->
          (bytes, out) -> {
            for (int n = bytes.remaining() / 8; n > 0; n--) {
              out.put((float) bytes.getDouble());
            }
          };
      case BF16 ->
          (bytes, out) -> {
            ShortBuffer in = bytes.asShortBuffer();
            while (in.hasRemaining()) {
              out.put(Float.intBitsToFloat(in.get() << 16));
            }
          };
      case F16 ->
          (bytes, out) -> {
            ShortBuffer in = bytes.asShortBuffer();
            while (in.hasRemaining()) {
              out.put(Half.toFloat(in.get()));
            }
          };
      default ->
          throw new MalformedFileException(
              file.file(),
              "tensor \""
                  + tensor.name()
                  + "\" has type "
                  + tensor.dtype()
                  + "; weights may be F32, F16, BF16 or F64");
    };
  }

  /**
   * Decodes all remaining bytes.
   *
   * @param bytes little-endian elements
   * @param out where the values are put
   */
  void decode(ByteBuffer bytes, FloatBuffer out);

  /** Decodes all remaining bytes into an array, [elements], from an index on. */
  default void decode(ByteBuffer bytes, float[] out, int at) {
    decode(bytes, FloatBuffer.wrap(out, at, out.length - at));
  }
}

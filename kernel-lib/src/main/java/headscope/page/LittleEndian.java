package headscope.page;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Base64;
import java.util.function.IntUnaryOperator;

/** Whole numbers as little-endian ones of 1, 2 or 4 bytes in base64, as the pages' script reads. */
final class LittleEndian {
  private LittleEndian() {}

  static String base64(int count, int width, IntUnaryOperator value) {
    ByteBuffer bytes = ByteBuffer.allocate(count * width).order(ByteOrder.LITTLE_ENDIAN);
    for (int i = 0; i < count; i++) {
      int v = value.applyAsInt(i);
      if (width == 1) {
        bytes.put((byte) v);
      } else if (width == 2) {
        bytes.putShort((short) v);
      } else {
        bytes.putInt(v);
      }
    }
    return Base64.getEncoder().encodeToString(bytes.array());
  }
}

package headscope;

import java.util.Arrays;
import java.util.SplittableRandom;

/** Damaged copies of files. */
public final class Damage {
  private Damage() {}

  /** Flips, cuts, doubles or overwrites some bytes, near the start more often than elsewhere. */
  public static byte[] of(byte[] good, SplittableRandom random) {
    byte[] bytes = good.clone();
    int reach = random.nextBoolean() ? Math.min(bytes.length, 2000) : bytes.length;
    switch (random.nextInt(5)) {
      case 0:
        return Arrays.copyOf(bytes, random.nextInt(reach));
      case 1:
        int at = random.nextInt(reach);
        byte[] doubled = Arrays.copyOf(bytes, bytes.length + 16);
        System.arraycopy(
            bytes,
            at,
            doubled,
            Math.min(at + 16, bytes.length),
            Math.max(0, bytes.length - at - 16));
        return doubled;
      case 2:
        for (int n = 1 + random.nextInt(8); n > 0; n--) {
          bytes[random.nextInt(reach)] = (byte) "0123456789-[]{},\":ex".charAt(random.nextInt(20));
        }
        return bytes;
      default:
        for (int n = 1 + random.nextInt(4); n > 0; n--) {
          bytes[random.nextInt(reach)] ^= (byte) (1 << random.nextInt(8));
        }
        return bytes;
    }
  }
}

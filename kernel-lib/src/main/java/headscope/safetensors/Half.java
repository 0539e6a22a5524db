package headscope.safetensors;

/** IEEE 754 half precision (binary16), the F16 of safetensors. */
public final class Half {
  private Half() {}

  /** The bits of the nearest half; of two as near the even one. From 65,520 on it is infinite. */
  public static short of(float value) {
    int bits = Float.floatToRawIntBits(value);
    int sign = bits >>> 16 & 0x8000;
    int rest = bits & 0x7fff_ffff;
    if (rest > 0x7f80_0000) {
      return (short) (sign | 0x7e00); // NaN
    }
    if (rest >= 0x4780_0000) { // 65,536 and more
      return (short) (sign | 0x7c00);
    }
    if (rest < 0x3880_0000) {
      // Below 2^-14 halves are multiples of 2^-24: adding 0.5, whose last place is 2^-24, rounds.
      return (short)
          (sign | Float.floatToRawIntBits(Float.intBitsToFloat(rest) + 0.5f) - 0x3f00_0000);
    }
    int even = rest >>> 13 & 1;
    return (short) (sign | rest - 0x3800_0000 + 0xfff + even >>> 13);
  }

  /** The value of some bits: every one is exact. */
  public static float toFloat(short bits) {
    int sign = (bits & 0x8000) << 16;
    int rest = bits & 0x7fff;
    if (rest >= 0x7c00) { // infinity or NaN
      return Float.intBitsToFloat(sign | 0x7f800000 | (rest & 0x3ff) << 13);
    }
    // Shifting the exponent in is a multiplication by 2^-112; the inverse also mends subnormals.
    float magnitude = Float.intBitsToFloat(rest << 13) * 0x1p112f;
    return Float.intBitsToFloat(sign | Float.floatToRawIntBits(magnitude));
  }
}

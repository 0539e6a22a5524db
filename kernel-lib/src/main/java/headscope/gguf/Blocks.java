package headscope.gguf;

/**
 * How each type packs its values, in the order of operations of ggml's own reference: every value
 * is the same to the last bit. Bytes are little-endian; {@code d} is a block's scale, {@code m} its
 * least value or, in the types of 256 elements, the scale of what is subtracted. Every method is a
 * {@link BlockDecoder}.
 */
final class Blocks {
  private Blocks() {}

  /** The sixteen levels of the IQ4 types. */
  private static final int[] LEVELS = {
    -127, -104, -83, -65, -49, -35, -22, -10, 1, 13, 25, 38, 53, 69, 89, 113
  };

  static void f32(byte[] in, int at, float[] out, int to, int count) {
    for (int i = 0; i < count; i++) {
      out[to + i] = Float.intBitsToFloat(u16(in, at + 4 * i) | u16(in, at + 4 * i + 2) << 16);
    }
  }

  static void f16(byte[] in, int at, float[] out, int to, int count) {
    for (int i = 0; i < count; i++) {
      out[to + i] = half(in, at + 2 * i);
    }
  }

  static void bf16(byte[] in, int at, float[] out, int to, int count) {
    for (int i = 0; i < count; i++) {
      out[to + i] = Float.intBitsToFloat(u16(in, at + 2 * i) << 16);
    }
  }

  static void q4_0(byte[] in, int at, float[] out, int to, int count) {
    for (int b = 0; b < count; b++, at += 18, to += 32) {
      float d = half(in, at);
      for (int i = 0; i < 16; i++) {
        int q = in[at + 2 + i];
        out[to + i] = d * ((q & 15) - 8);
        out[to + 16 + i] = d * ((q >> 4 & 15) - 8);
      }
    }
  }

  static void q4_1(byte[] in, int at, float[] out, int to, int count) {
    for (int b = 0; b < count; b++, at += 20, to += 32) {
      float d = half(in, at);
      float m = half(in, at + 2);
      for (int i = 0; i < 16; i++) {
        int q = in[at + 4 + i];
        out[to + i] = d * (q & 15) + m;
        out[to + 16 + i] = d * (q >> 4 & 15) + m;
      }
    }
  }

  static void q5_0(byte[] in, int at, float[] out, int to, int count) {
    for (int b = 0; b < count; b++, at += 22, to += 32) {
      float d = half(in, at);
      int high = u16(in, at + 2) | u16(in, at + 4) << 16; // the fifth bits
      for (int i = 0; i < 16; i++) {
        int q = in[at + 6 + i];
        out[to + i] = d * ((q & 15 | (high >>> i & 1) << 4) - 16);
        out[to + 16 + i] = d * ((q >> 4 & 15 | (high >>> i + 16 & 1) << 4) - 16);
      }
    }
  }

  static void q5_1(byte[] in, int at, float[] out, int to, int count) {
    for (int b = 0; b < count; b++, at += 24, to += 32) {
      float d = half(in, at);
      float m = half(in, at + 2);
      int high = u16(in, at + 4) | u16(in, at + 6) << 16;
      for (int i = 0; i < 16; i++) {
        int q = in[at + 8 + i];
        out[to + i] = d * (q & 15 | (high >>> i & 1) << 4) + m;
        out[to + 16 + i] = d * (q >> 4 & 15 | (high >>> i + 16 & 1) << 4) + m;
      }
    }
  }

  static void q8_0(byte[] in, int at, float[] out, int to, int count) {
    for (int b = 0; b < count; b++, at += 34, to += 32) {
      float d = half(in, at);
      for (int i = 0; i < 32; i++) {
        out[to + i] = in[at + 2 + i] * d;
      }
    }
  }

  /** 16 bytes of scale and subtrahend, 64 of two-bit values, d, m. */
  static void q2k(byte[] in, int at, float[] out, int to, int count) {
    for (int b = 0; b < count; b++, at += 84, to += 256) {
      float d = half(in, at + 80);
      float m = half(in, at + 82);
      for (int group = 0; group < 16; group++) {
        float scale = d * (in[at + group] & 15);
        float less = m * (in[at + group] >> 4 & 15);
        int q = at + 16 + group / 8 * 32 + group % 2 * 16;
        int shift = group % 8 / 2 * 2;
        for (int i = 0; i < 16; i++) {
          out[to + group * 16 + i] = scale * (in[q + i] >> shift & 3) - less;
        }
      }
    }
  }

  /** 32 bytes of third bits, 64 of two-bit values, 12 of six-bit scales, d. */
  static void q3k(byte[] in, int at, float[] out, int to, int count) {
    for (int b = 0; b < count; b++, at += 110, to += 256) {
      float d = half(in, at + 108);
      for (int group = 0; group < 16; group++) {
        int low = in[at + 96 + group % 8] >> group / 8 * 4 & 15;
        int high = in[at + 104 + group % 4] >> group / 4 * 2 & 3;
        float scale = d * ((low | high << 4) - 32);
        int column = group % 2 * 16;
        int q = at + 32 + group / 8 * 32 + column;
        int shift = group % 8 / 2 * 2;
        for (int i = 0; i < 16; i++) {
          int third = in[at + column + i] >> group / 2 & 1;
          out[to + group * 16 + i] = scale * ((in[q + i] >> shift & 3) - 4 * (1 - third));
        }
      }
    }
  }

  /** d, m, 12 bytes of six-bit scales and subtrahends, 128 of four-bit values. */
  static void q4k(byte[] in, int at, float[] out, int to, int count) {
    for (int b = 0; b < count; b++, at += 144, to += 256) {
      float d = half(in, at);
      float m = half(in, at + 2);
      for (int group = 0; group < 8; group++) {
        float scale = d * scale(in, at + 4, group);
        float less = m * subtrahend(in, at + 4, group);
        int q = at + 16 + group / 2 * 32;
        int shift = group % 2 * 4;
        for (int i = 0; i < 32; i++) {
          out[to + group * 32 + i] = scale * (in[q + i] >> shift & 15) - less;
        }
      }
    }
  }

  /** As q4k, with 32 bytes of fifth bits before the values. */
  static void q5k(byte[] in, int at, float[] out, int to, int count) {
    for (int b = 0; b < count; b++, at += 176, to += 256) {
      float d = half(in, at);
      float m = half(in, at + 2);
      for (int group = 0; group < 8; group++) {
        float scale = d * scale(in, at + 4, group);
        float less = m * subtrahend(in, at + 4, group);
        int q = at + 48 + group / 2 * 32;
        int shift = group % 2 * 4;
        for (int i = 0; i < 32; i++) {
          int fifth = in[at + 16 + i] >> group & 1;
          out[to + group * 32 + i] = scale * (in[q + i] >> shift & 15 | fifth << 4) - less;
        }
      }
    }
  }

  /** The scale of a group of 32: the first four in six bits of a byte, the others in two parts. */
  private static int scale(byte[] in, int at, int group) {
    return group < 4
        ? in[at + group] & 63
        : in[at + group + 4] & 15 | (in[at + group - 4] >> 6 & 3) << 4;
  }

  private static int subtrahend(byte[] in, int at, int group) {
    return group < 4
        ? in[at + group + 4] & 63
        : in[at + group + 4] >> 4 & 15 | (in[at + group] >> 6 & 3) << 4;
  }

  /** 128 bytes of low four bits, 64 of high two bits, 16 of scales, d. */
  static void q6k(byte[] in, int at, float[] out, int to, int count) {
    for (int b = 0; b < count; b++, at += 210, to += 256) {
      float d = half(in, at + 208);
      for (int group = 0; group < 16; group++) {
        float scale = d * in[at + 192 + group];
        int half = group / 8;
        int quarter = group % 8 / 2;
        int column = group % 2 * 16;
        int low = at + half * 64 + quarter % 2 * 32 + column;
        int high = at + 128 + half * 32 + column;
        for (int i = 0; i < 16; i++) {
          int q = in[low + i] >> quarter / 2 * 4 & 15 | (in[high + i] >> quarter * 2 & 3) << 4;
          out[to + group * 16 + i] = scale * (q - 32);
        }
      }
    }
  }

  static void iq4nl(byte[] in, int at, float[] out, int to, int count) {
    for (int b = 0; b < count; b++, at += 18, to += 32) {
      levels(half(in, at), in, at + 2, out, to);
    }
  }

  /** d, two bytes of high bits of the eight scales, four of their low bits, 128 of values. */
  static void iq4xs(byte[] in, int at, float[] out, int to, int count) {
    for (int b = 0; b < count; b++, at += 136, to += 256) {
      float d = half(in, at);
      int high = u16(in, at + 2);
      for (int group = 0; group < 8; group++) {
        int low = in[at + 4 + group / 2] >> group % 2 * 4 & 15;
        float scale = d * ((low | (high >> 2 * group & 3) << 4) - 32);
        levels(scale, in, at + 8 + group * 16, out, to + group * 32);
      }
    }
  }

  private static void levels(float scale, byte[] in, int at, float[] out, int to) {
    for (int i = 0; i < 16; i++) {
      int q = in[at + i];
      out[to + i] = scale * LEVELS[q & 15];
      out[to + 16 + i] = scale * LEVELS[q >> 4 & 15];
    }
  }

  private static int u16(byte[] in, int at) {
    return in[at] & 255 | (in[at + 1] & 255) << 8;
  }

  /** IEEE 754 binary16 to binary32. */
  private static float half(byte[] in, int at) {
    int bits = u16(in, at);
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

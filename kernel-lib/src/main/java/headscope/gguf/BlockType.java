package headscope.gguf;

import java.util.Arrays;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * How the values of a tensor are packed: in blocks of some elements and bytes. All types of ggml
 * are known by name and size, so that every file can be checked; those without a decoder are not
 * read.
 */
public enum BlockType {
  F32(0, 1, 4, Blocks::f32),
  F16(1, 1, 2, Blocks::f16),
  Q4_0(2, 32, 18, Blocks::q4_0),
  Q4_1(3, 32, 20, Blocks::q4_1),
  Q5_0(6, 32, 22, Blocks::q5_0),
  Q5_1(7, 32, 24, Blocks::q5_1),
  Q8_0(8, 32, 34, Blocks::q8_0),
  Q8_1(9, 32, 40, null),
  Q2_K(10, 256, 84, Blocks::q2k),
  Q3_K(11, 256, 110, Blocks::q3k),
  Q4_K(12, 256, 144, Blocks::q4k),
  Q5_K(13, 256, 176, Blocks::q5k),
  Q6_K(14, 256, 210, Blocks::q6k),
  Q8_K(15, 256, 292, null),
  IQ2_XXS(16, 256, 66, null),
  IQ2_XS(17, 256, 74, null),
  IQ3_XXS(18, 256, 98, null),
  IQ1_S(19, 256, 50, null),
  IQ4_NL(20, 32, 18, Blocks::iq4nl),
  IQ3_S(21, 256, 110, null),
  IQ2_S(22, 256, 82, null),
  IQ4_XS(23, 256, 136, Blocks::iq4xs),
  I8(24, 1, 1, null),
  I16(25, 1, 2, null),
  I32(26, 1, 4, null),
  I64(27, 1, 8, null),
  F64(28, 1, 8, null),
  IQ1_M(29, 256, 56, null),
  BF16(30, 1, 2, Blocks::bf16),
  TQ1_0(34, 256, 54, null),
  TQ2_0(35, 256, 66, null),
  MXFP4(39, 32, 17, null),
  NVFP4(40, 64, 36, null),
  Q1_0(41, 128, 18, null);

  private final int number;
  private final int elements;
  private final int bytes;
  private final BlockDecoder decoder;

  BlockType(int number, int elements, int bytes, BlockDecoder decoder) {
    this.number = number;
    this.elements = elements;
    this.bytes = bytes;
    this.decoder = decoder;
  }

  /** Elements of one block. */
  public int elements() {
    return elements;
  }

  /** Bytes of one block. */
  public int bytes() {
    return bytes;
  }

  /** What makes float32 of it; empty if this type is not read. */
  public Optional<BlockDecoder> decoder() {
    return Optional.ofNullable(decoder);
  }

  /** The types that are read, for messages. */
  public static String readable() {
    return Arrays.stream(values())
        .filter(t -> t.decoder != null)
        .map(Enum::name)
        .collect(Collectors.joining(", "));
  }

  /** The type that ggml gives a number. */
  static Optional<BlockType> of(int number) {
    return Arrays.stream(values()).filter(t -> t.number == number).findFirst();
  }
}

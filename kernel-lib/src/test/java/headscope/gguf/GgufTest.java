package headscope.gguf;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class GgufTest {
  private static final Path FIXTURES = Path.of("src/test/resources/fixtures/gguf");
  @TempDir Path folder;

  private Path file() {
    return folder.resolve("made.gguf");
  }

  private void assertRefused(Path file, String... words) {
    assertThatThrownBy(() -> Gguf.open(file).close())
        .isInstanceOf(MalformedGgufException.class)
        .hasMessageContaining(file.getFileName().toString())
        .hasMessageContainingAll(words);
  }

  private static MadeGguf made() {
    return new MadeGguf()
        .text("general.architecture", "llama")
        .u32("llama.block_count", 2)
        .f32("a", new float[] {1, 2, 3, 4, 5, 6}, 2, 3)
        .f32("b", new float[] {7, 8}, 2);
  }

  @ParameterizedTest
  @ValueSource(ints = {2, 3})
  void bothVersionsAreRead(int version) {
    try (Gguf gguf = Gguf.open(made().version(version).write(file()))) {
      assertThat(gguf.metadata().text("general.architecture")).isEqualTo("llama");
      assertThat(gguf.metadata().integer("llama.block_count")).isEqualTo(2);
      assertThat(gguf.tensors().keySet()).containsExactly("a", "b");
      assertThat(gguf.tensor("a").shape()).containsExactly(2L, 3L);
      assertThat(floats(gguf, "a", 0, 6)).containsExactly(1, 2, 3, 4, 5, 6);
      assertThat(floats(gguf, "a", 2, 3)).containsExactly(3, 4, 5);
      assertThatThrownBy(() -> floats(gguf, "b", 1, 2))
          .isInstanceOf(IndexOutOfBoundsException.class);
      assertThatThrownBy(() -> gguf.tensor("c")).hasMessageContainingAll("\"c\"", "a, b");
    }
  }

  private static float[] floats(Gguf gguf, String tensor, long from, int count) {
    float[] values = new float[count];
    gguf.read(gguf.tensor(tensor), from, FloatBuffer.wrap(values));
    return values;
  }

  /** Computed by gguf-py 0.19.0 from random blocks. */
  @Test
  void everyTypeDecodesToTheRecordedValues() throws IOException {
    JsonObject types =
        JsonParser.parseString(Files.readString(FIXTURES.resolve("blocks.json"))).getAsJsonObject();
    assertThat(types.size()).isEqualTo(14);
    for (String name : types.keySet()) {
      JsonObject t = types.getAsJsonObject(name);
      BlockType type = BlockType.of(t.get("type").getAsInt()).orElseThrow();
      assertThat(type.name()).isEqualTo(name);
      assertThat(type.elements()).isEqualTo(t.get("block_size").getAsInt());
      assertThat(type.bytes()).isEqualTo(t.get("type_size").getAsInt());
      byte[] raw = HexFormat.of().parseHex(t.get("raw_hex").getAsString());
      JsonArray values = t.getAsJsonArray("values");
      new MadeGguf().tensor("x", type, raw, values.size()).write(file());
      try (Gguf gguf = Gguf.open(file())) {
        float[] all = floats(gguf, "x", 0, values.size());
        for (int i = 0; i < all.length; i++) {
          double expected = values.get(i).getAsDouble();
          assertThat(Math.abs(all[i] - expected))
              .as("%s value %d", name, i)
              .isLessThanOrEqualTo(1e-6 * Math.abs(expected));
        }
        // a range that begins and ends within a block
        assertThat(floats(gguf, "x", 7, all.length - 12))
            .containsExactly(Arrays.copyOfRange(all, 7, all.length - 5));
      }
    }
  }

  @Test
  void aTypeThatIsNotReadIsRefusedByName() {
    new MadeGguf().tensor("x", BlockType.IQ2_XS, new byte[74], 256).write(file());
    try (Gguf gguf = Gguf.open(file())) {
      assertThatThrownBy(() -> floats(gguf, "x", 0, 256))
          .isInstanceOf(MalformedGgufException.class)
          .hasMessageContainingAll("\"x\"", "IQ2_XS", "Q4_K", "IQ4_XS");
    }
  }

  @Test
  void everyKindOfValueIsRead() {
    byte[] big = ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN).putLong(-1).array();
    new MadeGguf()
        .raw("u8", 0, (byte) 200)
        .raw("i8", 1, (byte) -56)
        .raw("u16", 2, (byte) 255, (byte) 255)
        .raw("i16", 3, (byte) 255, (byte) 255)
        .u32("u32", 4_000_000_000L)
        .raw("i32", 5, (byte) 255, (byte) 255, (byte) 255, (byte) 255)
        .f32("f32", 1e-5f)
        .flag("bool", true)
        .text("text", "Zürich")
        .raw("u64", 10, big)
        .raw("i64", 11, big)
        .texts("texts", List.of("a", "中"))
        .ints("ints", -3, 5)
        .floats("floats", 0.5f, 2)
        .write(file());
    try (Gguf gguf = Gguf.open(file())) {
      Metadata m = gguf.metadata();
      assertThat(m.integer("u8")).isEqualTo(200);
      assertThat(m.integer("i8")).isEqualTo(-56);
      assertThat(m.integer("u16")).isEqualTo(65535);
      assertThat(m.integer("i16")).isEqualTo(-1);
      assertThat(m.integer("u32")).isEqualTo(4_000_000_000L);
      assertThat(m.integer("i32")).isEqualTo(-1);
      assertThat(m.integer("i64")).isEqualTo(-1);
      assertThat(m.number("u64")).isEqualTo(0x1p64);
      assertThat(m.number("f32")).isEqualTo(1e-5);
      assertThat(m.flag("bool")).isTrue();
      assertThat(m.text("text")).isEqualTo("Zürich");
      assertThat(m.texts("texts")).containsExactly("a", "中");
      assertThat(m.integers("ints")).containsExactly(-3, 5);
      assertThat(m.numbers("floats")).containsExactly(0.5, 2);
      assertThatThrownBy(() -> m.integer("text")).hasMessageContainingAll("text = Zürich", "whole");
      assertThatThrownBy(() -> m.integer("u64")).hasMessageContaining("u64");
      assertThatThrownBy(() -> m.texts("ints")).hasMessageContaining("a list of 2 INT32");
      assertThatThrownBy(() -> m.text("none")).hasMessageContaining("lacks the key none");
    }
  }

  static Stream<Arguments> damages() {
    long huge = 1L << 60;
    byte[] hugeBytes = ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN).putLong(huge).array();
    ByteBuffer array = ByteBuffer.allocate(12).order(ByteOrder.LITTLE_ENDIAN);
    byte[] texts = array.duplicate().order(ByteOrder.LITTLE_ENDIAN).putInt(8).putLong(huge).array();
    byte[] bytes = new byte[12];
    ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).putInt(0).putLong(huge);
    byte[] deep = new byte[12 * 6];
    for (int i = 0; i < 6; i++) {
      ByteBuffer.wrap(deep).order(ByteOrder.LITTLE_ENDIAN).position(12 * i).putInt(9).putLong(1);
    }
    byte[] x = new byte[64];
    return Stream.of(
        damage(m -> m.magic(7), "no GGUF file"),
        damage(m -> m.version(1), "version 1", "2 and 3"),
        damage(m -> m.version(0x03000000), "big-endian"),
        damage(m -> m.claim(huge, 0), "1152921504606846978 tensors"),
        damage(m -> m.claim(0, huge), "1152921504606846978 keys"),
        damage(m -> m.claim(0, Long.MIN_VALUE), "keys"),
        damage(m -> m.raw("k", 8, hugeBytes), "1152921504606846976", "text in k"),
        damage(m -> m.raw("k", 9, texts), "1152921504606846976 elements in k"),
        damage(m -> m.raw("k", 9, bytes), "1152921504606846976 elements in k"),
        damage(m -> m.raw("k", 9, deep), "deep", "k"),
        damage(m -> m.raw("k", 13), "unknown type 13", "k"),
        damage(m -> m.u32("llama.block_count", 2), "llama.block_count twice"),
        damage(m -> m.f32("a", new float[2], 2), "\"a\" twice"),
        damage(m -> m.u32("general.alignment", 0), "general.alignment = 0"),
        damage(m -> m.u32("general.alignment", 48), "general.alignment = 48"),
        damage(m -> m.text("general.alignment", "x"), "general.alignment = x"),
        damage(m -> m.info("c", 0, 64), "\"c\" has 0 dimensions"),
        damage(m -> m.info("c", 0, 64, 1, 1, 1, 1, 1), "\"c\" has 5 dimensions"),
        damage(m -> m.info("c", 0, 64, 0), "\"c\"", "shape"),
        damage(m -> m.info("c", 0, 64, -4), "\"c\"", "shape"),
        damage(m -> m.info("c", 0, 64, huge, huge), "\"c\"", "shape"),
        damage(m -> m.info("c", 99, 64, 1), "\"c\"", "unknown type 99", "Q4_K"),
        damage(m -> m.info("c", 4, 64, 1), "\"c\"", "unknown type 4"),
        damage(m -> m.info("c", 2, 64, 33), "\"c\"", "33", "blocks of 32"),
        damage(m -> m.info("c", 0, 7, 1), "\"c\"", "offset 7"),
        damage(m -> m.info("c", 0, -32, 1), "\"c\"", "offset"),
        damage(m -> m.info("c", 0, 1 << 20, 1), "\"c\"", "offset 1048576"),
        damage(m -> m.info("c", 0, 32, 1 << 20), "\"c\"", "complete"),
        damage(m -> m.info("c", 0, 32, 1), "overlap"),
        damage(m -> m.info("c", 0, Long.MAX_VALUE / 32 * 32, 1), "\"c\"", "offset"),
        damage(m -> m.u32("split.count", 3), "part 1 of 3", "NAME-00001-of-00003.gguf"));
  }

  private static Arguments damage(UnaryOperator<MadeGguf> change, String... words) {
    return Arguments.of(change, words);
  }

  @ParameterizedTest
  @MethodSource("damages")
  void aDamagedHeaderIsNamed(UnaryOperator<MadeGguf> change, String[] words) {
    assertRefused(change.apply(made()).write(file()), words);
  }

  @Test
  void aFileCutOffAnywhereIsNamed() throws IOException {
    byte[] whole = made().bytes();
    int ends = whole.length - 32 + 8; // the last bytes only fill up
    for (int n = 0; n < ends; n++) {
      Files.write(file(), Arrays.copyOf(whole, n));
      assertRefused(file(), "byte");
    }
    Files.write(file(), Arrays.copyOf(whole, ends));
    Gguf.open(file()).close();
  }

  @Test
  void aFileThatIsNotThereIsSaidSo() {
    assertThatThrownBy(() -> Gguf.open(file()))
        .isInstanceOf(UncheckedIOException.class)
        .hasMessageContainingAll("made.gguf", "no such file");
    assertThatThrownBy(() -> Gguf.open(folder)).isInstanceOf(UncheckedIOException.class);
  }

  /** Bytes flipped, cut and repeated: a clear error or values, never anything else. */
  @Test
  void randomDamageIsAnErrorOrARead() throws IOException {
    SplittableRandom random = new SplittableRandom(3);
    byte[] whole = Files.readAllBytes(FIXTURES.resolve("llama31-q8_0.gguf"));
    byte[] tokens = Files.readAllBytes(FIXTURES.resolve("tokenizer-llama2.gguf"));
    int refused = 0;
    for (int i = 0; i < 1000; i++) {
      byte[] bytes = (i % 2 == 0 ? whole : tokens).clone();
      int header = i % 2 == 0 ? 2600 : bytes.length;
      for (int k = random.nextInt(1, 6); k > 0; k--) {
        int at = random.nextInt(header);
        switch (random.nextInt(3)) {
          case 0 -> bytes[at] ^= (byte) (1 << random.nextInt(8));
          case 1 -> Arrays.fill(bytes, at, Math.min(at + 8, header), (byte) 255);
          default -> System.arraycopy(whole, 24, bytes, at, Math.min(40, header - at));
        }
      }
      if (random.nextInt(4) == 0) {
        bytes = Arrays.copyOf(bytes, random.nextInt(bytes.length));
      }
      Files.write(file(), bytes);
      try (Gguf gguf = Gguf.open(file())) {
        for (GgufTensor t : gguf.tensors().values()) {
          gguf.read(t, 0, FloatBuffer.allocate((int) t.elements()));
        }
      } catch (MalformedGgufException e) {
        assertThat(e).hasMessageContaining("made.gguf");
        refused++;
      }
    }
    assertThat(refused).isBetween(300, 990);
  }

  @Test
  void aSplitIsOpenedByAnyOfItsParts() {
    for (int i = 0; i < 3; i++) {
      part(i, 3).write(folder.resolve(String.format("m-0000%d-of-00003.gguf", i + 1)));
    }
    for (int i = 1; i <= 3; i++) {
      try (Gguf gguf = Gguf.open(folder.resolve("m-0000" + i + "-of-00003.gguf"))) {
        assertThat(gguf.files()).hasSize(3);
        assertThat(gguf.tensors().keySet()).containsExactly("t0", "t1", "t2");
        assertThat(gguf.metadata().integer("only.first")).isZero();
        assertThat(floats(gguf, "t2", 1, 1)).containsExactly(3);
      }
    }
  }

  private static MadeGguf part(int index, int of) {
    MadeGguf m = new MadeGguf().u32("split.no", index).u32("split.count", of);
    return m.u32("split.tensors.count", 3)
        .u32(index == 0 ? "only.first" : "other", index)
        .f32("t" + index, new float[] {index, index + 1}, 2);
  }

  @Test
  void aSplitThatIsNotWholeIsNamed() throws IOException {
    Path first = part(0, 3).write(folder.resolve("m-00001-of-00003.gguf"));
    part(1, 3).write(folder.resolve("m-00002-of-00003.gguf"));
    assertRefused(first, "m-00003-of-00003.gguf", "missing");
    Path third = part(1, 3).write(folder.resolve("m-00003-of-00003.gguf"));
    assertRefused(third, "part 2 of 3", "part 3 of 3");
    part(2, 3).f32("t0", new float[1], 1).write(third);
    assertThatThrownBy(() -> Gguf.open(first)).hasMessageContainingAll("\"t0\"", "another part");
    part(2, 3).f32("t4", new float[1], 1).write(third);
    assertRefused(first, "split.tensors.count = 3", "4");
    Path wrong = part(2, 3).write(folder.resolve("m-00007-of-00003.gguf"));
    assertRefused(wrong, "part 7 of 3");
  }

  @Test
  void aFileThatIsCutOffAfterItWasOpenedIsSaidSo() throws IOException {
    Files.copy(FIXTURES.resolve("llama2.gguf"), file());
    try (Gguf gguf = Gguf.open(file())) {
      assertThat(floats(gguf, "output_norm.weight", 0, 8)).hasSize(8);
      try (RandomAccessFile out = new RandomAccessFile(file().toFile(), "rw")) {
        out.setLength(50_000);
      }
      assertThatThrownBy(() -> floats(gguf, "output_norm.weight", 0, 8))
          .isInstanceOf(MalformedGgufException.class)
          .hasMessageContainingAll("made.gguf", "cut off");
    }
  }

  /** A sparse file, of which a place does not fit into an int. */
  @Test
  void tensorsBeyondTwoGigabytesAreRead() throws IOException {
    long mega = 1L << 20;
    long elements = 600 * mega; // 2.4 GB of F32
    byte[] header = new MadeGguf().info("x", 0, 0, 1024, elements / 1024).bytes();
    try (RandomAccessFile out = new RandomAccessFile(file().toFile(), "rw")) {
      out.write(header);
      out.setLength(header.length + 4 * elements);
      for (long at : new long[] {256 * mega - header.length / 4 - 1, 512 * mega, elements - 1}) {
        out.seek(header.length + 4 * at);
        out.write(new byte[] {0, 0, (byte) 0x80, 0x3f}); // 1
      }
    }
    try (Gguf gguf = Gguf.open(file())) {
      long border = 256 * mega - header.length / 4;
      assertThat(floats(gguf, "x", border - 3, 6)).containsExactly(0, 0, 1, 0, 0, 0);
      assertThat(floats(gguf, "x", 512 * mega - 1, 3)).containsExactly(0, 1, 0);
      assertThat(floats(gguf, "x", elements - 2, 2)).containsExactly(0, 1);
    }
  }
}

package headscope.safetensors;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The file format: what is written is read back, what is damaged is refused before it is used. */
class SafeTensorsTest {
  @TempDir private Path folder;

  private Path written() {
    Path file = folder.resolve("a.safetensors");
    new SafeTensorsWriter()
        .metadata("über", "a \"quoted\" \u2028 text")
        .floats("x", new float[] {1, -0f, Float.MIN_VALUE, Float.NaN, 5, 6}, 2, 3)
        .ints("y", new int[] {Integer.MIN_VALUE, 7}, 2)
        .longs("z", new long[] {Long.MAX_VALUE}, 1)
        .floats("none", new float[0], 0, 4)
        .write(file);
    return file;
  }

  private static float[] floats(SafeTensors file, String name) {
    TensorInfo t = file.tensor(name);
    ByteBuffer bytes = ByteBuffer.allocate((int) t.bytes()).order(ByteOrder.LITTLE_ENDIAN);
    file.read(t, 0, bytes);
    float[] out = new float[(int) t.elements()];
    FloatDecoder.of(file, t).decode(bytes, out, 0);
    return out;
  }

  @Test
  void whatIsWrittenIsReadBackToTheBit() {
    try (SafeTensors file = SafeTensors.open(written())) {
      assertThat(file.tensors()).containsOnlyKeys("x", "y", "z", "none");
      assertThat(file.metadata()).containsEntry("über", "a \"quoted\" \u2028 text");
      assertThat(file.tensor("x").shape()).isEqualTo(List.of(2L, 3L));
      assertThat(file.tensor("none").elements()).isZero();
      float[] x = floats(file, "x");
      assertThat(Float.floatToRawIntBits(x[1])).isEqualTo(Integer.MIN_VALUE); // -0
      assertThat(x[2]).isEqualTo(Float.MIN_VALUE);
      assertThat(x[3]).isNaN();
    }
  }

  @Test
  void theSameTensorsGiveTheSameBytesAndAnAlignedHeader() throws IOException {
    byte[] once = Files.readAllBytes(written());
    assertThat(Files.readAllBytes(written())).isEqualTo(once);
    assertThat(ByteBuffer.wrap(once).order(ByteOrder.LITTLE_ENDIAN).getLong() % 8).isZero();
  }

  /** Every one of the 65,536 patterns, by the definition of IEEE 754 binary16. */
  @Test
  void everyHalfIsItsValue() {
    ByteBuffer bytes = ByteBuffer.allocate(2 << 16).order(ByteOrder.LITTLE_ENDIAN);
    for (int i = 0; i < 1 << 16; i++) {
      bytes.putShort((short) i);
    }
    String header = "{\"h\":{\"dtype\":\"F16\",\"shape\":[65536],\"data_offsets\":[0,131072]}}";
    try (SafeTensors file = SafeTensors.of(Path.of("memory"), whole(header, bytes.array()))) {
      float[] found = floats(file, "h");
      for (int i = 0; i < 1 << 16; i++) {
        int exponent = i >> 10 & 31;
        double fraction = (i & 1023) / 1024.0;
        double magnitude =
            exponent == 31
                ? fraction == 0 ? Double.POSITIVE_INFINITY : Double.NaN
                : exponent == 0 ? fraction * 0x1p-14 : (1 + fraction) * Math.pow(2, exponent - 15);
        double value = i < 1 << 15 ? magnitude : -magnitude;
        assertThat((double) found[i]).isEqualTo(Double.valueOf(value));
      }
    }
  }

  private static byte[] whole(String header, byte[] data) {
    byte[] json = header.getBytes(StandardCharsets.UTF_8);
    return ByteBuffer.allocate(8 + json.length + data.length)
        .order(ByteOrder.LITTLE_ENDIAN)
        .putLong(json.length)
        .put(json)
        .put(data)
        .array();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "[]",
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,4]}}", // 8 bytes are wanted
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[4,12]}}", // ends outside
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[-2],\"data_offsets\":[0,8]}}",
        "{\"a\":{\"dtype\":\"Q9\",\"shape\":[2],\"data_offsets\":[0,8]}}",
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[4611686018427387904,4],\"data_offsets\":[0,0]}}",
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]},"
            + "\"b\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[2,6]}}", // overlap
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]},"
            + "\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[4,8]}}", // twice
      })
  void aHeaderThatIsNoneIsRefused(String header) {
    assertThatThrownBy(() -> SafeTensors.of(Path.of("memory"), whole(header, new byte[8])).close())
        .isInstanceOf(MalformedFileException.class)
        .hasMessageContaining("memory");
  }

  @Test
  void aDamagedFileIsRefusedOrReadInsideItsBounds() throws IOException {
    byte[] good = Files.readAllBytes(written());
    Random random = new Random(1);
    int refused = 0;
    for (int i = 0; i < 2000; i++) {
      byte[] bad =
          Arrays.copyOf(good, random.nextInt(4) == 0 ? random.nextInt(good.length) : good.length);
      for (int k = random.nextInt(4); k >= 0 && bad.length > 0; k--) {
        bad[random.nextInt(bad.length)] = (byte) random.nextInt(256);
      }
      try (SafeTensors file = SafeTensors.of(Path.of("memory"), bad)) {
        for (TensorInfo t : file.tensors().values()) {
          file.read(t, 0, ByteBuffer.allocate((int) t.bytes()));
        }
      } catch (MalformedFileException e) {
        assertThat(e).hasMessageContaining("memory");
        refused++;
      }
    }
    assertThat(refused).isGreaterThan(500);
  }

  @Test
  void aFileThatIsNotThereIsSaidSo() {
    assertThatThrownBy(() -> SafeTensors.open(folder.resolve("none.safetensors")))
        .isInstanceOf(UncheckedIOException.class)
        .hasMessageContaining("none.safetensors");
  }

  @Test
  void aWriterRefusesWhatDoesNotFit() {
    SafeTensorsWriter writer = new SafeTensorsWriter().ints("a", new int[2], 2);
    assertThatThrownBy(() -> writer.ints("b", new int[2], 3)).hasMessageContaining("wants 3");
    assertThatThrownBy(() -> writer.ints("a", new int[2], 2)).hasMessageContaining("before");
  }
}

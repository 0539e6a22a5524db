package headscope.safetensors;

import static org.assertj.core.api.Assertions.assertThat;

import headscope.draw.Draws;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class HalfTest {
  @Test
  void everyHalfComesBackFromItsFloat() {
    for (int bits = 0; bits < 1 << 16; bits++) {
      float value = Half.toFloat((short) bits);
      if (!Float.isNaN(value)) {
        assertThat(Half.of(value)).as(Integer.toHexString(bits)).isEqualTo((short) bits);
      } else {
        assertThat(Half.toFloat(Half.of(value))).isNaN();
      }
    }
  }

  @Test
  void aFloatBecomesTheNearestHalfTheEvenOneOfTwo() {
    for (int bits = 0; bits < 0x7bff; bits++) { // neighbours, up to the greatest half
      float low = Half.toFloat((short) bits);
      float high = Half.toFloat((short) (bits + 1));
      float middle = (low + high) / 2;
      int even = bits % 2 == 0 ? bits : bits + 1;
      assertThat(Half.of(middle)).isEqualTo((short) even);
      assertThat(Half.of(Math.nextDown(middle))).isEqualTo((short) bits);
      assertThat(Half.of(Math.nextUp(middle))).isEqualTo((short) (bits + 1));
      assertThat(Half.of(-middle)).isEqualTo((short) (even | 0x8000));
    }
    assertThat(Half.of(65_519f)).isEqualTo((short) 0x7bff);
    assertThat(Half.of(65_520f)).isEqualTo((short) 0x7c00);
    assertThat(Half.of(Float.MAX_VALUE)).isEqualTo((short) 0x7c00);
    assertThat(Half.of(Float.MIN_VALUE)).isZero();
  }

  @Test
  void halvesAreWrittenAndReadBack(@TempDir Path folder) {
    Draws draws = new Draws(3);
    short[] bits = new short[60];
    float[] values = new float[60];
    for (int i = 0; i < bits.length; i++) {
      bits[i] = Half.of((float) (draws.share() - .5));
      values[i] = Half.toFloat(bits[i]);
    }
    Path file = folder.resolve("halves.safetensors");
    new SafeTensorsWriter().halves("x", bits, 3, 20).write(file);
    try (SafeTensors read = SafeTensors.open(file)) {
      assertThat(read.tensors().get("x").dtype()).isEqualTo(DType.F16);
      assertThat(read.floats("x")).isEqualTo(values);
    }
  }
}

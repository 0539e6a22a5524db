package headscope.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import headscope.model.LoadOptions.Dtype;
import headscope.safetensors.DType;
import headscope.safetensors.Half;
import headscope.safetensors.SafeTensors;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Checkpoints of random weights hold what their shape, seed and type say. */
class RandomCheckpointTest {
  private static final RandomCheckpoint SMALL = new RandomCheckpoint(1, 8, 2, 1, 16, 32, 64);
  private static final String MATRIX = "model.layers.0.mlp.down_proj.weight";

  @TempDir private Path folder;

  private float[] read(String name, Dtype type, DType inFile) {
    Path of = folder.resolve(name);
    SMALL.write(of, 5, type);
    try (SafeTensors file = SafeTensors.open(of.resolve("model.safetensors"))) {
      assertThat(file.tensors().values()).allMatch(t -> t.dtype() == inFile);
      long elements =
          file.tensors().values().stream().mapToLong(t -> t.bytes() / t.dtype().bytes()).sum();
      assertThat(elements).isEqualTo(SMALL.parameters());
      return file.floats(MATRIX);
    }
  }

  @Test
  void halfTypesAreTheSameWeightsRounded() throws Exception {
    float[] whole = read("a", Dtype.FLOAT32, DType.F32);
    float[] half = read("b", Dtype.FLOAT16, DType.F16);
    float[] brain = read("c", Dtype.BFLOAT16, DType.BF16);
    assertThat(whole).hasSize(8 * 16).hasSameSizeAs(half).hasSameSizeAs(brain);
    for (int i = 0; i < whole.length; i++) {
      assertThat(half[i]).isEqualTo(Half.toFloat(Half.of(whole[i])));
      // eight digits: half of the last one is 1/256 of the number at most
      assertThat(brain[i]).isCloseTo(whole[i], within(Math.abs(whole[i]) / 256));
      assertThat(Float.floatToIntBits(brain[i]) & 0xffff).isZero();
    }
    assertThat(Files.readString(folder.resolve("c/config.json"))).contains("\"bfloat16\"");
  }

  @Test
  void theSameSeedGivesTheSameBytes() throws Exception {
    SMALL.write(folder.resolve("a"), 5, Dtype.BFLOAT16);
    SMALL.write(folder.resolve("b"), 5, Dtype.BFLOAT16);
    SMALL.write(folder.resolve("c"), 6, Dtype.BFLOAT16);
    byte[] first = Files.readAllBytes(folder.resolve("a/model.safetensors"));
    assertThat(Files.readAllBytes(folder.resolve("b/model.safetensors"))).isEqualTo(first);
    assertThat(Files.readAllBytes(folder.resolve("c/model.safetensors"))).isNotEqualTo(first);
  }

  @Test
  void shapesHaveTheSizesTheyAreNamedAfter() {
    // the numbers of parameters that the models' pages state, the embedding of 8B twice
    assertThat(RandomCheckpoint.named("llama-3.2-1b").parameters()).isEqualTo(1_235_814_400L);
    assertThat(RandomCheckpoint.named("llama-3.2-3b").parameters()).isEqualTo(3_212_749_824L);
    assertThat(RandomCheckpoint.named("llama-3.1-8b").parameters())
        .isEqualTo(8_030_261_248L - 128256L * 4096);
    assertThatThrownBy(() -> RandomCheckpoint.named("gpt-2"))
        .hasMessageContainingAll("gpt-2", "llama-3.2-3b");
  }
}

package headscope.model;

import static org.assertj.core.api.Assertions.assertThat;

import headscope.safetensors.SafeTensors;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class ModelConfigTest {
  static Stream<String> checkpoints() {
    return Fixture.names();
  }

  @ParameterizedTest
  @MethodSource("checkpoints")
  void parametersAreAsManyAsTheWeightsOfTheCheckpoint(String name) throws IOException {
    Path folder = Fixture.folder(name);
    TreeMap<String, Long> sizes = new TreeMap<>(); // by name: a tied output may be stored again
    try (Stream<Path> files = Files.list(folder)) {
      for (Path file : files.filter(f -> f.toString().contains("model")).toList()) {
        if (file.toString().endsWith(".safetensors")) {
          try (SafeTensors in = SafeTensors.open(file)) {
            in.tensors()
                .forEach(
                    (tensor, t) ->
                        sizes.put(
                            tensor,
                            t.shape().stream().mapToLong(x -> x).reduce(1, (a, b) -> a * b)));
          }
        }
      }
    }
    ModelConfig config = ModelConfig.of(new Checkpoint.Folder(folder));
    if (config.tied()) {
      sizes.remove("lm_head.weight");
    }
    assertThat(config.parameters()).isEqualTo(sizes.values().stream().mapToLong(x -> x).sum());
  }

  @Test
  void memoryIsWeightsAndKeysAndValues() {
    ModelConfig reference = ModelConfig.of(new Checkpoint.Bundled());
    assertThat(reference.parameters()).isBetween(1_600_000L, 1_800_000L);
    long empty = reference.memory(LoadOptions.Dtype.FLOAT32, 0);
    assertThat(empty).isEqualTo(4 * reference.parameters());
    assertThat(reference.memory(LoadOptions.Dtype.BFLOAT16, 0)).isEqualTo(empty / 2);
    // 6 layers, 4 key/value heads of 16, key and value, 4 bytes
    assertThat(reference.memory(LoadOptions.Dtype.FLOAT32, 100) - empty)
        .isEqualTo(100 * 6 * 4 * 16 * 2 * 4);
  }
}

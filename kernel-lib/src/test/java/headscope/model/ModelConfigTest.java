package headscope.model;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import headscope.safetensors.SafeTensors;
import headscope.warning.Warnings;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
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

  @ParameterizedTest
  @MethodSource("headscope.model.Fixture#families")
  void bothFormsOfTheConfigurationAreOneModel(String name, @TempDir Path folder)
      throws IOException {
    // written by AutoConfig.from_pretrained(...).save_pretrained(...) of transformers 5.23.0
    Path form = Fixture.folder(name).resolve("config.transformers5.json");
    Files.copy(form, folder.resolve("config.json"));
    List<String> warnings = new ArrayList<>();
    try (Warnings.Listening heard = Warnings.to(warnings::add)) {
      ModelConfig five = ConfigReader.read(CheckpointFiles.folder(folder));
      ModelConfig four = ConfigReader.read(CheckpointFiles.folder(Fixture.folder(name)));
      assertThat(five).isEqualTo(four);
    }
    assertThat(warnings).isEmpty();
  }

  /**
   * Which layers have the window of 9 that config.json has: as transformers 5.23.0 loads random
   * checkpoints of these configurations with AutoModelForCausalLM, by their greedy tokens.
   */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "mistral-window|FFF|",
        "mistral-window|FSF|0,9,0",
        "mistral-window|SSS|9,9,9",
        "phi4mini|FFF|9,9,9",
        "phi4mini|SSS|9,9,9",
        "olmo2|FFF|",
      })
  void layerTypesSayWhichLayersHaveTheWindowWhereTransformersGoesByThem(
      String name, String types, String windows, @TempDir Path folder) throws IOException {
    JsonObject config =
        JsonParser.parseString(Files.readString(Fixture.folder(name).resolve("config.json")))
            .getAsJsonObject();
    JsonArray layers = new JsonArray();
    types.chars().forEach(t -> layers.add(t == 'F' ? "full_attention" : "sliding_attention"));
    config.add("layer_types", layers);
    config.addProperty("sliding_window", 9);
    Files.writeString(folder.resolve("config.json"), config.toString());
    List<Integer> read = ConfigReader.read(CheckpointFiles.folder(folder)).windows();
    assertThat(read)
        .isEqualTo(
            windows == null
                ? List.of()
                : Stream.of(windows.split(",")).map(Integer::valueOf).toList());
  }
}

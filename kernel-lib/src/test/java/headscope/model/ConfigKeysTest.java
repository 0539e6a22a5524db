package headscope.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import headscope.bench.RandomCheckpoint;
import headscope.warning.Warnings;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** What the keys of config.json do is what transformers 5.23.0 does with them. */
class ConfigKeysTest {
  private static final List<String> FAMILIES =
      List.of("llama", "qwen3", "phi3", "qwen2", "mistral", "smollm3", "gemma3_text", "olmo2");

  @TempDir Path folder;

  /** Made by environment/tools/transformers_keys.py. */
  private static List<String[]> transformersKeys() throws IOException {
    return Files.readAllLines(Path.of("src/test/resources/transformers-keys.tsv")).stream()
        .filter(line -> !line.startsWith("#"))
        .map(line -> line.split("\t"))
        .toList();
  }

  @Test
  void everyKeyOfTransformersHasALine() throws IOException {
    for (String[] line : transformersKeys()) {
      String key = line[1];
      List<String> families = FAMILIES.contains(line[0]) ? List.of(line[0]) : FAMILIES;
      for (String family : families) {
        assertThat(ConfigKeys.of(family).containsKey(key) || GenerationKeys.known().contains(key))
            .as("%s of %s, for %s", key, line[0], family)
            .isTrue();
      }
    }
  }

  @Test
  void whatStandsWhereAKeyIsMissingIsTransformersDefault() throws IOException {
    Map<String, Map<String, String>> defaults = new TreeMap<>();
    for (String[] line : transformersKeys()) {
      defaults.computeIfAbsent(line[0], f -> new TreeMap<>()).put(line[1], line[2]);
    }
    for (Family family : Family.ALL) {
      Map<String, String> theirs = defaults.get(family.modelType());
      Family.Defaults ours = family.defaults();
      assertThat(number(theirs, "max_position_embeddings")).isEqualTo(ours.positions());
      assertThat(number(theirs, "rms_norm_eps")).isEqualTo(ours.normEpsilon());
      assertThat(number(theirs, "num_key_value_heads")).isEqualTo(ours.keyValueHeads());
      assertThat(number(theirs, "head_dim")).isEqualTo(ours.headDim());
      boolean windows = number(theirs, "sliding_window") > 0;
      assertThat(windows ? number(theirs, "sliding_window") : 0).isEqualTo(ours.window());
      assertThat(theirs.get("tie_word_embeddings"))
          .isEqualTo(String.valueOf(family.has(Family.Trait.TIED)));
    }
  }

  /** A default as a number; 0 where there is none. */
  private static double number(Map<String, String> defaults, String key) {
    String value = defaults.getOrDefault(key, "-");
    return value.matches("[\\d.e-]+") && !value.equals("-") ? Double.parseDouble(value) : 0;
  }

  private List<String> load(Consumer<JsonObject> change) throws IOException {
    Path model = folder.resolve("model");
    new RandomCheckpoint(1, 8, 2, 1, 8, 32, 64).write(model, 1);
    Path file = model.resolve("config.json");
    JsonObject config = JsonParser.parseString(Files.readString(file)).getAsJsonObject();
    change.accept(config);
    Files.writeString(file, config.toString());
    List<String> warnings = new ArrayList<>();
    try (Warnings.Listening heard = Warnings.to(warnings::add)) {
      ConfigReader.read(CheckpointFiles.folder(model));
    }
    return warnings;
  }

  @Test
  void keysWithoutEffectAreNamedInOneWarning() throws IOException {
    List<String> warnings =
        load(
            c -> {
              c.addProperty("transformers.js_config", 1);
              c.addProperty("attn_logit_softcapping", 50.0); // another family's
              c.addProperty("attention_chunk_size", (Number) null);
              c.addProperty("pretraining_tp", 2);
              c.addProperty("output_attentions", true);
              c.addProperty("rope_interleaved", false);
              c.add(
                  "rope_scaling",
                  JsonParser.parseString(
                      "{\"rope_type\": \"linear\", \"factor\": 2.0, \"attn_factor\": 1}"));
            });
    assertThat(warnings).hasSize(1);
    assertThat(warnings.get(0))
        .endsWith(
            ": transformers.js_config, attn_logit_softcapping, pretraining_tp, output_attentions,"
                + " rope_interleaved, rope_scaling.attn_factor");
  }

  @Test
  void keysOfTheFamilyAndOfGenerationSayNothing() throws IOException {
    assertThat(
            load(
                c -> {
                  c.addProperty("hidden_act", "swish");
                  c.addProperty("torch_dtype", "bfloat16");
                  c.addProperty("pretraining_tp", 1);
                  c.addProperty("attention_dropout", 0.1);
                  c.addProperty("temperature", 0.6);
                  c.addProperty("output_attentions", false);
                }))
        .isEmpty();
  }

  @Test
  void whatChangesTheResultIsNamedInOneRefusalThatTellsAWayOut() {
    assertThatThrownBy(
            () ->
                load(
                    c -> {
                      c.addProperty("hidden_act", "gelu");
                      c.addProperty("is_causal", false);
                      c.add(
                          "rope_scaling",
                          JsonParser.parseString("{\"type\": \"dynamic\", \"factor\": 2}"));
                    }))
        .isInstanceOf(CheckpointException.class)
        .hasMessageContainingAll(
            "hidden_act = \"gelu\"",
            "supported: silu, swish",
            "is_causal = false",
            "rope_scaling.type = \"dynamic\"",
            "supported: default, linear",
            "transformers")
        .message()
        .doesNotContain("remove", "edit");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{\"quant_method\": \"awq\", \"bits\": 4}|awq",
        "{\"load_in_8bit\": true}|bitsandbytes",
        "{\"quant_method\": \"compressed-tensors\"}|compressed-tensors",
      })
  void quantisedWeightsAreRefusedByTheirScheme(String value, String scheme) {
    assertThatThrownBy(() -> load(c -> c.add("quantization_config", JsonParser.parseString(value))))
        .hasMessageContainingAll("quantization_config", "quantised (" + scheme + ")", "GGUF");
  }

  @Test
  void aRopeForEachTypeOfLayerIsRefusedWhereTheFamilyHasOneForAll() {
    assertThatThrownBy(
            () ->
                load(
                    c ->
                        c.add(
                            "rope_parameters",
                            JsonParser.parseString(
                                "{\"full_attention\": {\"rope_type\": \"default\"}}"))))
        .hasMessageContainingAll("rope_parameters.full_attention", "one for all");
  }

  @Test
  void ropeScalingGoesBeforeRopeParameters() throws IOException {
    Consumer<JsonObject> both =
        c -> {
          c.add("rope_scaling", JsonParser.parseString("{\"type\":\"linear\",\"factor\":2}"));
          c.add(
              "rope_parameters",
              JsonParser.parseString("{\"rope_type\":\"linear\",\"factor\":4,\"rope_theta\":7.0}"));
          c.addProperty("rope_theta", 9.0);
        };
    assertThat(load(both)).hasSize(1);
    Rope rope = ModelConfig.of(new Checkpoint.Folder(folder.resolve("model"))).ropes().get(0);
    assertThat(rope).isEqualTo(new Rope(9, rope.dims(), new RopeScaling.Linear(2)));
  }

  static Stream<Path> checkpoints() throws IOException {
    List<Path> all = new ArrayList<>();
    for (String set : List.of("checkpoints", "families")) {
      try (Stream<Path> folders = Files.list(Fixture.ROOT.resolveSibling(set))) {
        folders
            .filter(f -> Files.exists(f.resolve("config.json")))
            .filter(f -> !f.getFileName().toString().startsWith("unsupported"))
            .forEach(all::add);
      }
    }
    return all.stream();
  }

  @ParameterizedTest
  @MethodSource("checkpoints")
  void publishedConfigurationsSayNothing(Path checkpoint) {
    List<String> warnings = new ArrayList<>();
    try (Warnings.Listening heard = Warnings.to(warnings::add)) {
      ConfigReader.read(CheckpointFiles.folder(checkpoint));
    }
    assertThat(warnings).isEmpty();
  }
}

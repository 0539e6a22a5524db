package headscope.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.google.gson.JsonElement;
import com.google.gson.JsonNull;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import headscope.safetensors.MalformedFileException;
import headscope.trace.Capture;
import headscope.trace.Prompt;
import headscope.trace.Step;
import headscope.trace.Trace;
import headscope.warning.Warnings;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.function.Consumer;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Golden numbers: PEFT 0.21.2 over transformers 5.23.0 in float32, random adapters. */
@Tag("slow")
class LoraTest {
  private static final Path ROOT =
      Path.of(
          System.getProperty("headscope.test.adapters", "src/test/resources/fixtures/adapters"));

  @TempDir Path folder;

  static Stream<Path> adapters() throws IOException {
    try (Stream<Path> list = Files.list(ROOT)) {
      return list.sorted().toList().stream();
    }
  }

  private static JsonObject json(Path file) throws IOException {
    return JsonParser.parseString(Files.readString(file)).getAsJsonObject();
  }

  private static Checkpoint base(String name) {
    return new Checkpoint.Folder(Fixture.folder(name));
  }

  private static Trace generate(Checkpoint checkpoint, JsonObject expected) {
    int[] prompt = ints(expected.get("prompt"));
    GenerateOptions how =
        GenerateOptions.defaults()
            .withMaxNewTokens(expected.getAsJsonArray("ids").size())
            .withIgnoreEndTokens();
    try (LanguageModel model = LanguageModel.load(checkpoint, LoadOptions.defaults())) {
      return model.generate(Prompt.ofIds(prompt), Capture.tokens(), how);
    }
  }

  private static int[] ints(JsonElement list) {
    return StreamSupport.stream(list.getAsJsonArray().spliterator(), false)
        .mapToInt(JsonElement::getAsInt)
        .toArray();
  }

  @ParameterizedTest
  @MethodSource("adapters")
  void anAdapterGivesWhatPeftGives(Path adapter) throws IOException {
    JsonObject expected = json(adapter.resolve("expected.json"));
    Checkpoint checkpoint = base(expected.get("base").getAsString()).withAdapter(adapter);
    if (expected.get("refused").getAsBoolean()) {
      assertThatThrownBy(() -> LanguageModel.load(checkpoint, LoadOptions.defaults()))
          .isInstanceOf(CheckpointException.class)
          .hasMessageContaining("use_dora = true (DoRA)");
      return;
    }
    Trace trace = generate(checkpoint, expected);
    assertThat(trace.ids()).containsExactly(ints(expected.get("ids")));
    List<Step> steps = trace.steps();
    for (int i = 0; i < steps.size(); i++) {
      double logprob = expected.getAsJsonArray("logprobs").get(i).getAsDouble();
      assertThat(steps.get(i).logprob()).isCloseTo((float) logprob, within(5e-4f));
    }
  }

  private static final Path PLAIN = Path.of("src/test/resources/fixtures/adapters/llama31-plain");
  private static final Path HEAD = PLAIN.resolveSibling("llama31-saved-head");

  @ParameterizedTest
  @MethodSource("adapters")
  void overAGgufFileItGivesTheSame(Path adapter) throws IOException {
    JsonObject expected = json(adapter.resolve("expected.json"));
    Path gguf = Fixture.GGUF.resolve(expected.get("base").getAsString() + ".gguf");
    assumeTrue(Files.exists(gguf) && !expected.get("refused").getAsBoolean());
    Trace trace = generate(new Checkpoint.GgufFile(gguf).withAdapter(adapter), expected);
    assertThat(trace.ids()).containsExactly(ints(expected.get("ids")));
  }

  @Test
  void severalAreMergedInOrderAndNamedWithTheirHashes() throws IOException {
    JsonObject expected = json(PLAIN.resolve("expected.json"));
    // both merged one after the other with merge_and_unload
    int[] ids = {162, 178, 13, 95, 387, 262, 104, 195, 69, 104, 15, 37};
    double[] logprobs = {
      -2.27555, -2.28751, -1.87236, -2.35534, -1.88222, -2.66796, -1.70925, -2.76864, -2.18284,
      -2.59911, -1.30937, -2.03981
    };
    Trace trace = generate(base("llama31").withAdapter(PLAIN).withAdapter(HEAD), expected);
    assertThat(trace.ids()).containsExactly(ids);
    for (int i = 0; i < ids.length; i++) {
      assertThat(trace.steps().get(i).logprob()).isCloseTo((float) logprobs[i], within(5e-4f));
    }
    Trace plain = generate(base("llama31"), expected);
    assertThat(plain.options()).doesNotContainKeys("adapters", "checkpoint");
    assertThat(trace.options().get("checkpoint")).asString().matches("[0-9a-f]{64}");
    assertThat(trace.options().get("adapters").toString())
        .matches(
            "\\[\\{name=llama31-plain, sha256=[0-9a-f]{64}}, "
                + "\\{name=llama31-saved-head, sha256=[0-9a-f]{64}}]");
  }

  @Test
  void givenAsAModelAnAdapterGoesOverTheBaseThatItNames() throws IOException {
    JsonObject expected = json(PLAIN.resolve("expected.json"));
    Path base = Fixture.folder("llama31").toAbsolutePath();
    Path named = changed(PLAIN, c -> c.addProperty("base_model_name_or_path", base.toString()));
    Trace trace = generate(new Checkpoint.Folder(named), expected);
    assertThat(trace.ids()).containsExactly(ints(expected.get("ids")));
    assertThatThrownBy(() -> LanguageModel.load(PLAIN))
        .isInstanceOf(CheckpointException.class)
        .hasMessageContainingAll("made/llama31", "--model BASE --adapter");
    Path nameless = changed(PLAIN, c -> c.remove("base_model_name_or_path"));
    assertThatThrownBy(() -> LanguageModel.load(nameless))
        .hasMessageContaining("does not say over which model");
    Path itself = changed(PLAIN, c -> c.addProperty("base_model_name_or_path", "x"));
    Path circle = changed(PLAIN, c -> c.addProperty("base_model_name_or_path", itself.toString()));
    assertThatThrownBy(() -> LanguageModel.load(circle))
        .hasMessageContaining("is an adapter itself");
  }

  private int copies;

  private Path changed(Path adapter, Consumer<JsonObject> change) throws IOException {
    Path copy = Files.createDirectory(folder.resolve("adapter" + copies++));
    JsonObject config = json(adapter.resolve("adapter_config.json"));
    change.accept(config);
    Files.writeString(copy.resolve("adapter_config.json"), config.toString());
    Files.copy(adapter.resolve(LoraAdapter.WEIGHTS), copy.resolve(LoraAdapter.WEIGHTS));
    return copy;
  }

  private static void load(Path adapter) {
    LanguageModel.load(base("llama31").withAdapter(adapter), LoadOptions.defaults()).close();
  }

  @Test
  void whatIsNotComputedIsRefusedAllAtOnceByName() throws IOException {
    Path several =
        changed(
            PLAIN,
            c -> {
              c.addProperty("use_dora", true);
              c.addProperty("bias", "lora_only");
              c.addProperty("init_lora_weights", "pissa_niter_4");
              c.add("layer_replication", JsonParser.parseString("[[0, 1]]"));
              c.addProperty("of_tomorrow", 3);
            });
    assertThatThrownBy(() -> load(several))
        .isInstanceOf(CheckpointException.class)
        .hasMessageContainingAll(
            "use_dora", "bias = \"lora_only\"", "pissa", "layer_replication", "of_tomorrow = 3");
    for (String key :
        List.of(
            "lora_bias",
            "alora_invocation_tokens",
            "target_parameters",
            "trainable_token_indices",
            "use_qalora",
            "use_bdlora",
            "arrow_config",
            "kasa_config",
            "monteclora_config",
            "velora_config",
            "megatron_config")) {
      Path one = changed(PLAIN, c -> c.add(key, JsonParser.parseString("{\"x\": 1}")));
      assertThatThrownBy(() -> load(one)).hasMessageContaining(key);
    }
    Path other = changed(PLAIN, c -> c.addProperty("peft_type", "IA3"));
    assertThatThrownBy(() -> load(other)).hasMessageContaining("IA3");
    for (String init : List.of("gaussian", "eva", "orthogonal")) {
      load(changed(PLAIN, c -> c.addProperty("init_lora_weights", init)));
    }
    load(
        changed(
            PLAIN,
            c -> {
              c.addProperty("lora_dropout", .5);
              c.addProperty("fan_in_fan_out", true);
              c.add("of_tomorrow", JsonNull.INSTANCE);
            }));
  }

  @Test
  void whatDoesNotFitTheModelIsNamed() throws IOException {
    Path fewer =
        changed(PLAIN, c -> c.add("target_modules", JsonParser.parseString("[\"q_proj\"]")));
    assertThatThrownBy(() -> load(fewer))
        .hasMessageContainingAll("6 tensors", "v_proj.lora_A.weight", "no place");
    Path rank = changed(PLAIN, c -> c.addProperty("r", 5));
    assertThatThrownBy(() -> load(rank)).hasMessageContainingAll("lora_A", "[4, 96]", "[5, 96]");
    Path lacking =
        changed(PLAIN, c -> c.add("modules_to_save", JsonParser.parseString("[\"lm_head\"]")));
    assertThatThrownBy(() -> load(lacking)).hasMessageContaining("lm_head.weight");
    Path pattern = changed(PLAIN, c -> c.addProperty("target_modules", "(q_proj"));
    assertThatThrownBy(() -> load(pattern)).hasMessageContaining("\"(q_proj\"");
    Path slow = changed(PLAIN, c -> c.addProperty("target_modules", "(([a-z_.0-9]+)+)+!"));
    assertThatThrownBy(() -> load(slow)).hasMessageContaining("too many steps");
    List<String> said = new ArrayList<>();
    try (Warnings.Listening listening = Warnings.to(said::add)) {
      load(
          changed(
              PLAIN,
              c ->
                  c.add(
                      "target_modules",
                      JsonParser.parseString("[\"q_proj\", \"v_proj\", \"o_proj\"]"))));
    }
    assertThat(said).singleElement().asString().contains("3 of its target_modules", "o_proj");
    Path pickle = Files.createDirectory(folder.resolve("pickle"));
    Files.copy(PLAIN.resolve("adapter_config.json"), pickle.resolve("adapter_config.json"));
    Files.write(pickle.resolve("adapter_model.bin"), new byte[] {1});
    assertThatThrownBy(() -> load(pickle)).hasMessageContaining("save_file");
    assertThatThrownBy(() -> load(folder)).hasMessageContaining("is no adapter");
  }

  @Test
  void aDamagedAdapterIsRefusedOrLoads() throws IOException {
    Path copy = changed(HEAD, c -> {});
    byte[] config = Files.readAllBytes(copy.resolve(LoraConfig.FILE));
    byte[] weights = Files.readAllBytes(copy.resolve(LoraAdapter.WEIGHTS));
    SplittableRandom random = new SplittableRandom(1);
    int refused = 0;
    try (Warnings.Listening listening = Warnings.to(text -> {})) {
      for (int i = 0; i < 500; i++) {
        byte[] c = damaged(config, i % 2 == 0 ? config.length : 0, random);
        byte[] w = damaged(weights, i % 2 == 1 ? Math.min(1500, weights.length) : 0, random);
        Files.write(copy.resolve(LoraConfig.FILE), c);
        Files.write(copy.resolve(LoraAdapter.WEIGHTS), w);
        try {
          load(copy);
        } catch (CheckpointException | MalformedFileException e) {
          assertThat(e.getMessage()).doesNotContain("Exception", "com.google", "java.");
          refused++;
        }
      }
    }
    assertThat(refused).isBetween(200, 499);
  }

  private static byte[] damaged(byte[] whole, int within, SplittableRandom random) {
    byte[] bytes = whole.clone();
    for (int k = within == 0 ? 0 : 1 + random.nextInt(3); k > 0; k--) {
      bytes[random.nextInt(within)] = (byte) random.nextInt(256);
    }
    return within > 0 && random.nextInt(6) == 0
        ? Arrays.copyOf(bytes, random.nextInt(bytes.length))
        : bytes;
  }

  @Test
  void patternsAreReadAsPythonReadsThem() {
    Map<String, String> found =
        Map.of(
            "(?P<a_b>q)_proj(?P=a_b)?", "q_proj",
            "[]a[&&]+", "]a[&",
            "a{,2}b", "aab",
            "x\\Z", "x",
            "[^]]+", "abc");
    found.forEach(
        (python, text) -> assertThat(new PythonPattern(python).matches(text)).as(python).isTrue());
    assertThat(new PythonPattern("a{,2}b").matches("aaab")).isFalse();
    for (String wrong : List.of("\\p{L}", "(?P<a", "[", "(")) {
      assertThatThrownBy(() -> new PythonPattern(wrong)).isInstanceOf(CheckpointException.class);
    }
  }
}

package headscope.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import headscope.Damage;
import headscope.PlainWords;
import headscope.bench.RandomCheckpoint;
import headscope.head.HeadMask;
import headscope.head.HeadSet;
import headscope.head.MaskScope;
import headscope.safetensors.MalformedFileException;
import headscope.safetensors.SafeTensorsWriter;
import headscope.trace.Capture;
import headscope.trace.Prompt;
import headscope.trace.Spans;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Bad input ends in one clear exception with value, range and remedy; the process lives on. */
@Tag("slow")
class BadCheckpointTest {
  @TempDir Path temporary;
  private Path folder;

  @BeforeEach
  void copyACheckpoint() throws IOException {
    folder = copy("llama31", temporary.resolve("model"));
  }

  private static Path copy(String fixture, Path to) throws IOException {
    Files.createDirectories(to);
    try (Stream<Path> files = Files.list(Fixture.ROOT.resolve(fixture))) {
      for (Path f : files.filter(x -> !x.getFileName().toString().startsWith("exp")).toList()) {
        Files.copy(f, to.resolve(f.getFileName()));
      }
    }
    return to;
  }

  private static void assertRefused(ThrowingCallable call, String... words) {
    assertThatThrownBy(call)
        .isInstanceOfAny(
            CheckpointException.class, MalformedFileException.class, IllegalArgumentException.class)
        .hasMessageContainingAll(words);
  }

  private void assertRefused(String... words) {
    assertRefused(() -> LanguageModel.load(folder).close(), words);
  }

  private void config(Consumer<JsonObject> change) throws IOException {
    Path file = folder.resolve("config.json");
    JsonObject c = JsonParser.parseString(Files.readString(file)).getAsJsonObject();
    change.accept(c);
    Files.writeString(file, c.toString());
  }

  @Test
  void aMissingFolderOrFile() throws IOException {
    assertRefused(() -> LanguageModel.load(temporary.resolve("none")), "none", "config.json");
    Files.delete(folder.resolve("model-00002-of-00002.safetensors"));
    assertRefused("model-00002-of-00002.safetensors");
    Files.delete(folder.resolve("model.safetensors.index.json"));
    assertRefused("model.safetensors");
    Files.delete(folder.resolve("config.json"));
    assertRefused("config.json");
  }

  @Test
  void aTruncatedShard() throws IOException {
    Path shard = folder.resolve("model-00001-of-00002.safetensors");
    byte[] bytes = Files.readAllBytes(shard);
    Files.write(shard, Arrays.copyOf(bytes, bytes.length / 2));
    assertRefused("model-00001", "bytes", "complete");
    Files.write(shard, Arrays.copyOf(bytes, 100));
    assertRefused("model-00001", "header", "complete");
    Files.write(shard, new byte[3]);
    assertRefused("model-00001", "3 bytes");
  }

  @Test
  void aPointerOfGitLfsInPlaceOfWeights() throws IOException {
    String pointer = "version https://git-lfs.github.com/spec/v1\noid sha256:ab\nsize 12345\n";
    Files.writeString(folder.resolve("model-00001-of-00002.safetensors"), pointer);
    assertRefused("model-00001-of-00002.safetensors", "git lfs pull");
    Path gguf = Files.writeString(temporary.resolve("a.gguf"), pointer);
    assertRefused(() -> LanguageModel.of(gguf.toString()), "a.gguf", "git lfs pull");
  }

  @Test
  void aHeaderLongerThanTheFile() throws IOException {
    Path shard = folder.resolve("model-00001-of-00002.safetensors");
    byte[] bytes = Files.readAllBytes(shard);
    ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).putLong(0, Long.MAX_VALUE);
    Files.write(shard, bytes);
    assertRefused("9223372036854775807", "header");
    ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).putLong(0, -5);
    Files.write(shard, bytes);
    assertRefused("header");
  }

  private void header(String json) throws IOException {
    byte[] text = json.getBytes(StandardCharsets.UTF_8);
    ByteBuffer file = ByteBuffer.allocate(8 + text.length + 64).order(ByteOrder.LITTLE_ENDIAN);
    file.putLong(text.length).put(text);
    Files.delete(folder.resolve("model.safetensors.index.json"));
    Files.write(folder.resolve("model.safetensors"), file.array());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{'a':{'dtype':'F32','shape':[4],'data_offsets':[0,16]},"
            + "'b':{'dtype':'F32','shape':[4],'data_offsets':[8,24]}}|overlap",
        "{'a':{'dtype':'F32','shape':[4],'data_offsets':[0,16]},"
            + "'a':{'dtype':'F32','shape':[4],'data_offsets':[16,32]}}|twice",
        "{'a':{'dtype':'F33','shape':[4],'data_offsets':[0,16]}}|F33",
        "{'a':{'dtype':'F32','shape':[5],'data_offsets':[0,16]}}|takes 20 bytes",
        "{'a':{'dtype':'F32','shape':[-4],'data_offsets':[0,16]}}|shape",
        "{'a':{'dtype':'F32','shape':[9223372036854775807,9],'data_offsets':[0,16]}}|shape",
        "{'a':{'dtype':'F32','shape':[4],'data_offsets':[64,80]}}|complete",
        "{'a':{'dtype':'F32','shape':[4]}}|data_offsets",
        "{'a':7}|JSON",
        "{'a':{'dtype':'F32'|JSON",
        "[]|JSON",
      })
  void aDamagedHeader(String json, String word) throws IOException {
    header(json.replace('\'', '"'));
    assertRefused("model.safetensors", word);
  }

  @Test
  void aWrongTypeOrShape() throws IOException {
    config(c -> c.addProperty("vocab_size", 999));
    assertRefused("model.embed_tokens.weight", "shape", "999");
    Files.delete(folder.resolve("model.safetensors.index.json"));
    new SafeTensorsWriter()
        .ints("model.embed_tokens.weight", new int[400 * 96], 400, 96)
        .write(folder.resolve("model.safetensors"));
    config(c -> c.addProperty("vocab_size", 400));
    assertRefused("model.embed_tokens.weight", "I32", "BF16");
  }

  @ParameterizedTest
  @ValueSource(strings = {"../x", "/etc/hostname", "..", "sub/model.safetensors"})
  void anIndexThatLeavesItsFolder(String shard) throws IOException {
    Path index = folder.resolve("model.safetensors.index.json");
    Files.writeString(
        index, Files.readString(index).replace("model-00002-of-00002.safetensors", shard));
    assertRefused(shard, "same folder");
  }

  @Test
  void aTensorTooManyOrTooFew() throws IOException {
    config(c -> c.addProperty("num_hidden_layers", 1));
    assertRefused("no place", "model.layers.1");
    config(c -> c.addProperty("num_hidden_layers", 100));
    assertRefused("lacks", "model.layers.");
  }

  @Test
  void moreLayersOrHeadsThanHaveANumber() throws IOException {
    for (String key : List.of("num_hidden_layers", "num_attention_heads")) {
      config(c -> c.addProperty(key, 1_000_000_000));
      assertRefused(key, "from 1 to 1000");
      config(c -> c.addProperty(key, 8));
    }
  }

  @ParameterizedTest
  @ValueSource(floats = {Float.NaN, Float.POSITIVE_INFINITY})
  void weightsThatAreNoNumbers(float value) {
    Path changed =
        Checkpoints.changed(
            folder,
            temporary.resolve("changed"),
            (name, shape, x) -> {
              if (name.equals("model.layers.1.mlp.down_proj.weight")) {
                x[77] = value;
              }
            });
    assertRefused(
        () -> LanguageModel.load(changed), "model.layers.1.mlp.down_proj.weight", "77", "finite");
  }

  @ParameterizedTest
  @ValueSource(strings = {"unsupported-mamba", "unsupported-rope"})
  void whatIsNotImplementedIsNamed(String name) {
    Fixture f = Fixture.of(name);
    assertRefused(
        () -> LanguageModel.load(f.folder()),
        f.expected().get("because").getAsString(),
        f.expected().get("value").getAsString(),
        "supported");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "hidden_act|\"gelu\"|silu",
        "sliding_window|128|sliding_window",
        "layer_types|[\"sliding_attention\"]|full_attention",
        "quantization_config|{\"bits\":4}|quantised",
        "is_causal|false|later tokens",
        "num_key_value_heads|3|divisor",
        "head_dim|15|even",
        "vocab_size|0|from 1",
        "vocab_size|1.5|whole number",
        "rms_norm_eps|\"small\"|finite number",
        "rope_theta|-1|above 0",
        "rope_scaling|7|object",
        "rope_scaling|{\"rope_type\":\"llama3\",\"factor\":8.0}|low_freq_factor",
        "rope_scaling|{\"rope_type\":\"linear\",\"factor\":0}|above 0",
        "rope_scaling|{\"rope_type\":\"twist\",\"factor\":2}|twist",
        "partial_rotary_factor|0.5|supported: 1",
        "eos_token_id|\"end\"|token id",
        "tie_word_embeddings|1|true or false",
      })
  void aConfigThatAsksForMore(String key, String value, String word) throws IOException {
    config(c -> c.add(key, JsonParser.parseString(value)));
    assertRefused(key, word);
  }

  @Test
  void whatGreedyGenerationNeverReadsIsNoReasonToRefuse() throws IOException {
    config(
        c -> {
          c.addProperty("max_length", 4096);
          c.addProperty("temperature", 0.6);
          c.addProperty("repetition_penalty", 1.0);
          c.addProperty("_name_or_path", "somewhere");
          c.addProperty("output_attentions", false);
          c.add("task_specific_params", com.google.gson.JsonNull.INSTANCE);
        });
    LanguageModel.load(folder).close();
    Files.writeString(folder.resolve("generation_config.json"), "{\"num_beams\": 3}");
    assertRefused("generation_config.json", "num_beams = 3", "--ignore-generation-config");
  }

  @Test
  void idsBeyondTheVocabularyAreNoFaultUntilOneIsUsed() throws IOException {
    Files.copy(
        Path.of("src/test/resources/fixtures/tokenizer/llama3/tokenizer.json"),
        folder.resolve("tokenizer.json"));
    try (LanguageModel model = LanguageModel.load(folder)) {
      Prompt within = Prompt.ofIds(1, 2, 3);
      assertThat(model.generate(within, Capture.tokens()).steps()).isNotEmpty();
      Prompt beyond = model.tokenizer().prompt("<|begin_of_text|>");
      assertRefused(() -> model.generate(beyond, Capture.tokens()), "1000", "vocabulary");
    }
  }

  @Test
  void badPromptsHeadsAndSpans() {
    try (LanguageModel model = LanguageModel.load(folder)) {
      assertRefused(() -> Prompt.ofIds(), "at least one token");
      assertRefused(
          () -> model.generate(Prompt.ofIds(1, 999999), Capture.tokens()), "999999", "vocabulary");
      assertRefused(() -> model.generate(Prompt.ofIds(1, -1), Capture.tokens()), "-1");
      assertRefused(
          () ->
              model.generate(
                  Prompt.ofIds(1),
                  Capture.tokens(),
                  GenerateOptions.defaults()
                      .withMask(HeadMask.zero(HeadSet.parse("L0-H99")), MaskScope.ALL)),
          "L0-H99",
          "outside the model");
      assertRefused(
          () -> Prompt.ofIds(1, 2).withSpan("needle", Spans.of(1, 3)), "needle=1:3", "2 tokens");
      assertRefused(
          () ->
              model.generate(
                  Prompt.ofIds(1, 2),
                  Capture.tokens(),
                  GenerateOptions.defaults().withHidden(Spans.of(0, 5))),
          "0:5",
          "2 tokens");
      assertRefused(
          () -> model.generate(Prompt.ofIds(1), Capture.heads().withRows(HeadSet.parse("L9-H0"))),
          "L9-H0");
      assertRefused(model::tokenizer, "tokenizer.json");
    }
  }

  @Test
  void aPromptLongerThanThePositions() {
    try (LanguageModel model = LanguageModel.reference()) {
      assertRefused(
          () -> model.generate(Prompt.ofIds(new int[1025]), Capture.tokens()), "1025", "1024");
      // the last position may still produce a token, then there is no room for more
      assertThat(model.generate(Prompt.ofIds(new int[1024]), Capture.tokens()).steps()).hasSize(1);
    }
  }

  @Test
  void anInterruptedGenerationStops() {
    try (LanguageModel model = LanguageModel.load(folder)) {
      Thread.currentThread().interrupt();
      assertThatThrownBy(() -> model.generate(Prompt.ofIds(1, 2, 3), Capture.tokens()))
          .isInstanceOf(java.util.concurrent.CancellationException.class);
      assertThat(Thread.interrupted()).isFalse();
      assertThat(model.generate(Prompt.ofIds(1, 2, 3), Capture.tokens()).steps()).isNotEmpty();
    }
  }

  @Test
  void twoThousandRandomDamagesOfConfigAndWeights() throws IOException {
    assertThat(damage(List.of("config.json", "model.safetensors"), 2000)).isBetween(500, 1950);
  }

  @Test
  void twoHundredRandomDamagesOfTheTokenizer() throws IOException {
    assertThat(
            damage(
                List.of("tokenizer.json", "tokenizer_config.json", "generation_config.json"), 200))
        .isBetween(40, 195);
  }

  /** Damages a file at a time and loads and runs the model; gives the number of refusals. */
  private int damage(List<String> names, int times) throws IOException {
    Path small = temporary.resolve("small");
    new RandomCheckpoint(1, 8, 2, 1, 8, names.size() > 2 ? 2048 : 32, 64).write(small, 1);
    if (names.size() > 2) {
      Path reference = Path.of("src/main/resources/headscope/reference/model");
      for (String f : names) {
        Files.copy(reference.resolve(f), small.resolve(f));
      }
    }
    SplittableRandom random = new SplittableRandom(20260101);
    int refused = 0;
    for (int i = 0; i < times; i++) {
      Path file = small.resolve(names.get(random.nextInt(names.size())));
      byte[] good = Files.readAllBytes(file);
      Files.write(file, Damage.of(good, random));
      try (LanguageModel model = LanguageModel.load(small)) {
        model.generate(
            Prompt.ofIds(1, 2, 3), Capture.heads(), GenerateOptions.defaults().withMaxNewTokens(2));
      } catch (CheckpointException | MalformedFileException | IllegalArgumentException e) {
        PlainWords.assertThatItSaysIt(e);
        refused++;
      } catch (IllegalStateException e) {
        assertThat(e).hasMessageContaining("not finite");
        refused++;
      }
      Files.write(file, good);
    }
    LanguageModel.load(small).close();
    return refused;
  }
}

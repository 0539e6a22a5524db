package headscope.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import headscope.gguf.BlockType;
import headscope.gguf.MadeGguf;
import headscope.trace.Capture;
import headscope.trace.Prompt;
import headscope.trace.Step;
import headscope.trace.Trace;
import headscope.warning.Warnings;
import java.io.IOException;
import java.nio.FloatBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class GgufModelTest {
  private static final String PRE = "tokenizer.ggml.";
  @TempDir Path folder;

  private Path file() {
    return folder.resolve("made.gguf");
  }

  private static LanguageModel load(Path file) {
    return LanguageModel.load(new Checkpoint.GgufFile(file), LoadOptions.defaults());
  }

  /** transformers 5.24.0, float32, on the dequantised weights. */
  @ParameterizedTest
  @ValueSource(strings = {"llama31-q8_0", "llama31-mixed"})
  void quantisedWeightsGiveWhatTransformersGives(String name) throws IOException {
    JsonObject expected =
        JsonParser.parseString(Files.readString(Fixture.GGUF.resolve("quantised_expected.json")))
            .getAsJsonObject()
            .getAsJsonObject(name);
    try (LanguageModel model = load(Fixture.GGUF.resolve(name + ".gguf"))) {
      assertThat(model.name()).isEqualTo("llama31");
      for (String prompt : List.of("short", "long")) {
        JsonObject e = expected.getAsJsonObject(prompt);
        JsonArray logprob = e.getAsJsonArray("logprob");
        double[] all =
            IntStream.range(0, 12).mapToDouble(i -> logprob.get(i).getAsDouble()).toArray();
        check(model, Fixture.ints(e.get("prompt")), Fixture.ints(e.get("tokens")), all, 1e-4);
      }
    }
  }

  private static void check(
      LanguageModel model, int[] prompt, int[] tokens, double[] logprob, double tolerance) {
    GenerateOptions options =
        GenerateOptions.defaults().withMaxNewTokens(tokens.length).withIgnoreEndTokens();
    Trace trace = model.generate(Prompt.ofIds(prompt), Capture.tokens(), options);
    assertThat(trace.ids()).containsExactly(tokens);
    for (int i = 0; i < logprob.length; i++) {
      Step step = trace.steps().get(i);
      assertThat((double) step.logprob()).as("step %d", i).isCloseTo(logprob[i], within(tolerance));
    }
  }

  /** A model of one layer: 2 heads of 4, hidden 8, 12 tokens. */
  private static MadeGguf tiny() {
    return weights(metadata());
  }

  private static MadeGguf metadata() {
    return new MadeGguf()
        .text("general.architecture", "llama")
        .text("general.name", "Tiny")
        .u32("llama.block_count", 1)
        .u32("llama.context_length", 64)
        .u32("llama.embedding_length", 8)
        .u32("llama.feed_forward_length", 16)
        .u32("llama.attention.head_count", 2)
        .f32("llama.attention.layer_norm_rms_epsilon", 1e-5f);
  }

  private static MadeGguf weights(MadeGguf m) {
    return layer(m.f32("token_embd.weight", random(1, 96), 12, 8));
  }

  private static MadeGguf layer(MadeGguf m) {
    return m.f32("output_norm.weight", random(2, 8), 8)
        .f32("blk.0.attn_norm.weight", random(3, 8), 8)
        .f32("blk.0.ffn_norm.weight", random(4, 8), 8)
        .f32("blk.0.attn_q.weight", random(5, 64), 8, 8)
        .f32("blk.0.attn_k.weight", random(6, 64), 8, 8)
        .f32("blk.0.attn_v.weight", random(7, 64), 8, 8)
        .f32("blk.0.attn_output.weight", random(8, 64), 8, 8)
        .f32("blk.0.ffn_gate.weight", random(9, 128), 16, 8)
        .f32("blk.0.ffn_up.weight", random(10, 128), 16, 8)
        .f32("blk.0.ffn_down.weight", random(11, 128), 8, 16);
  }

  private static float[] random(int seed, int length) {
    SplittableRandom random = new SplittableRandom(seed);
    float[] values = new float[length];
    for (int i = 0; i < length; i++) {
      values[i] = (float) random.nextDouble(-1, 1);
    }
    return values;
  }

  /** Twelve tokens of a byte-level BPE. */
  private static MadeGguf tokens(MadeGguf m, String pre) {
    return m.text(PRE + "model", "gpt2")
        .text(PRE + "pre", pre)
        .texts(
            PRE + "tokens",
            List.of(
                "a", "b", "c", "ab", "Ġ", "1", "2", "12", "<s>", "</s>", "<|im_end|>", "[PAD11]"))
        .ints(PRE + "token_type", 1, 1, 1, 1, 1, 1, 1, 1, 3, 3, 3, 5)
        .texts(PRE + "merges", List.of("a b", "1 2"))
        .u32(PRE + "bos_token_id", 8)
        .u32(PRE + "eos_token_id", 9);
  }

  static Stream<Arguments> refusals() {
    byte[] layers = new byte[12 + 8];
    layers[0] = 5;
    layers[4] = 2;
    layers[12] = 2;
    layers[16] = 4;
    return Stream.of(
        refusal(m -> m.text("general.type", "adapter"), "general.type = adapter"),
        refusal(m -> m.u32("llama.expert_count", 8), "llama.expert_count = 8"),
        refusal(m -> m.flag("llama.attention.causal", false), "llama.attention.causal = false"),
        refusal(m -> m.f32("llama.final_logit_softcapping", 30), "llama.final_logit_softcapping"),
        refusal(m -> m.f32("llama.logit_scale", 0.5f), "llama.logit_scale = 0.5"),
        refusal(m -> m.u32("llama.attention.sliding_window", 8), "sliding_window = 8", "context"),
        refusal(m -> m.u32("llama.rope.dimension_count", 2), "llama.rope.dimension_count = 2"),
        refusal(m -> m.u32("llama.attention.value_length", 8), "value_length = 8"),
        refusal(m -> m.raw("llama.attention.head_count_kv", 9, layers), "head_count_kv", "layer"),
        refusal(m -> m.text("llama.rope.scaling.type", "dynamic"), "dynamic", "linear, yarn"),
        refusal(m -> m.text("llama.rope.scaling.type", "longrope"), "rope_factors_long"),
        refusal(m -> m.ints("llama.rope.dimension_sections", 1, 1), "dimension_sections"),
        refusal(
            m -> m.f32("rope_freqs.weight", new float[] {1, 2, 3}, 3), "3 factors", "rope_freqs"),
        refusal(m -> m.f32("rope_freqs.weight", new float[] {1, -2}, 2), "-2.0", "rope_freqs"),
        refusal(
            m ->
                m.f32("rope_freqs.weight", new float[] {1, 2}, 2)
                    .f32("llama.rope.scaling.factor", 4),
            "rope_freqs.weight",
            "llama.rope.scaling.factor = 4.0"),
        refusal(m -> m.f32("blk.0.attn_q.bias", new float[8], 8), "q_proj.bias"),
        refusal(m -> m.f32("odd.weight", new float[8], 8), "odd.weight"),
        refusal(m -> m.f32("output.weight", new float[96], 3, 32), "(3, 32)"));
  }

  private static Arguments refusal(UnaryOperator<MadeGguf> change, String... words) {
    return Arguments.of(change, words);
  }

  @ParameterizedTest
  @MethodSource("refusals")
  void whatChangesTheResultAndIsNotImplementedIsNamed(
      UnaryOperator<MadeGguf> change, String[] words) {
    change.apply(tiny()).write(file());
    assertThatThrownBy(() -> load(file()).close())
        .isInstanceOf(CheckpointException.class)
        .hasMessageContainingAll(words);
  }

  @Test
  void anUnknownArchitectureIsNamedWithThoseThatAreKnown() {
    new MadeGguf().text("general.architecture", "mamba").write(file());
    assertThatThrownBy(() -> load(file()).close())
        .isInstanceOf(CheckpointException.class)
        .hasMessageContainingAll("general.architecture = mamba", "llama", "qwen3", "phi3");
  }

  @Test
  void aTypeThatIsNotReadIsNamed() {
    layer(metadata().tensor("token_embd.weight", BlockType.I16, new byte[192], 8, 12))
        .write(file());
    assertThatThrownBy(() -> load(file()).close())
        .isInstanceOf(CheckpointException.class)
        .hasMessageContainingAll("token_embd.weight", "I16", "Q4_K");
  }

  @Test
  void otherKeysArePassedOverInSilence() {
    tiny()
        .text("general.author", "somebody")
        .text("llama.note", "x")
        .u32("llama.vocab_size", 12)
        .u32("llama.expert_count", 0)
        .f32("llama.logit_scale", 1)
        .u32("llama.attention.sliding_window", 64)
        .text("llama.rope.scaling.type", "none")
        .write(file());
    List<String> warnings = new ArrayList<>();
    try (Warnings.Listening l = Warnings.to(warnings::add);
        LanguageModel model = load(file())) {
      model.generate(Prompt.ofIds(1, 2), Capture.tokens(), GenerateOptions.defaults());
      assertThat(model.name()).isEqualTo("Tiny");
    }
    assertThat(warnings).isEmpty();
  }

  @Test
  void aFileIsOnlyAModelIfThereIsOne() {
    assertThatThrownBy(() -> load(file()).close())
        .isInstanceOf(CheckpointException.class)
        .hasMessageContaining("made.gguf");
  }

  /** Rows of a head [0, 1, 2, 3] lie as [0, 2, 1, 3]: its halves are neighbours. */
  @Test
  void rowsAndBiasesOfQueryAndKeyComeInTransformersOrder() {
    metadata()
        .f32("blk.0.attn_q.weight", new float[] {0, 1, 4, 5, 2, 3, 6, 7}, 4, 2)
        .f32("blk.0.attn_k.bias", new float[] {0, 2, 1, 3, 4, 6, 5, 7}, 8)
        .f32("blk.0.attn_v.weight", new float[] {0, 1, 2, 3, 4, 5, 6, 7}, 4, 2)
        .write(file());
    try (TensorSource source = new GgufFiles(file()).tensors()) {
      float[] order = {0, 1, 2, 3, 4, 5, 6, 7};
      String at = "model.layers.0.self_attn.";
      for (String name : List.of("q_proj.weight", "k_proj.bias", "v_proj.weight")) {
        float[] all = new float[8];
        source.read(at + name, 0, FloatBuffer.wrap(all));
        assertThat(all).as(name).containsExactly(order);
        float[] some = new float[4];
        source.read(at + name, 3, FloatBuffer.wrap(some));
        assertThat(some).as(name).containsExactly(Arrays.copyOfRange(order, 3, 7));
      }
    }
  }

  @Test
  void aSplitModelComputesWhatTheWholeOneComputes() {
    tiny().write(file());
    Path first = folder.resolve("m-00001-of-00002.gguf");
    metadata()
        .u32("split.no", 0)
        .u32("split.count", 2)
        .f32("token_embd.weight", random(1, 96), 12, 8)
        .write(first);
    Path second = folder.resolve("m-00002-of-00002.gguf");
    layer(new MadeGguf().u32("split.no", 1).u32("split.count", 2)).write(second);
    Capture capture = Capture.tokens().withLogits();
    GenerateOptions options = GenerateOptions.defaults().withMaxNewTokens(5);
    try (LanguageModel whole = load(file());
        LanguageModel split = load(second)) {
      Trace a = whole.generate(Prompt.ofIds(1, 5, 7), capture, options);
      Trace b = split.generate(Prompt.ofIds(1, 5, 7), capture, options);
      assertThat(b.ids()).containsExactly(a.ids());
      assertThat(b.steps().get(4).logits()).containsExactly(a.steps().get(4).logits());
    }
    assertThat(new GgufFiles(first).hash()).isEqualTo(new GgufFiles(second).hash());
    assertThat(new GgufFiles(first).used())
        .containsExactly("m-00001-of-00002.gguf", "m-00002-of-00002.gguf");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "llama-bpe|12ab 1212|7,3,4,7,5,6", // digits by three, a piece that is a token whole
        "qwen2|12ab 1212|5,6,3,4,5,6,5,6",
        "smollm|12ab 1212|5,6,3,4,5,6,5,6",
        "gpt-2|12ab 1212|7,3,4,7,7",
        "gpt-4o|12ab 1212|7,3,4,7,5,6",
        "tekken|12ab 1212|5,6,3,4,5,6,5,6",
        "default|12ab 1212|7,3,4,7,5,6",
      })
  void everyPreIsCutAsItsPublishedTokenizerCuts(String c) {
    String[] parts = c.split("\\|");
    tokens(new MadeGguf(), parts[0]).write(file());
    try (Tokenizer tokenizer = Tokenizer.load(file())) {
      int[] ids = Stream.of(parts[2].split(",")).mapToInt(Integer::parseInt).toArray();
      assertThat(tokenizer.encode(parts[1]).ids()).containsExactly(ids);
      boolean begins = List.of("llama-bpe", "tekken").contains(parts[0]);
      assertThat(tokenizer.encode("a", true).ids()).containsExactly(begins ? ids(8, 0) : ids(0));
      assertThat(tokenizer.vocabulary()).isEqualTo(11);
    }
  }

  private static int[] ids(int... ids) {
    return ids;
  }

  static Stream<Arguments> tokenizerRefusals() {
    return Stream.of(
        refusal(m -> tokens(m, "deepseek-llm"), PRE + "pre = deepseek-llm", "smollm", "tekken"),
        refusal(m -> tokens(m, "gpt-2").flag(PRE + "add_space_prefix", true), "add_space_prefix"),
        refusal(m -> tokens(m, "gpt-2").u32(PRE + "padding_token_id", 99), "padding_token_id = 99"),
        refusal(
            m -> m.text(PRE + "model", "t5").texts(PRE + "tokens", List.of("a")),
            "t5",
            "gpt2, llama"),
        refusal(
            m -> m.text(PRE + "model", "llama").texts(PRE + "tokens", List.of("a", "a")),
            "\"a\" twice"),
        refusal(
            m ->
                m.text(PRE + "model", "llama")
                    .texts(PRE + "tokens", List.of("a"))
                    .flag(PRE + "add_bos_token", false),
            PRE + "scores"),
        refusal(
            m ->
                m.text(PRE + "model", "llama")
                    .texts(PRE + "tokens", List.of("a"))
                    .floats(PRE + "scores", 0),
            "bos_token_id"),
        refusal(
            m ->
                m.text(PRE + "model", "gpt2")
                    .text(PRE + "pre", "gpt-2")
                    .texts(PRE + "tokens", List.of("a", "b"))
                    .texts(PRE + "merges", List.of("a b")),
            "\"a b\""));
  }

  @ParameterizedTest
  @MethodSource("tokenizerRefusals")
  void aTokenizerThatIsNotImplementedIsNamed(UnaryOperator<MadeGguf> change, String[] words) {
    change.apply(new MadeGguf()).write(file());
    assertThatThrownBy(() -> Tokenizer.load(file()).close())
        .isInstanceOf(CheckpointException.class)
        .hasMessageContainingAll(words);
  }

  @Test
  void everyEndOfATurnEndsAGeneration() {
    tokens(tiny(), "gpt-2").write(file());
    assertThat(ends()).containsExactly(9, 10); // <|im_end|> by its text
    tokens(tiny(), "gpt-2").u32(PRE + "eot_token_id", 3).u32(PRE + "eom_token_id", 4).write(file());
    assertThat(ends()).containsExactly(3, 4, 9);
  }

  private Integer[] ends() {
    return GenerationConfig.read(new GgufFiles(file()), 12, false).endTokens().stream()
        .sorted()
        .toArray(Integer[]::new);
  }

  @Test
  void theChatTemplateAndItsSpecialTokensComeFromTheMetadata() {
    tokens(tiny(), "gpt-2")
        .text("tokenizer.chat_template", "{{ bos_token }}{{ messages[0].content }}{{ eos_token }}")
        .text("tokenizer.chat_template.tool_use", "tools")
        .write(file());
    try (Tokenizer tokenizer = Tokenizer.load(file())) {
      assertThat(tokenizer.render(List.of(Map.of("role", "user", "content", "ab"))))
          .isEqualTo("<s>ab</s>");
    }
  }

  @Test
  void aModelWithoutATokenizerTakesIds() {
    tiny().write(file());
    try (LanguageModel model = load(file())) {
      assertThatThrownBy(model::tokenizer).hasMessageContaining("tokenizer.json");
    }
  }

  /** Bytes flipped, filled and cut: a clear error or a model, never anything else. */
  @Test
  @Tag("slow")
  void randomDamageIsAnErrorOrAModel() throws IOException {
    SplittableRandom random = new SplittableRandom(11);
    byte[] whole = tokens(tiny(), "qwen2").text("tokenizer.chat_template", "x").bytes();
    int refused = 0;
    for (int i = 0; i < 1000; i++) {
      byte[] bytes = whole.clone();
      for (int k = random.nextInt(1, 4); k > 0; k--) {
        int at = random.nextInt(bytes.length);
        if (random.nextBoolean()) {
          bytes[at] ^= (byte) (1 << random.nextInt(8));
        } else {
          Arrays.fill(bytes, at, Math.min(at + 8, bytes.length), (byte) random.nextInt(256));
        }
      }
      if (random.nextInt(5) == 0) {
        bytes = Arrays.copyOf(bytes, random.nextInt(bytes.length));
      }
      Files.write(file(), bytes);
      try (LanguageModel model = load(file())) {
        if (Files.size(file()) == whole.length && i % 10 == 0) {
          model.tokenizer().encode("ab 12");
        }
      } catch (CheckpointException e) {
        assertThat(e.getMessage()).isNotBlank();
        refused++;
      }
    }
    assertThat(refused).isBetween(300, 990);
  }

  /**
   * A model that people use. Tokens and log-probabilities by transformers 5.23.0 (torch 2.7.1,
   * float32) on the dequantised weights.
   */
  @Test
  void smolLm2GivesWhatTransformersGives() {
    try (LanguageModel model = Fixture.smolLm2()) {
      assertThat(model.name()).isEqualTo("SmolLM2-135M-Instruct");
      assertThat(model.generationConfig().endTokens()).containsExactly(2);
      check(
          model,
          model
              .tokenizer()
              .encode("The capital of Switzerland is Bern, and its largest city is")
              .ids(),
          ids(
              39348, 30, 198, 198, 504, 3575, 282, 260, 17114, 33058, 314, 11676, 28, 284, 624,
              3995, 2240, 314, 11676, 30, 198, 198, 504, 3575),
          new double[] {
            -1.081041, -0.089331, -1.128458, -0.441239, -1.567580, -2.533331, -0.306773, -1.672545,
            -1.984251, -1.092051, -0.134621, -1.821064, -0.554470, -0.839862, -0.665947, -0.077517,
            -0.018132, -0.013720, -0.820879, -0.250594, -1.071076, -0.108320, -1.721164, -1.177392
          },
          2e-3);
      check(
          model,
          model.tokenizer().chat("", "What is the capital of France?").ids(),
          ids(
              504, 3575, 282, 4649, 314, 7042, 30, 2, 198, 2, 1, 9690, 198, 2, 198, 1, 4093, 198,
              57, 5248, 3946, 288, 7198, 253),
          new double[] {
            -1.882702, -0.019664, -0.011464, -0.010894, -0.038787, -0.049960, -0.565598, -0.257817,
            -0.000800, -0.071929, -0.002536, -0.000011, -0.002049, -0.259177, -0.000491, -0.002492,
            -0.000877, -0.000115, -1.557911, -1.165237, -1.527672, -0.581017, -0.824533, -0.095967
          },
          2e-3);
      for (String text :
          List.of("for (int i = 0; i < 128; i++)", "3.14159", "今日は東京", "👩‍🚀 🎉", "Zürich")) {
        int[] ids = model.tokenizer().encode(text).ids();
        assertThat(model.tokenizer().decode(ids, false)).isEqualTo(text);
      }
      assertThat(model.tokenizer().encode("12345").length()).isEqualTo(5);
    }
  }
}

package headscope.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import headscope.head.HeadMask;
import headscope.trace.Capture;
import headscope.trace.Prompt;
import headscope.trace.Spans;
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
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class GenerationConfigTest {
  private static final Path FIXTURES = Path.of("src/test/resources/fixtures");
  private static final Path PLAIN = FIXTURES.resolve("cases/plain");

  @TempDir private Path temporary;

  private record Case(JsonObject json) {
    String text(String key) {
      return json.get(key).getAsString();
    }

    int[] ids(String key) {
      return Fixture.ints(json.get(key));
    }

    @Override
    public String toString() {
      return json.get("checkpoint") + " " + json.get("keys");
    }
  }

  /** Ids that transformers 5.23.0 generated: {@code fixtures/generation/make.py} made the file. */
  static Stream<Case> cases() throws IOException {
    String file = FIXTURES.resolve("generation/cases.json").toString();
    return JsonParser.parseString(
            Files.readString(Path.of(System.getProperty("generation.cases", file))))
        .getAsJsonArray()
        .asList()
        .stream()
        .map(JsonElement::getAsJsonObject)
        .map(Case::new);
  }

  /** A copy of a checkpoint whose generation keys are these, in either file. */
  private Path checkpoint(Path base, String file, JsonObject keys) throws IOException {
    try (Stream<Path> files = Files.list(base)) {
      for (Path f : files.toList()) {
        String name = f.getFileName().toString();
        if (name.startsWith("model")) {
          Files.copy(f, temporary.resolve(name));
        }
      }
    }
    JsonObject config =
        JsonParser.parseString(Files.readString(base.resolve("config.json"))).getAsJsonObject();
    Stream.of("eos_token_id", "bos_token_id", "pad_token_id").forEach(config::remove);
    if (file.equals("config.json")) {
      keys.entrySet().forEach(e -> config.add(e.getKey(), e.getValue()));
    } else {
      Files.writeString(temporary.resolve(file), keys.toString());
    }
    Files.writeString(temporary.resolve("config.json"), config.toString());
    return temporary;
  }

  private Path checkpoint(String keys) throws IOException {
    return checkpoint(PLAIN, GenerationConfig.FILE, JsonParser.parseString(keys).getAsJsonObject());
  }

  @ParameterizedTest
  @MethodSource("cases")
  void theTokensAreThoseThatTransformersTakes(Case c) throws IOException {
    Path folder =
        checkpoint(
            FIXTURES.resolve(c.text("checkpoint")),
            c.text("file"),
            c.json().getAsJsonObject("keys"));
    GenerateOptions how =
        GenerateOptions.defaults().withMaxNewTokens(c.json().get("max_new_tokens").getAsInt());
    Prompt prompt = Prompt.ofIds(c.ids("prompt"));
    try (LanguageModel model = LanguageModel.load(folder)) {
      assertThat(model.generate(prompt, Capture.tokens(), how).ids()).isEqualTo(c.ids("ids"));
    }
    LoadOptions ignoring = LoadOptions.defaults().withoutGenerationConfig();
    if (c.text("file").equals(GenerationConfig.FILE)) {
      try (LanguageModel model = LanguageModel.load(folder, ignoring)) {
        // config.json names no end here, so this file's is taken
        Set<Integer> ends = model.generationConfig().endTokens();
        int[] plain = c.ids("plain");
        int n = 1;
        while (n < plain.length && !ends.contains(plain[n - 1])) {
          n++;
        }
        assertThat(model.generate(prompt, Capture.tokens(), how).ids())
            .isEqualTo(Arrays.copyOf(plain, n));
      }
    }
  }

  private static final Prompt PROMPT = Prompt.ofIds(1000, 32, 809, 263, 79, 293, 277, 301, 260);

  @Test
  void everyRowOfABatchFollowsTheRulesByItself() throws IOException {
    Path folder = checkpoint("{\"no_repeat_ngram_size\": 1, \"repetition_penalty\": 1.3}");
    Prompt other = Prompt.ofIds(1000, 418, 72, 426, 330, 922, 54, 71, 78);
    GenerateOptions how = GenerateOptions.defaults().withMaxNewTokens(8);
    try (LanguageModel model = LanguageModel.load(folder)) {
      List<Trace> both = model.generate(List.of(PROMPT, other), Capture.tokens(), how);
      assertThat(both.get(0).ids()).isEqualTo(model.generate(PROMPT, Capture.tokens(), how).ids());
      assertThat(both.get(1).ids()).isEqualTo(model.generate(other, Capture.tokens(), how).ids());
    }
  }

  @Test
  void whatIsRecordedOfATokenIsOfTheLogitsAsTheyCome() throws IOException {
    Path folder = checkpoint("{\"suppress_tokens\": [564], \"repetition_penalty\": 3.0}");
    Capture capture = Capture.tokens().withLogits();
    try (LanguageModel model = LanguageModel.load(folder)) {
      for (Step step : model.generate(PROMPT, capture).steps()) {
        double sum = 0;
        for (float logit : step.logits()) {
          sum += Math.exp(logit);
        }
        assertThat((double) step.logprob())
            .isCloseTo(step.logits()[step.token()] - Math.log(sum), within(1e-4));
      }
    }
  }

  @Test
  void theTraceTellsWhichRulesTookAnotherToken() throws IOException {
    GenerateOptions how = GenerateOptions.defaults().withMaxNewTokens(6);
    int[] plain;
    try (LanguageModel model = LanguageModel.load(PLAIN)) {
      Trace trace = model.generate(PROMPT, Capture.tokens(), how);
      assertThat(trace.options()).doesNotContainKeys("rules", "generationConfig");
      plain = trace.ids();
    }
    Path folder =
        checkpoint(
            "{\"begin_suppress_tokens\": [" + plain[0] + "], \"suppress_tokens\": [0, 1007]}");
    try (LanguageModel model = LanguageModel.load(folder)) {
      Map<?, ?> rules =
          (Map<?, ?>) model.generate(PROMPT, Capture.tokens(), how).options().get("rules");
      assertThat(rules.get("begin_suppress_tokens=[" + plain[0] + "]")).isEqualTo(List.of(0L));
      assertThat(rules.keySet().stream().map(Object::toString).toList())
          .containsExactly("suppress_tokens=[0, 1007]", "begin_suppress_tokens=[" + plain[0] + "]");
      // a forced token is above every rule
      Trace forced =
          model.generate(PROMPT, Capture.tokens(), GenerateOptions.defaults().withForced(plain));
      assertThat(forced.ids()).isEqualTo(plain);
    }
    try (LanguageModel model =
        LanguageModel.load(folder, LoadOptions.defaults().withoutGenerationConfig())) {
      Trace trace = model.generate(PROMPT, Capture.tokens(), how);
      assertThat(trace.ids()).isEqualTo(plain);
      assertThat(trace.options()).containsEntry("generationConfig", "ignored");
    }
  }

  @Test
  void aSessionTakesRulesByHand() {
    try (LanguageModel model = LanguageModel.load(PLAIN)) {
      int own = model.generate(PROMPT, Capture.tokens()).ids()[0];
      LogitsRule.At at = new LogitsRule.At(PROMPT.ids(), PROMPT.length(), 1);
      List<LogitsRule> rules = List.of(LogitsRules.suppress(Set.of(own)));
      try (Session session = model.session(PROMPT, Capture.tokens().withLogits())) {
        Step step = session.step(260, HeadMask.none(), Choice.by(rules, at));
        float[] logits = step.logits();
        assertThat(step.token())
            .isEqualTo(
                IntStream.range(0, logits.length)
                    .filter(i -> i != own)
                    .boxed()
                    .max((a, b) -> Float.compare(logits[a], logits[b]))
                    .orElseThrow());
      }
    }
  }

  @Test
  void aRuleSeesNothingThatIsHiddenFromTheModel() {
    List<LogitsRule.At> seen = new ArrayList<>();
    LogitsRule spy =
        new LogitsRule() {
          @Override
          public String name() {
            return "spy";
          }

          @Override
          public void apply(float[] logits, At at) {
            seen.add(at);
          }
        };
    Steering steering =
        new Steering() {
          @Override
          public HeadMask mask(Generation.Row row) {
            return HeadMask.none();
          }

          @Override
          public List<LogitsRule> rules(GenerationConfig config) {
            return List.of(spy);
          }
        };
    try (LanguageModel model = LanguageModel.load(PLAIN);
        Session session =
            model.session(PROMPT, Capture.tokens(), HeadMask.none(), Spans.of(2, 7))) {
      Generation generation = Generation.of(model, session, steering);
      generation.advance();
      generation.advance();
      int first = generation.rows().get(0).steps().get(0).token();
      assertThat(seen.get(0).ids()).containsExactly(1000, 32, 301, 260);
      assertThat(seen.get(1).ids()).containsExactly(1000, 32, 301, 260, first);
      assertThat(seen.get(1).step()).isEqualTo(1);
    }
  }

  @Test
  void theFileAloneSaysWhatEndsAndHowLong() throws IOException {
    Path folder = checkpoint("{\"eos_token_id\": [7, 9], \"max_length\": 20}");
    try (LanguageModel model = LanguageModel.load(folder)) {
      GenerationConfig config = model.generationConfig();
      assertThat(config.endTokens()).containsExactlyInAnyOrder(7, 9);
      assertThat(config.newTokensBehind(12)).hasValue(8);
      assertThatThrownBy(() -> config.newTokensBehind(20))
          .hasMessageContainingAll("20 tokens", "max_length", "--max-new-tokens");
      // lengths are for those who ask: an experiment has its own
      assertThat(model.generate(PROMPT, Capture.tokens()).steps()).hasSize(100);
    }
  }

  @Test
  void whatIsNotImplementedIsRefusedAllAtOnce() throws IOException {
    Path folder =
        checkpoint(
            "{\"num_beams\": 4, \"guidance_scale\": 1.5, \"stop_strings\": [\"x\"], \"top_k\": 9}");
    assertThatThrownBy(() -> LanguageModel.load(folder))
        .isInstanceOf(CheckpointException.class)
        .hasMessageContainingAll(
            "num_beams = 4 (beam search)",
            "guidance_scale = 1.5",
            "stop_strings",
            "--ignore-generation-config")
        .hasMessageNotContaining("top_k");
    LanguageModel.load(folder, LoadOptions.defaults().withoutGenerationConfig()).close();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{\"num_beams\": 1, \"guidance_scale\": 1.0, \"penalty_alpha\": 0, \"stop_strings\": null}",
        "{\"penalty_alpha\": 0.6, \"top_k\": 1}",
        "{\"do_sample\": true, \"temperature\": 0.6, \"top_p\": 0.9, \"num_return_sequences\": 3}",
        "{\"repetition_penalty\": 1, \"no_repeat_ngram_size\": 0, \"min_length\": 0}",
        "{\"suppress_tokens\": [], \"begin_suppress_tokens\": null, \"min_new_tokens\": 0}",
        "{\"cache_implementation\": \"hybrid\", \"use_cache\": false, \"token_healing\": false}",
        "{\"min_new_tokens\": 9, \"min_length\": 50}"
      })
  void neutralValuesSayNothing(String keys) throws IOException {
    List<String> warnings = new ArrayList<>();
    try (Warnings.Listening heard = Warnings.to(warnings::add);
        LanguageModel model = LanguageModel.load(checkpoint(keys))) {
      assertThat(model.generationConfig().rules()).isEmpty();
    }
    assertThat(warnings).isEmpty();
  }

  @Test
  void besideTheFileKeysOfConfigJsonArePassedOver() throws IOException {
    Path folder = checkpoint("{\"eos_token_id\": 1006}");
    Files.writeString(
        folder.resolve("config.json"),
        Files.readString(folder.resolve("config.json"))
            .replaceFirst("\\{", "{\"repetition_penalty\": 1.7, \"num_beams\": 5, \"top_k\": 3,"));
    List<String> warnings = new ArrayList<>();
    try (Warnings.Listening heard = Warnings.to(warnings::add);
        LanguageModel model = LanguageModel.load(folder)) {
      assertThat(model.generationConfig().rules()).isEmpty();
    }
    assertThat(warnings).hasSize(1);
    assertThat(warnings.get(0))
        .contains("config.json", "repetition_penalty, num_beams")
        .doesNotContain("top_k");
  }

  @Test
  void keysThatTransformersDoesNotKnowAreNamedOnce() throws IOException {
    List<String> warnings = new ArrayList<>();
    Path folder = checkpoint("{\"chat_format\": \"chatml\", \"max_window_size\": 6144}");
    try (Warnings.Listening heard = Warnings.to(warnings::add)) {
      LanguageModel.load(folder).close();
    }
    assertThat(warnings).hasSize(1);
    assertThat(warnings.get(0)).contains("chat_format", "max_window_size", "change nothing");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{\"repetition_penalty\": 0}",
        "{\"repetition_penalty\": \"high\"}",
        "{\"no_repeat_ngram_size\": 1.5}",
        "{\"bad_words_ids\": [[5], 6]}",
        "{\"bad_words_ids\": [[99999]]}",
        "{\"bad_words_ids\": 3}",
        "{\"sequence_bias\": {\"(1, 2)\": 2.0}}",
        "{\"sequence_bias\": [[[1, 2]]]}",
        "{\"sequence_bias\": [[[1, 2], \"much\"]]}",
        "{\"forced_eos_token_id\": -1}",
        "{\"forced_bos_token_id\": 5, \"suppress_tokens\": [5]}",
        "{\"exponential_decay_length_penalty\": [5, 1.1]}",
        "{\"exponential_decay_length_penalty\": [5], \"eos_token_id\": 3}",
        "{\"max_new_tokens\": 0}",
        "{\"eos_token_id\": \"</s>\"}",
        "{\"suppress_tokens\": [null]}"
      })
  void damagedValuesAreRefusedByName(String keys) throws IOException {
    Path folder = checkpoint(keys);
    String[] names = JsonParser.parseString(keys).getAsJsonObject().keySet().toArray(String[]::new);
    assertThatThrownBy(() -> LanguageModel.load(folder))
        .isInstanceOf(CheckpointException.class)
        .hasMessageContaining(GenerationConfig.FILE)
        .matches(e -> Arrays.stream(names).anyMatch(n -> e.getMessage().contains(n)))
        .matches(e -> !e.getMessage().contains("Exception"));
  }
}

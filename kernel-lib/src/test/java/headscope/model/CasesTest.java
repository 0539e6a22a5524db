package headscope.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.gson.Gson;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import headscope.trace.Capture;
import headscope.trace.Prompt;
import headscope.warning.Warnings;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Checkpoints as people have them. {@code cases.json} holds what transformers 5.23.0 (torch 2.7.1,
 * float32) computes on each, or the words that a refusal has to hold.
 */
class CasesTest {
  static final Path ROOT = Path.of("src/test/resources/fixtures/cases");

  /** What the one warning of a case names; the others have none. */
  private static final Map<String, List<String>> WARNINGS =
      Map.of(
          "keys-without-effect",
              List.of(
                  "transformers.js_config",
                  "max_sequence_length",
                  "output_attentions",
                  "neftune_noise_alpha",
                  "pretraining_tp",
                  "_name_or_path"),
          "tied-flag-own-head", List.of("tie_word_embeddings", "lm_head.weight"),
          "rope-keys-without-effect",
              List.of("rope_scaling.attn_factor", "rope_scaling.mrope_section"));

  private record Case(String name, JsonObject json) {
    @Override
    public String toString() {
      return name;
    }

    Prompt prompt(Tokenizer tokenizer) {
      JsonObject args = json.getAsJsonObject("args");
      if (args.has("text")) {
        return tokenizer.prompt(args.get("text").getAsString());
      }
      List<Map<String, Object>> messages = new ArrayList<>();
      for (JsonElement e : args.getAsJsonArray("messages")) {
        messages.add(Map.copyOf(new Gson().<Map<String, Object>>fromJson(e, Map.class)));
      }
      return tokenizer.chat(messages);
    }
  }

  private record Outcome(int[] prompt, int[] ids, List<String> warnings) {}

  private static Outcome run(Case c) {
    List<String> warnings = new ArrayList<>();
    try (Warnings.Listening heard = Warnings.to(warnings::add);
        LanguageModel model = LanguageModel.load(ROOT.resolve(c.name()))) {
      Prompt prompt = c.prompt(model.tokenizer());
      GenerateOptions how = GenerateOptions.defaults().withMaxNewTokens(8);
      int[] ids = model.generate(prompt, Capture.tokens(), how).ids();
      return new Outcome(prompt.ids(), ids, warnings);
    }
  }

  static Stream<Case> cases() throws IOException {
    return JsonParser.parseString(Files.readString(ROOT.resolve("cases.json")))
        .getAsJsonArray()
        .asList()
        .stream()
        .map(e -> new Case(e.getAsJsonObject().get("name").getAsString(), e.getAsJsonObject()));
  }

  @ParameterizedTest
  @MethodSource("cases")
  void whatTransformersComputesIsComputedOrRefusedByName(Case c) {
    if (c.json().has("error")) {
      String[] words =
          c.json().getAsJsonArray("error").asList().stream()
              .map(JsonElement::getAsString)
              .toArray(String[]::new);
      assertThatThrownBy(() -> run(c))
          .isInstanceOf(CheckpointException.class)
          .hasMessageContainingAll(words);
    } else {
      Outcome outcome = run(c);
      assertThat(outcome.prompt()).isEqualTo(Fixture.ints(c.json().get("prompt_ids")));
      assertThat(outcome.ids()).isEqualTo(Fixture.ints(c.json().get("ids")));
      List<String> named = WARNINGS.getOrDefault(c.name(), List.of());
      assertThat(outcome.warnings()).hasSize(named.isEmpty() ? 0 : 1);
      outcome.warnings().forEach(w -> assertThat(w).contains(named));
    }
  }
}

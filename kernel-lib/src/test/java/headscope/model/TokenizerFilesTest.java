package headscope.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

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
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The files beside tokenizer.json. {@code files.json} holds, for variants of them, what
 * AutoTokenizer of transformers 5.23.0 gives for some texts.
 */
class TokenizerFilesTest {
  private static final Path VARIANTS = Path.of("src/test/resources/fixtures/tokenizer/files.json");
  private static final List<Map<String, Object>> HELLO =
      List.of(Map.of("role", "user", "content", "Hello"));

  @TempDir Path temporary;
  private Path folder;

  @BeforeEach
  void copyACheckpoint() throws IOException {
    folder = Files.createDirectory(temporary.resolve("model"));
    try (Stream<Path> files = Files.list(CasesTest.ROOT.resolve("plain"))) {
      for (Path f : files.toList()) {
        Files.copy(f, folder.resolve(f.getFileName()));
      }
    }
  }

  static Stream<JsonElement> variants() throws IOException {
    return JsonParser.parseString(Files.readString(VARIANTS)).getAsJsonArray().asList().stream();
  }

  @ParameterizedTest
  @MethodSource("variants")
  void everyVariantEncodesAndDecodesAsInTransformers(JsonObject variant) throws IOException {
    JsonObject json = object("tokenizer.json");
    variant.getAsJsonObject("changed").entrySet().forEach(e -> json.add(e.getKey(), e.getValue()));
    write("tokenizer.json", json.toString());
    Files.delete(folder.resolve("tokenizer_config.json"));
    for (Map.Entry<String, JsonElement> file : variant.getAsJsonObject("files").entrySet()) {
      write(file.getKey(), file.getValue().toString());
    }
    Map<String, String> special = new LinkedHashMap<>();
    variant
        .getAsJsonObject("special")
        .entrySet()
        .forEach(e -> special.put(e.getKey(), e.getValue().getAsString()));
    assertThat(TokenizerFiles.read(CheckpointFiles.folder(folder)).special()).isEqualTo(special);
    try (Tokenizer tokenizer = Tokenizer.load(folder)) {
      for (JsonElement e : variant.getAsJsonArray("texts")) {
        JsonObject text = e.getAsJsonObject();
        int[] ids = tokenizer.encode(text.get("text").getAsString(), true).ids();
        assertThat(ids).isEqualTo(Fixture.ints(text.get("ids")));
        assertThat(tokenizer.encode(text.get("text").getAsString()).ids())
            .isEqualTo(Fixture.ints(text.get("plain")));
        assertThat(tokenizer.decode(ids)).isEqualTo(text.get("decoded").getAsString());
      }
    }
  }

  private JsonObject object(String file) throws IOException {
    return JsonParser.parseString(Files.readString(folder.resolve(file))).getAsJsonObject();
  }

  private void write(String file, String text) throws IOException {
    Files.createDirectories(folder.resolve(file).getParent());
    Files.writeString(folder.resolve(file), text);
  }

  private String hash() {
    return CheckpointFiles.folder(folder).hash();
  }

  @Test
  void aFileThatDecidesCountsInTheHashAndAnotherDoesNot() throws IOException {
    String before = hash();
    write("special_tokens_map.json", "{\"bos_token\": \"<|begin_of_text|>\"}");
    assertThat(hash()).isEqualTo(before);
    write("special_tokens_map.json", "{\"bos_token\": \"<|eot_id|>\"}");
    String other = hash();
    assertThat(other).isNotEqualTo(before);
    write("added_tokens.json", "{\"<x>\": 1008}");
    assertThat(hash()).isNotEqualTo(other);
    Files.delete(folder.resolve("added_tokens.json"));
    Files.delete(folder.resolve("special_tokens_map.json"));
    write("additional_chat_templates/rag.jinja", "y");
    assertThat(hash()).isNotEqualTo(before);
  }

  @Test
  void templatesInFilesGoBeforeThoseOfTheConfiguration() throws IOException {
    JsonObject config = object("tokenizer_config.json");
    config.addProperty("chat_template", "of the configuration");
    write("tokenizer_config.json", config.toString());
    write("additional_chat_templates/rag.jinja", "of a file");
    write("chat_template.jinja", "the default");
    try (Tokenizer tokenizer = Tokenizer.load(folder)) {
      assertThat(tokenizer.templates()).containsExactly("default", "rag");
      assertThat(tokenizer.render(HELLO)).isEqualTo("the default");
      assertThat(tokenizer.withTemplate("rag").render(HELLO)).isEqualTo("of a file");
      assertThatThrownBy(() -> tokenizer.withTemplate("tool_use"))
          .isInstanceOf(CheckpointException.class)
          .hasMessageContainingAll("tool_use", "default, rag", "--template");
    }
    Files.delete(folder.resolve("chat_template.jinja"));
    try (Tokenizer tokenizer = Tokenizer.load(folder)) { // as transformers: not the configuration's
      assertThatThrownBy(() -> tokenizer.render(HELLO)).hasMessageContainingAll("default", "rag");
    }
    Files.delete(folder.resolve("additional_chat_templates/rag.jinja"));
    try (Tokenizer tokenizer = Tokenizer.load(folder)) {
      assertThat(tokenizer.render(HELLO)).isEqualTo("of the configuration");
    }
  }

  @Test
  void aPromptBeyondTheTokenizersLengthIsWarnedOfOnce() throws IOException {
    write("tokenizer_config.json", "{\"model_max_length\": 3}");
    List<String> warnings = new ArrayList<>();
    try (Warnings.Listening heard = Warnings.to(warnings::add);
        LanguageModel model = LanguageModel.load(folder)) {
      GenerateOptions how = GenerateOptions.defaults().withMaxNewTokens(1);
      model.generate(Prompt.ofIds(1, 2, 3), Capture.tokens(), how);
      assertThat(warnings).isEmpty();
      model.generate(Prompt.ofIds(1, 2, 3, 4), Capture.tokens(), how);
      model.generate(Prompt.ofIds(1, 2, 3, 4, 5), Capture.tokens(), how);
    }
    assertThat(warnings).hasSize(1);
    assertThat(warnings.get(0)).contains("4 tokens", "model_max_length = 3");
  }

  @Test
  void specialTokensThatAreSplitAreRefused() throws IOException {
    write("tokenizer_config.json", "{\"split_special_tokens\": true}");
    assertThatThrownBy(() -> Tokenizer.load(folder))
        .hasMessageContainingAll("split_special_tokens = true", "false");
  }
}

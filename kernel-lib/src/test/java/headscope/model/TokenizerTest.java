package headscope.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import headscope.trace.Prompt;
import headscope.trace.Spans;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Ids, offsets and decoding as the tokenizers library 0.23.3 recorded them. */
class TokenizerTest {
  private static final Path ROOT = Path.of("src/test/resources/fixtures/tokenizer");
  private static final Path REFERENCE = Path.of("src/main/resources/headscope/reference/model");

  @ParameterizedTest
  @ValueSource(strings = {"llama3", "qwen", "llama2", "llama2-metaspace"})
  void everyRecordedCase(String name) throws IOException {
    JsonObject recorded =
        JsonParser.parseString(Files.readString(ROOT.resolve(name).resolve("cases.json")))
            .getAsJsonObject();
    try (Tokenizer tokenizer = Tokenizer.load(ROOT.resolve(name))) {
      assertThat(tokenizer.vocabulary()).isEqualTo(recorded.get("vocabulary").getAsInt());
      for (JsonElement e : recorded.getAsJsonArray("cases")) {
        check(tokenizer, ROOT.resolve(name), e.getAsJsonObject());
      }
    }
  }

  /** The same cases through the metadata of a GGUF file. */
  @ParameterizedTest
  @ValueSource(strings = {"llama3", "qwen", "llama2"})
  void everyRecordedCaseFromAGgufFile(String name) throws IOException {
    Path file = Fixture.GGUF.resolve("tokenizer-" + name + ".gguf");
    JsonObject recorded =
        JsonParser.parseString(Files.readString(ROOT.resolve(name).resolve("cases.json")))
            .getAsJsonObject();
    try (Tokenizer tokenizer = Tokenizer.load(file)) {
      assertThat(tokenizer.vocabulary()).isEqualTo(recorded.get("vocabulary").getAsInt());
      for (JsonElement e : recorded.getAsJsonArray("cases")) {
        check(tokenizer, ROOT.resolve(name), e.getAsJsonObject());
      }
    }
  }

  private static void check(Tokenizer tokenizer, Path folder, JsonObject c) throws IOException {
    String what = c.get("name").getAsString();
    String text =
        c.has("text")
            ? c.get("text").getAsString()
            : Files.readString(folder.resolve(c.get("text_file").getAsString()));
    Encoding e = tokenizer.encode(text, c.get("add_special_tokens").getAsBoolean());
    assertThat(e.ids()).as(what).containsExactly(Fixture.ints(c.get("ids")));
    JsonArray offsets = c.getAsJsonArray("offsets");
    for (int i = 0; i < e.length(); i++) {
      int[] span = Fixture.ints(offsets.get(i));
      if (span[0] == span[1]) {
        assertThat(e.from()[i]).as(what).isEqualTo(e.to()[i]);
      } else {
        int[] found = {text.codePointCount(0, e.from()[i]), text.codePointCount(0, e.to()[i])};
        assertThat(found).as(what + " token " + i).containsExactly(span);
      }
    }
    if (c.has("tokens")) {
      List<String> tokens =
          c.getAsJsonArray("tokens").asList().stream().map(JsonElement::getAsString).toList();
      assertThat(e.tokens()).as(what).isEqualTo(tokens);
      assertThat(tokenizer.decode(e.ids())).as(what).isEqualTo(c.get("decoded").getAsString());
      assertThat(tokenizer.decode(e.ids(), false))
          .as(what)
          .isEqualTo(c.get("decoded_with_special").getAsString());
      assertThat(String.join("", tokenizer.decodeEach(e.ids())))
          .as(what)
          .isEqualTo(c.get("decoded_with_special").getAsString());
    }
  }

  @Test
  void aSpanBehindAnEmojiIsExact() {
    try (Tokenizer tokenizer = Tokenizer.load(REFERENCE)) {
      String text = "👩‍🚀 says: The magic word is blue.";
      Encoding e = tokenizer.encode(text);
      Spans span = e.span("magic word");
      int[] ids =
          java.util.Arrays.copyOfRange(e.ids(), span.list().get(0).from(), span.list().get(0).to());
      assertThat(tokenizer.decode(ids)).isEqualTo(" magic word");
    }
  }

  @Test
  void aPlainTextGetsItsBeginTokenOnce() {
    try (Tokenizer tokenizer = Tokenizer.load(REFERENCE)) {
      Prompt once = tokenizer.prompt("Hello");
      assertThat(once.ids()[0]).isZero();
      assertThat(once.ids()[1]).isNotZero();
      assertThat(tokenizer.prompt("<|begin_of_text|>Hello").ids()).containsExactly(once.ids());
    }
  }

  @Test
  void aTruncationSavedInTheFileIsNotObeyed(@TempDir Path folder) throws IOException {
    JsonObject root =
        JsonParser.parseString(Files.readString(REFERENCE.resolve("tokenizer.json")))
            .getAsJsonObject();
    root.add(
        "truncation",
        JsonParser.parseString(
            "{\"direction\": \"Right\", \"max_length\": 4, \"strategy\": \"LongestFirst\","
                + " \"stride\": 0}"));
    Files.writeString(folder.resolve("tokenizer.json"), root.toString());
    try (Tokenizer tokenizer = Tokenizer.load(folder);
        Tokenizer plain = Tokenizer.load(REFERENCE)) {
      String text = "word ".repeat(2000);
      assertThat(tokenizer.encode(text).ids()).containsExactly(plain.encode(text).ids());
    }
  }

  @Test
  void aTextThatIsNotThereHasNoSpan() {
    try (Tokenizer tokenizer = Tokenizer.load(REFERENCE)) {
      assertThatThrownBy(() -> tokenizer.encode("abc").span("xyz"))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("xyz");
    }
  }
}

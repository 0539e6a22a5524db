package headscope.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Which class a tokenizer is made of. The ids are those of AutoTokenizer of transformers 5.23.0 on
 * folders made in this way.
 */
class TokenizerClassTest {
  private static final Path PIECES =
      Path.of("src/test/resources/fixtures/tokenizer/llama2/tokenizer.json");
  private static final Path BYTES = CasesTest.ROOT.resolve("plain").resolve("tokenizer.json");
  private static final String ACCENT = "in cafe\u0301";
  private static final String SPECIAL = "</s>The <unk> door";

  @TempDir Path folder;

  private void write(Path tokenizer, String family, String said) throws IOException {
    Files.copy(tokenizer, folder.resolve("tokenizer.json"));
    Files.writeString(folder.resolve("config.json"), "{\"model_type\": \"" + family + "\"}");
    Files.writeString(folder.resolve("tokenizer_config.json"), said.replace('~', '"'));
  }

  private static String ids(int[] ids) {
    return String.join(" ", Arrays.stream(ids).mapToObj(Integer::toString).toList());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          pieces|llama|{~tokenizer_class~: ~LlamaTokenizer~}|1 419 515 292 291 207 132|1 2 282 375 333 0 912
          pieces|llama|{~tokenizer_class~: ~LlamaTokenizer~, ~legacy~: true}|1 419 515 292 291 207 132|1 2 423 333 0 912
          pieces|llama|{~tokenizer_class~: ~LlamaTokenizer~, ~add_prefix_space~: false}|1 380 515 292 291 207 132|1 2 282 375 333 0 912
          pieces|llama|{~tokenizer_class~: ~PreTrainedTokenizerFast~}|1 419 515 292 291 207 132|1 2 423 333 0 333 912
          pieces|llama|{ }|1 419 515 292 291 207 132|1 2 423 333 0 333 912
          pieces|phi3|{~tokenizer_class~: ~LlamaTokenizerFast~}|1 419 515 292 291 207 132|1 2 423 333 0 333 912
          pieces|mistral|{~tokenizer_class~: ~LlamaTokenizer~}|1 419 515 292 291 207 132|1 2 423 333 0 333 912
          pieces|llama|{~tokenizer_class~: ~OurTokenizer~}|1 419 515 292 291 207 132|1 2 423 333 0 333 912
          pieces|gemma3_text|{ }|1 380 515 292 291 207 132|1 2 282 375 333 0 912
          pieces|gemma3_text|{~tokenizer_class~: ~PreTrainedTokenizerFast~}|1 419 515 292 291 207 132|1 2 423 333 0 333 912
          pieces|llama|{~tokenizer_class~: ~GPT2TokenizerFast~}|1 380 289 877 291|1 2 282 375 0 290 301 409
          bytes|llama|{~tokenizer_class~: ~LlamaTokenizerFast~}|1000 262 394 69 68 136 223|1000 27 14 82 29 304 220 27 398 74 29 809
          bytes|qwen2|{~tokenizer_class~: ~PreTrainedTokenizerFast~}|1000 262 959|1000 27 14 82 29 304 220 27 398 74 29 809
          bytes|qwen3|{~tokenizer_class~: ~PreTrainedTokenizerFast~}|1000 262 394 69 68 136 223|1000 27 14 82 29 304 220 27 398 74 29 809
          bytes|qwen3|{ }|1000 262 959|1000 27 14 82 29 304 220 27 398 74 29 809
          bytes|llama|{~tokenizer_class~: ~GPT2Tokenizer~, ~add_prefix_space~: true}|1000 301 394 69 68 136 223|1000 220 27 14 82 29 304 220 27 398 74 29 809
          bytes|olmo2|{~tokenizer_class~: ~GPT2Tokenizer~, ~add_prefix_space~: true}|1000 262 394 69 68 136 223|1000 27 14 82 29 304 220 27 398 74 29 809
          """)
  void aTextIsCutAsTheClassDoesWhereItHasItsOwnWay(
      String tokenizer, String family, String said, String accent, String special)
      throws IOException {
    Path file = tokenizer.equals("pieces") ? PIECES : BYTES;
    write(file, family, said);
    try (Tokenizer t = Tokenizer.load(folder)) {
      assertThat(ids(t.encode(ACCENT, true).ids())).isEqualTo(accent);
      assertThat(ids(t.encode(SPECIAL, true).ids())).isEqualTo(special);
    }
  }

  @Test
  void anotherClassWithItsOwnWayIsRefusedWithTheLineThatWritesItDown() throws IOException {
    write(PIECES, "llama", "{~tokenizer_class~: ~CodeLlamaTokenizerFast~}");
    assertThatThrownBy(() -> Tokenizer.load(folder))
        .isInstanceOf(CheckpointException.class)
        .hasMessageContaining("class CodeLlamaTokenizer")
        .hasMessageContaining("PreTrainedTokenizerFast(tokenizer_object=");
  }

  @Test
  void anUnknownTokenThatIsNotThereIsNamed() throws IOException {
    write(BYTES, "gemma3_text", "{}");
    assertThatThrownBy(() -> Tokenizer.load(folder))
        .isInstanceOf(CheckpointException.class)
        .hasMessageContaining("\"<unk>\"");
  }
}

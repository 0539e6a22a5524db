package headscope.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/** headscope models, for a person and for a program. */
class ModelsCommandTest {
  private static final Path LLAMA = Path.of("src/test/resources/fixtures/checkpoints/llama2");
  private static final Path MAMBA =
      Path.of("src/test/resources/fixtures/checkpoints/unsupported-mamba");

  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private final ByteArrayOutputStream err = new ByteArrayOutputStream();

  private int run(String... args) {
    return Headscope.run(
        new PrintStream(out, true, StandardCharsets.UTF_8),
        new PrintStream(err, true, StandardCharsets.UTF_8),
        args);
  }

  @Test
  void aLineAModelSaysWhetherItRunsAndIfNotWhy() {
    assertThat(run("models", "reference", LLAMA.toString(), MAMBA.toString())).isZero();
    assertThat(out.toString(StandardCharsets.UTF_8).lines())
        .hasSize(4)
        .anyMatch(line -> line.matches("reference +llama +6 × 12 +1,024 +\\d+ MB +F32 +yes"))
        .anyMatch(line -> line.matches(".*llama2 +llama +.* yes"))
        .anyMatch(line -> line.matches(".*mamba +mamba .* no: .*mamba.*"));
  }

  @Test
  void aProgramGetsObjectsWithPaths() {
    assertThat(run("models", "reference", LLAMA.toString(), "--json")).isZero();
    JsonObject llama =
        JsonParser.parseString(out.toString(StandardCharsets.UTF_8))
            .getAsJsonArray()
            .get(1)
            .getAsJsonObject();
    assertThat(Path.of(llama.get("path").getAsString())).isEqualTo(LLAMA.toAbsolutePath());
    assertThat(llama.get("runs").getAsBoolean()).isTrue();
    assertThat(llama.get("parameters").getAsLong()).isPositive();
    assertThat(llama.has("why")).isFalse();
  }

  @Test
  void aNameThatLeadsNowhereIsAFailureOfOneLine() {
    assertThat(run("models", "no-such/model-anywhere")).isNotZero();
    assertThat(err.toString(StandardCharsets.UTF_8).lines().toList())
        .singleElement()
        .asString()
        .contains("no-such/model-anywhere", "download", "ERRORS.md#model-names");
  }
}

package headscope.verify;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;

import headscope.json.Json;
import headscope.model.Checkpoint;
import headscope.model.LoadOptions.Dtype;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Checkpoints against transformers; the Python is {@code -Dheadscope.test.transformers=FILE}, or
 * that of {@code .venv-compare-hf}. Without one only the words are tried.
 */
class VerifyTest {
  private static final Path FIXTURES = Path.of("src/test/resources/fixtures");
  private static final String LLAMA = "checkpoints/llama2";

  @TempDir Path folder;

  private static Transformers transformers() {
    Optional<Path> named =
        Optional.ofNullable(System.getProperty("headscope.test.transformers")).map(Path::of);
    Path own = Path.of("..", ".venv-compare-hf", "bin", "python");
    assumeThat(named.isPresent() || Files.isExecutable(own))
        .as("a Python with transformers")
        .isTrue();
    return Transformers.find(named);
  }

  private static Checkpoint checkpoint(String name) {
    return Checkpoint.parse(
        name.equals(Checkpoint.REFERENCE) ? name : FIXTURES.resolve(name).toString());
  }

  /** A family of its own each, windows, a GGUF file, one that transformers has no reader for. */
  @Tag("slow")
  @ParameterizedTest
  @ValueSource(
      strings = {
        Checkpoint.REFERENCE,
        "checkpoints/qwen3",
        "families/gemma3",
        "families/mistral-window",
        "gguf/llama31-q8_0.gguf",
        "gguf/olmo2.gguf"
      })
  void agreesWithTransformers(String name) {
    VerifyReport report = Verification.of(checkpoint(name)).against(transformers());
    assertThat(report.finding()).isEmpty();
    assertThat(report.results()).extracting(r -> r.dtype()).containsExactly("float32", "bfloat16");
    for (VerifyReport.Result r : report.results()) {
      assertThat(r.tokens().of()).isEqualTo(12 * report.prompts().size());
      assertThat(r.logits().difference()).isPositive();
      assertThat(r.places()).extracting(p -> p.name()).startsWith("embedding", "layer 0");
    }
    int longest = report.prompts().stream().mapToInt(p -> p.tokens()).max().orElseThrow();
    assertThat(longest).isGreaterThan(report.model().window());
    assertThat(report.weights())
        .startsWith(
            name.equals("gguf/olmo2.gguf") || name.equals(Checkpoint.REFERENCE)
                ? "a copy that headscope wrote"
                : name.endsWith("gguf") ? "its own GGUF" : "the checkpoint's files");
  }

  @Tag("slow")
  @Test
  void adaptersAreMergedByPeft() {
    Transformers there = transformers();
    assumeThat(there.versions()).containsKey("peft");
    Checkpoint base = checkpoint("checkpoints/llama31");
    Checkpoint adapted = base.withAdapter(FIXTURES.resolve("adapters/llama31-plain"));
    VerifyReport report = Verification.of(adapted).against(there);
    assertThat(report.finding()).isEmpty();
    assertThat(report.model().adapters()).hasSize(1);
    assertThat(float32(adapted).withCopy(base).against(there).finding())
        .startsWith("float32: layer");
  }

  @Tag("slow")
  @Test
  void aChangedWeightIsNamedByItsLayer() throws IOException {
    Transformers there = transformers();
    Path changed = changed("model.layers.1.mlp.down_proj.weight");
    VerifyReport report =
        float32(Checkpoint.parse(changed.toString())).withCopy(checkpoint(LLAMA)).against(there);
    assertThat(report.finding())
        .startsWith("float32: layer 1 is the first that differs: the residual stream differs by");
    assertThat(report.results().get(0).places().get(1).hidden()).isLessThan(1e-5);
    Path out = folder.resolve("out");
    report.save(out);
    VerifyReport again =
        Json.read(Files.readString(out.resolve(VerifyReport.JSON)), VerifyReport.class);
    assertThat(again.finding()).isEqualTo(report.finding());
    assertThat(Files.readString(out.resolve(VerifyReport.HTML))).contains(report.finding());
  }

  private static Verification float32(Checkpoint checkpoint) {
    return new Verification(checkpoint, Optional.empty(), List.of(), List.of(Dtype.FLOAT32), 4);
  }

  /** The fixture with one number of a tensor changed by a half. */
  private Path changed(String tensor) throws IOException {
    Path copy = Files.createDirectory(folder.resolve("changed"));
    for (String f : List.of("config.json", "model.safetensors")) {
      Files.copy(FIXTURES.resolve(LLAMA).resolve(f), copy.resolve(f));
    }
    try (FileChannel file =
        FileChannel.open(
            copy.resolve("model.safetensors"), StandardOpenOption.READ, StandardOpenOption.WRITE)) {
      ByteBuffer size = ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN);
      file.read(size);
      ByteBuffer header = ByteBuffer.allocate((int) size.getLong(0));
      file.read(header);
      var entry = Json.object(new String(header.array())).getAsJsonObject(tensor);
      assertThat(entry.get("dtype").getAsString()).isEqualTo("F32");
      long at = 8 + size.getLong(0) + entry.getAsJsonArray("data_offsets").get(0).getAsLong();
      ByteBuffer number = ByteBuffer.allocate(4).order(ByteOrder.LITTLE_ENDIAN);
      file.read(number, at);
      number.putFloat(0, number.getFloat(0) + .5f).rewind();
      file.write(number, at);
    }
    return copy;
  }

  @Test
  void withoutTransformersItIsSaidHowItIsInstalled() {
    for (String python : List.of("/bin/false", folder.resolve("none").toString())) {
      assertThatThrownBy(() -> Transformers.find(Optional.of(Path.of(python))))
          .isInstanceOf(IllegalStateException.class)
          .hasMessageContainingAll(python, "environment/compare-hf --install");
    }
  }

  @Test
  void whatIsOverIsNamedInOrderAndForeignNamesStayText() {
    String name = "<script>alert(1)</script>";
    VerifyReport report = report(name, 1e-5, 1e-6, 0);
    assertThat(report.finding()).isEmpty();
    assertThat(report.html()).contains("&lt;script&gt;alert(1)").doesNotContain(name);
    assertThat(report(name, 1e-2, 1e-6, 0).finding()).contains("layer 0", "stream", "1.0e-02");
    assertThat(report(name, Double.MAX_VALUE, 0, 0).finding()).contains("no number");
    assertThat(report(name, 1e-5, 1e-2, 0).finding()).contains("layer 0", "attention weights");
    assertThat(report(name, 1e-5, 1e-6, 3).finding()).contains("layer 0", "3 argmax");
  }

  private static VerifyReport report(String name, double hidden, double weight, int apart) {
    var none = new VerifyReport.Heads(new double[0], new int[0], new int[0], 5, 0);
    var heads =
        new VerifyReport.Heads(
            new double[] {0, weight}, new int[] {5, 5 - apart}, new int[] {0, apart}, 5, 1e-4);
    return new VerifyReport(
        new VerifyReport.Model(name, "0", List.of(name), List.of(4), Map.of("jdk", "17")),
        name,
        "the checkpoint's files",
        Map.of("torch", "2"),
        List.of(new VerifyReport.PromptLine("drawn tokens", 9, 5)),
        List.of(
            new VerifyReport.Result(
                "float32",
                List.of(
                    new VerifyReport.Place("embedding", 0, 1e-4, none),
                    new VerifyReport.Place("layer 0", hidden, 1e-4, heads)),
                new VerifyReport.Logits(1e-6, 1e-4),
                new VerifyReport.Tokens(4, 4, 0))));
  }

  @Test
  void wrongUseIsRefused() {
    Checkpoint c = new Checkpoint.Bundled();
    List<Dtype> f32 = List.of(Dtype.FLOAT32);
    assertThatThrownBy(() -> new Verification(c, Optional.empty(), List.of(), f32, 0))
        .hasMessageContaining("got 0");
    assertThatThrownBy(() -> new Verification(c, Optional.empty(), List.of(" "), f32, 1))
        .hasMessageContaining("blanks");
    assertThatThrownBy(() -> new Verification(c, Optional.empty(), List.of(), List.of(), 1))
        .hasMessageContaining("types");
  }
}

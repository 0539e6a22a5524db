package headscope;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import headscope.model.Checkpoint;
import headscope.model.LanguageModel;
import headscope.model.LoadOptions;
import headscope.reference.World;
import headscope.task.HotpotQa;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Programs beside the library, where a Python has what they need: {@code
 * -Dheadscope.test.transformers=FILE}, or that of {@code .venv-compare-hf}.
 */
@Tag("slow")
class ToolsTest {
  @TempDir Path folder;

  private static Path python() {
    Path python =
        Optional.ofNullable(System.getProperty("headscope.test.transformers"))
            .map(Path::of)
            .orElse(Path.of("..", ".venv-compare-hf", "bin", "python"));
    assumeTrue(Files.isExecutable(python), "a Python with transformers");
    return python.toAbsolutePath();
  }

  @Test
  void anAdapterIsTrainedAndCanBeMerged() throws Exception {
    Path questions = folder.resolve("world.json");
    HotpotQa.write(questions, World.standard().questions(20, 1_000_001));
    Path base = Path.of("src/main/resources/headscope/reference/model").toAbsolutePath();
    Path out = folder.resolve("lora");
    Process process =
        new ProcessBuilder(
                python().toString(),
                "../environment/tools/train_adapter.py",
                base.toString(),
                questions.toString(),
                out.toString(),
                "--steps=3",
                "--batch=4",
                "--rank=2")
            .redirectErrorStream(true)
            .start();
    String said = new String(process.getInputStream().readAllBytes());
    assertThat(process.waitFor()).as(said).isZero();
    assertThat(said).contains("step 3 of 3  loss ");
    assertThat(out).isDirectoryContaining("glob:**adapter_model.safetensors");
    Checkpoint adapted = new Checkpoint.Bundled().withAdapter(out);
    try (LanguageModel plain = LanguageModel.reference();
        LanguageModel trained = LanguageModel.load(adapted, LoadOptions.defaults())) {
      assertThat(trained.checkpointHash()).isNotEqualTo(plain.checkpointHash());
      assertThat(trained.adaptation().get("adapters").toString()).contains("lora");
      assertThat(List.of(trained.config())).isEqualTo(List.of(plain.config()));
    }
  }
}

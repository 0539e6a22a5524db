package headscope.cli;

import headscope.model.Checkpoint;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Option;

/** What names a model and the adapters that are merged into it. */
final class CheckpointOptions {
  /** How help texts and messages describe what names a model. */
  static final String MODEL =
      "A folder with config.json and model.safetensors; a .gguf file; org/name or org/name@revision"
          + " in the Hugging Face cache; a name under the folders of HEADSCOPE_MODELS; the word"
          + " reference, the small model in the jar; smollm2, a real one; or smollm2-world, the"
          + " same with an adapter for questions. headscope models lists what is here.";

  @Option(names = "--model", required = true, paramLabel = "MODEL", description = MODEL)
  private String model;

  @Option(
      names = "--adapter",
      paramLabel = "DIR",
      description = "A LoRA adapter in PEFT's form, merged into the weights; can be repeated.")
  private List<Path> adapters = new ArrayList<>();

  /** What {@code --model} says. */
  String text() {
    return model;
  }

  Checkpoint checkpoint() {
    Checkpoint checkpoint = Checkpoint.parse(model);
    for (Path adapter : adapters) {
      checkpoint = checkpoint.withAdapter(adapter);
    }
    return checkpoint;
  }
}

package headscope.cli;

import headscope.model.Checkpoint;
import headscope.model.LanguageModel;
import headscope.model.LoadOptions;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Option;

/** The options of every command that loads a model. */
final class ModelOptions {
  /** How help texts and messages describe what names a model. */
  static final String MODEL =
      "A folder with config.json and model.safetensors; a .gguf file; org/name or org/name@revision"
          + " in the Hugging Face cache; a name under the folders of HEADSCOPE_MODELS; the word"
          + " reference, the small model in the jar; or smollm2, a real one. headscope models lists"
          + " what is here.";

  @Option(names = "--model", required = true, paramLabel = "MODEL", description = MODEL)
  private String model;

  @Option(
      names = "--adapter",
      paramLabel = "DIR",
      description = "A LoRA adapter in PEFT's form, merged into the weights; can be repeated.")
  private List<Path> adapters = new ArrayList<>();

  @Option(
      names = "--dtype",
      paramLabel = "TYPE",
      defaultValue = "float32",
      description = "Type of weights and products: float32, float16, bfloat16 (${DEFAULT-VALUE}).")
  private String dtype;

  @Option(
      names = "--device",
      paramLabel = "DEVICE",
      defaultValue = "cpu",
      description = "cpu, gpu, gpu:1 and so on (${DEFAULT-VALUE}).")
  private String device;

  @Option(
      names = "--ignore-generation-config",
      description = {
        "Take tokens plainly greedily, whatever rules generation_config.json has; what ends is"
            + " said by config.json, if it names an end."
      })
  private boolean ignoreGenerationConfig;

  /** What {@code --model} says. */
  String text() {
    return model;
  }

  LanguageModel load() {
    LoadOptions options =
        LoadOptions.defaults().withDtype(LoadOptions.Dtype.parse(dtype)).withDevice(device);
    return LanguageModel.load(
        checkpoint(), ignoreGenerationConfig ? options.withoutGenerationConfig() : options);
  }

  private Checkpoint checkpoint() {
    Checkpoint checkpoint = Checkpoint.parse(model);
    for (Path adapter : adapters) {
      checkpoint = checkpoint.withAdapter(adapter);
    }
    return checkpoint;
  }
}

package headscope.cli;

import headscope.model.LanguageModel;
import headscope.model.LoadOptions;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** The options of every command that loads a model. */
final class ModelOptions {
  @Mixin private CheckpointOptions checkpoint;

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
    return checkpoint.text();
  }

  LanguageModel load() {
    LoadOptions options =
        LoadOptions.defaults().withDtype(LoadOptions.Dtype.parse(dtype)).withDevice(device);
    return LanguageModel.load(
        checkpoint.checkpoint(),
        ignoreGenerationConfig ? options.withoutGenerationConfig() : options);
  }
}

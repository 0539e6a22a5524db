package headscope.cli;

import headscope.model.Checkpoint;
import headscope.model.LanguageModel;
import headscope.model.LoadOptions;
import picocli.CommandLine.Option;

/** The options of every command that loads a model. */
final class ModelOptions {
  @Option(
      names = "--model",
      required = true,
      paramLabel = "DIR",
      description = "A Hugging Face checkpoint folder, or the word reference.")
  private String model;

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

  /** What {@code --model} says. */
  String text() {
    return model;
  }

  LanguageModel load() {
    LoadOptions options =
        LoadOptions.defaults().withDtype(LoadOptions.Dtype.parse(dtype)).withDevice(device);
    return LanguageModel.load(Checkpoint.parse(model), options);
  }
}

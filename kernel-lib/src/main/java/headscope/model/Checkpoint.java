package headscope.model;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Where a model comes from: a folder, a GGUF file or this jar, and the adapters that are merged
 * into its weights, the first one first.
 *
 * <pre>
 * LanguageModel.load(Checkpoint.parse("reference"), LoadOptions.defaults())
 * </pre>
 */
public sealed interface Checkpoint {
  /** The word for the model inside the jar. */
  String REFERENCE = "reference";

  /** Folders of LoRA adapters in PEFT's form, in the order in which they are merged. */
  List<Path> adapters();

  /** This checkpoint with one more adapter. */
  Checkpoint withAdapter(Path folder);

  /**
   * A folder as transformers writes it: {@code config.json}, {@code model.safetensors} or its
   * shards, and, where they are there, {@code tokenizer.json}, {@code tokenizer_config.json},
   * {@code chat_template.jinja} and {@code generation_config.json}.
   */
  record Folder(Path path, List<Path> adapters) implements Checkpoint {
    public Folder {
      adapters = List.copyOf(adapters);
    }

    /** A folder without adapters. */
    public Folder(Path path) {
      this(path, List.of());
    }

    @Override
    public Folder withAdapter(Path folder) {
      return new Folder(path, and(adapters, folder));
    }
  }

  /** A GGUF file, which holds everything; any part of a split one stands for all. */
  record GgufFile(Path path, List<Path> adapters) implements Checkpoint {
    public GgufFile {
      adapters = List.copyOf(adapters);
    }

    /** A file without adapters. */
    public GgufFile(Path path) {
      this(path, List.of());
    }

    @Override
    public GgufFile withAdapter(Path folder) {
      return new GgufFile(path, and(adapters, folder));
    }
  }

  /** The reference model, which is inside this jar. */
  record Bundled(List<Path> adapters) implements Checkpoint {
    public Bundled {
      adapters = List.copyOf(adapters);
    }

    /** The reference model without adapters. */
    public Bundled() {
      this(List.of());
    }

    @Override
    public Bundled withAdapter(Path folder) {
      return new Bundled(and(adapters, folder));
    }
  }

  /**
   * The checkpoint that a text names, looked for on this machine alone: the word {@code reference};
   * the words {@code smollm2} and {@code smollm2-world}, the same with the adapter of a clone by
   * which it answers questions of the invented world; a folder or a {@code .gguf} file; a name
   * under the folders of the environment variable {@code HEADSCOPE_MODELS}; {@code org/name} or
   * {@code org/name@revision} in the Hugging Face cache. The root of a cache or the folder of a
   * model in it lead to its files.
   *
   * <pre>
   * Checkpoint.parse("HuggingFaceTB/SmolLM2-135M-Instruct")
   * </pre>
   *
   * @throws CheckpointException if there is none, if a download was cut off, or if the text could
   *     mean two things
   */
  static Checkpoint parse(String text) {
    return ModelNames.here().resolve(text);
  }

  private static List<Path> and(List<Path> adapters, Path one) {
    List<Path> all = new ArrayList<>(adapters);
    all.add(one);
    return all;
  }
}

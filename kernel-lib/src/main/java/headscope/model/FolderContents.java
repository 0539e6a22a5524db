package headscope.model;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** What a folder holds that is no checkpoint, and what to do about it. */
final class FolderContents {
  private static final String CONVERT =
      "; write it anew with transformers: AutoModelForCausalLM.from_pretrained(…)"
          + ".save_pretrained(…)";

  private final Path folder;
  private final List<String> names;

  private FolderContents(Path folder, List<String> names) {
    this.folder = folder;
    this.names = names;
  }

  /** What a folder without {@code config.json} looks like, and what to do. */
  static String withoutConfig(Path folder) {
    return names(folder).map(names -> new FolderContents(folder, names).kind()).orElse("");
  }

  /** What weights a folder without safetensors has, and what to do. */
  static String withoutWeights(Path folder) {
    return names(folder)
        .map(names -> new FolderContents(folder, names).weights())
        .orElse("; download the whole folder");
  }

  private static Optional<List<String>> names(Path folder) {
    try (Stream<Path> all = Files.list(folder)) {
      return Optional.of(all.map(f -> f.getFileName().toString()).sorted().toList());
    } catch (IOException | UncheckedIOException e) {
      return Optional.empty();
    }
  }

  private Optional<String> first(String pattern) {
    return names.stream().filter(n -> n.matches(pattern)).findFirst();
  }

  private boolean has(String... some) {
    return names.containsAll(List.of(some));
  }

  private String weights() {
    return first("(pytorch_model|consolidated|model).*\\.(bin|pth|pt)(\\.index\\.json)?|.*\\.bin")
        .map(
            f ->
                "; the weights are there as PyTorch pickles ("
                    + f
                    + "), which run code when read"
                    + CONVERT)
        .or(() -> first(".*\\.gguf").map(this::gguf))
        .or(() -> first(".*\\.onnx").map(f -> "; ONNX files (" + f + ") are not read" + CONVERT))
        .or(
            () ->
                first(".*\\.safetensors")
                    .map(
                        f ->
                            "; there is "
                                + f
                                + ", which no index names: download "
                                + SafeTensorsSource.INDEX
                                + " too, or the whole folder"))
        .orElse("; download the whole folder");
  }

  private String gguf(String file) {
    return "; it holds GGUF files: give one of them, such as " + folder.resolve(file);
  }

  private String kind() {
    Optional<String> below =
        names.stream()
            .filter(n -> Files.isRegularFile(folder.resolve(n).resolve("config.json")))
            .findFirst();
    if (has("model_index.json")) {
      return "; it is a pipeline of diffusers, which makes pictures: language models are read";
    }
    if (has("snapshots")) {
      return "; it is a model's folder in the cache of Hugging Face: give its name, as org/name, or"
          + " the folder of a commit below "
          + folder.resolve("snapshots");
    }
    if (first("models--.*").isPresent()) {
      return "; it is the cache of Hugging Face: give a model's name, as org/name, or the folder of"
          + " a commit below models--…/snapshots";
    }
    if (has("params.json")) {
      return "; it holds weights in the form of their makers (params.json), not in that of"
          + " transformers: take the published folder with config.json";
    }
    if (below.isPresent()) {
      return "; there is one in " + folder.resolve(below.get()) + ": give that folder";
    }
    if (first(".*\\.gguf").isPresent()) {
      return gguf(first(".*\\.gguf").get());
    }
    if (first(".*\\.(safetensors|bin|pth|pt|onnx)").isPresent()) {
      return "; it holds weights ("
          + first(".*\\.(safetensors|bin|pth|pt|onnx)").get()
          + ") and nothing that says of what model: download config.json of the same model too";
    }
    if (first("tokenizer.*").isPresent()) {
      return "; it holds a tokenizer alone: download the model's other files too";
    }
    return names.isEmpty()
        ? "; the folder is empty"
        : "; a model is a folder with config.json and model.safetensors (or shards and their"
            + " index), a .gguf file, or the word reference";
  }
}

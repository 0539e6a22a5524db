package headscope.model;

import headscope.gguf.MalformedGgufException;
import headscope.safetensors.MalformedFileException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * A model that is on this machine, by its name for {@link Checkpoint#parse}, and whether it can be
 * run. Its headers are read, its weights are not.
 *
 * @param name what names it
 * @param title what it is called in results; empty where that cannot be told
 * @param path the folder or file; empty for the model in the jar
 * @param family its kind, such as {@code llama}; empty where that cannot be told
 * @param shape its sizes, where it can be run
 * @param bytes of its files
 * @param type the element type of most of its weights as the file calls it, such as {@code BF16};
 *     empty where that cannot be told
 * @param problem why it cannot be run, if it cannot
 */
public record LocalModel(
    String name,
    String title,
    String path,
    String family,
    Optional<ModelConfig> shape,
    long bytes,
    String type,
    Optional<String> problem) {

  /** All models of this machine. */
  public static List<LocalModel> all() {
    return all(ModelNames.here());
  }

  static List<LocalModel> all(ModelNames names) {
    return names.all().stream().map(name -> of(names, name)).toList();
  }

  /**
   * The model of a name.
   *
   * @throws CheckpointException if the name leads to none
   */
  public static LocalModel of(String name) {
    ModelNames.here().resolve(name);
    return of(ModelNames.here(), name);
  }

  static LocalModel of(ModelNames names, String name) {
    String title = "";
    String path = "";
    String family = "";
    String type = "";
    long bytes = 0;
    Optional<ModelConfig> shape = Optional.empty();
    Optional<String> problem = Optional.empty();
    try {
      Checkpoint checkpoint = names.resolve(name);
      path = path(checkpoint);
      CheckpointFiles files = CheckpointFiles.of(checkpoint);
      title = files.name();
      family = files.inConfig("model_type").orElse("");
      for (String file : files.used()) {
        bytes += files.size(file);
      }
      ModelConfig config = ConfigReader.read(files);
      try (TensorSource source = files.tensors()) {
        type = commonType(source);
        Weights.check(source, config);
        shape = Optional.of(config);
      }
    } catch (CheckpointException
        | MalformedFileException
        | MalformedGgufException
        | UncheckedIOException e) {
      problem = Optional.of(e.getMessage());
    } catch (IOException e) {
      problem = Optional.of(e.toString());
    }
    return new LocalModel(name, title, path, family, shape, bytes, type, problem);
  }

  private static String path(Checkpoint checkpoint) {
    if (checkpoint instanceof Checkpoint.Folder f) {
      return f.path().toString();
    }
    return checkpoint instanceof Checkpoint.GgufFile f ? f.path().toString() : "";
  }

  private static String commonType(TensorSource source) {
    Map<String, Long> elements = new TreeMap<>();
    source.names().forEach(n -> elements.merge(source.type(n), source.elements(n), Long::sum));
    return elements.entrySet().stream()
        .max(Map.Entry.comparingByValue())
        .map(Map.Entry::getKey)
        .orElse("");
  }

  @Override
  public String toString() {
    return "LocalModel["
        + name
        + problem.map(p -> ", cannot be run: " + p).or(() -> shape.map(s -> ", " + s)).orElse("")
        + "]";
  }
}

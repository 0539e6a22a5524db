package headscope.model;

import headscope.safetensors.SafeTensors;
import headscope.safetensors.SafeTensorsWriter;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.TreeMap;
import java.util.stream.Stream;

/** Changed copies of checkpoints. */
final class Checkpoints {
  private Checkpoints() {}

  /** Changes the values of a tensor in place. */
  interface Change {
    void apply(String name, long[] shape, float[] values);
  }

  /** Writes a checkpoint's weights as one float32 file, changed, beside its config. */
  static Path changed(Path from, Path to, Change change) {
    TreeMap<String, float[]> values = new TreeMap<>();
    TreeMap<String, long[]> shapes = new TreeMap<>();
    for (Path file : weights(from)) {
      try (SafeTensors in = SafeTensors.open(file)) {
        in.tensors()
            .forEach(
                (name, t) -> {
                  long[] shape = t.shape().stream().mapToLong(x -> x).toArray();
                  float[] x = in.floats(name);
                  change.apply(name, shape, x);
                  values.put(name, x);
                  shapes.put(name, shape);
                });
      }
    }
    SafeTensorsWriter out = new SafeTensorsWriter();
    values.forEach((name, x) -> out.floats(name, x, shapes.get(name)));
    try {
      Files.createDirectories(to);
      Files.copy(from.resolve("config.json"), to.resolve("config.json"));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    out.write(to.resolve("model.safetensors"));
    return to;
  }

  private static List<Path> weights(Path folder) {
    try (Stream<Path> files = Files.list(folder)) {
      return files
          .filter(f -> f.getFileName().toString().matches("model.*\\.safetensors"))
          .sorted()
          .toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}

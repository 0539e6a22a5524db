package headscope.model;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import headscope.safetensors.SafeTensors;
import headscope.safetensors.SafeTensorsWriter;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.function.UnaryOperator;
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
    read(from, change, values, shapes);
    return write(from, to, config -> config, values, shapes);
  }

  /** Writes a checkpoint with seeded biases in every projection that may have one. */
  static Path biased(Path from, Path to) {
    TreeMap<String, float[]> values = new TreeMap<>();
    TreeMap<String, long[]> shapes = new TreeMap<>();
    read(from, (name, shape, x) -> {}, values, shapes);
    boolean llama =
        ModelConfig.of(new Checkpoint.Folder(from)).family().modelType().equals("llama");
    SplittableRandom random = new SplittableRandom(1);
    for (String name : List.copyOf(values.keySet())) {
      if (name.matches(llama ? ".*_proj\\.weight" : ".*self_attn\\.[qkvo]_proj\\.weight")) {
        float[] bias = new float[(int) shapes.get(name)[0]];
        for (int i = 0; i < bias.length; i++) {
          bias[i] = (float) random.nextDouble() - .5f;
        }
        String as = name.replace(".weight", ".bias");
        values.put(as, bias);
        shapes.put(as, new long[] {bias.length});
      }
    }
    return write(
        from,
        to,
        config -> {
          config.addProperty("attention_bias", true);
          if (llama) {
            config.addProperty("mlp_bias", true);
          }
          return config;
        },
        values,
        shapes);
  }

  private static void read(
      Path from, Change change, TreeMap<String, float[]> values, TreeMap<String, long[]> shapes) {
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
  }

  private static Path write(
      Path from,
      Path to,
      UnaryOperator<JsonObject> config,
      TreeMap<String, float[]> values,
      TreeMap<String, long[]> shapes) {
    SafeTensorsWriter out = new SafeTensorsWriter();
    values.forEach((name, x) -> out.floats(name, x, shapes.get(name)));
    try {
      Files.createDirectories(to);
      String json = Files.readString(from.resolve("config.json"));
      JsonObject changed = config.apply(JsonParser.parseString(json).getAsJsonObject());
      Files.writeString(to.resolve("config.json"), changed.toString());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    out.write(to.resolve("model.safetensors"));
    return to;
  }

  static List<Path> weights(Path folder) {
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

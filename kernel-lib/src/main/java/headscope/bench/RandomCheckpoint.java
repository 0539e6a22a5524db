package headscope.bench;

import headscope.draw.Draws;
import headscope.failure.Section;
import headscope.json.Json;
import headscope.model.LoadOptions.Dtype;
import headscope.safetensors.DType;
import headscope.safetensors.Half;
import headscope.safetensors.SafeTensorsWriter;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.DoubleSupplier;

/**
 * A Llama checkpoint of random weights: of any size, for measurements of speed and memory.
 *
 * @param layers decoder layers
 * @param hidden size of the residual stream
 * @param heads query heads a layer
 * @param keyValueHeads key/value heads a layer
 * @param intermediate inner size of the MLP
 * @param vocabulary token ids
 * @param positions longest sequence
 */
public record RandomCheckpoint(
    int layers,
    int hidden,
    int heads,
    int keyValueHeads,
    int intermediate,
    int vocabulary,
    int positions) {

  private static final Map<String, RandomCheckpoint> SHAPES = new LinkedHashMap<>();

  static {
    SHAPES.put("llama-100m", llama100m());
    SHAPES.put("llama-3.2-1b", new RandomCheckpoint(16, 2048, 32, 8, 8192, 128256, 131072));
    SHAPES.put("llama-3.2-3b", new RandomCheckpoint(28, 3072, 24, 8, 8192, 128256, 131072));
    SHAPES.put("llama-3.1-8b", new RandomCheckpoint(32, 4096, 32, 8, 14336, 128256, 131072));
  }

  /** About 100 million parameters and 65,536 positions. */
  public static RandomCheckpoint llama100m() {
    return new RandomCheckpoint(12, 768, 12, 4, 2048, 32000, 65536);
  }

  /**
   * The shape of a model: {@code llama-100m}, {@link #llama100m}, or that of a published Llama,
   * {@code llama-3.2-1b}, {@code llama-3.2-3b}, {@code llama-3.1-8b}. The embedding is tied in all
   * of them, and rotary positions are not scaled.
   *
   * @throws IllegalArgumentException if there is none of that name
   */
  public static RandomCheckpoint named(String name) {
    RandomCheckpoint shape = SHAPES.get(name);
    if (shape == null) {
      throw Section.EXPERIMENT_OPTIONS.wrong(
          "there is no shape " + name + "; there are " + String.join(", ", SHAPES.keySet()));
    }
    return shape;
  }

  /** Parameters in all, the embedding counted once: it is tied. */
  public long parameters() {
    long dim = hidden / heads;
    long attention = 2L * hidden * hidden + 2L * hidden * keyValueHeads * dim;
    return (long) vocabulary * hidden
        + layers * (attention + 3L * hidden * intermediate + 2L * hidden)
        + hidden;
  }

  /**
   * Writes the checkpoint folder with weights in float32; see {@link #write(Path, long, Dtype)}.
   */
  public void write(Path folder, long seed) {
    write(folder, seed, Dtype.FLOAT32);
  }

  /**
   * Writes the checkpoint folder. Weights are drawn while they are written: memory does not grow
   * with the model.
   *
   * @param folder made if it is not there
   * @param seed the same seed gives the same weights, up to the rounding of their type
   * @param type of the weights
   */
  public void write(Path folder, long seed, Dtype type) {
    try {
      Files.createDirectories(folder);
      Files.writeString(folder.resolve("config.json"), config(type));
    } catch (IOException e) {
      throw new UncheckedIOException("cannot write " + folder + ": " + e.getMessage(), e);
    }
    Tensors out = new Tensors(new SafeTensorsWriter().metadata("format", "pt"), type, seed);
    int dim = hidden / heads;
    out.matrix("model.embed_tokens", vocabulary, hidden);
    for (int i = 0; i < layers; i++) {
      String at = "model.layers." + i + ".";
      out.ones(at + "input_layernorm", hidden);
      out.matrix(at + "self_attn.q_proj", hidden, hidden);
      out.matrix(at + "self_attn.k_proj", keyValueHeads * dim, hidden);
      out.matrix(at + "self_attn.v_proj", keyValueHeads * dim, hidden);
      out.matrix(at + "self_attn.o_proj", hidden, hidden);
      out.ones(at + "post_attention_layernorm", hidden);
      out.matrix(at + "mlp.gate_proj", intermediate, hidden);
      out.matrix(at + "mlp.up_proj", intermediate, hidden);
      out.matrix(at + "mlp.down_proj", hidden, intermediate);
    }
    out.ones("model.norm", hidden);
    out.writer.write(folder.resolve("model.safetensors"));
  }

  private String config(Dtype type) {
    Map<String, Object> c = new LinkedHashMap<>();
    c.put("architectures", new String[] {"LlamaForCausalLM"});
    c.put("model_type", "llama");
    c.put("vocab_size", vocabulary);
    c.put("hidden_size", hidden);
    c.put("intermediate_size", intermediate);
    c.put("num_hidden_layers", layers);
    c.put("num_attention_heads", heads);
    c.put("num_key_value_heads", keyValueHeads);
    c.put("hidden_act", "silu");
    c.put("max_position_embeddings", positions);
    c.put("rms_norm_eps", 1e-5);
    c.put("rope_theta", 500000.0);
    c.put("tie_word_embeddings", true);
    c.put("bos_token_id", 0);
    c.put("eos_token_id", 1);
    c.put("torch_dtype", type.toString());
    return Json.page(c);
  }

  /** The tensors of a file, in their order: each goes on drawing where the one before it ended. */
  private static final class Tensors {
    final SafeTensorsWriter writer;
    private final Dtype type;
    private final Draws draws;

    Tensors(SafeTensorsWriter writer, Dtype type, long seed) {
      this.writer = writer;
      this.type = type;
      this.draws = new Draws(seed);
    }

    void ones(String name, long length) {
      add(name, () -> 1, length);
    }

    /** Uniform with the deviation of a usual initialisation, 0.02. */
    void matrix(String name, long rows, long columns) {
      add(name, () -> (draws.share() - 0.5) * 0.02 * Math.sqrt(12), rows, columns);
    }

    private void add(String name, DoubleSupplier values, long... shape) {
      writer.made(
          name + ".weight",
          inFile(),
          (buffer, first, count) -> {
            for (int i = 0; i < count; i++) {
              put(buffer, (float) values.getAsDouble());
            }
          },
          shape);
    }

    private DType inFile() {
      return switch (type) {
        case FLOAT32 -> DType.F32;
        case FLOAT16 -> DType.F16;
        case BFLOAT16 -> DType.BF16;
      };
    }

    private void put(ByteBuffer buffer, float value) {
      switch (type) {
        case FLOAT32 -> buffer.putFloat(value);
        case FLOAT16 -> buffer.putShort(Half.of(value));
        case BFLOAT16 -> buffer.putShort(bfloat16(value));
      }
    }

    /** The upper half of the bits, rounded to the nearest; of two as near the even one. */
    private static short bfloat16(float value) {
      int bits = Float.floatToRawIntBits(value);
      return (short) (bits + 0x7fff + (bits >>> 16 & 1) >>> 16);
    }
  }
}

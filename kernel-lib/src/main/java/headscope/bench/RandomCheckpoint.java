package headscope.bench;

import headscope.draw.Draws;
import headscope.json.Json;
import headscope.safetensors.SafeTensorsWriter;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;

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

  /** About 100 million parameters and 65,536 positions. */
  public static RandomCheckpoint llama100m() {
    return new RandomCheckpoint(12, 768, 12, 4, 2048, 32000, 65536);
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
   * Writes the checkpoint folder.
   *
   * @param folder made if it is not there
   * @param seed the same seed gives the same weights
   */
  public void write(Path folder, long seed) {
    try {
      Files.createDirectories(folder);
      Files.writeString(folder.resolve("config.json"), config());
    } catch (IOException e) {
      throw new UncheckedIOException("cannot write " + folder + ": " + e.getMessage(), e);
    }
    Draws draws = new Draws(seed);
    SafeTensorsWriter out = new SafeTensorsWriter().metadata("format", "pt");
    int dim = hidden / heads;
    matrix(out, draws, "model.embed_tokens", vocabulary, hidden);
    for (int i = 0; i < layers; i++) {
      String at = "model.layers." + i + ".";
      ones(out, at + "input_layernorm");
      matrix(out, draws, at + "self_attn.q_proj", hidden, hidden);
      matrix(out, draws, at + "self_attn.k_proj", keyValueHeads * dim, hidden);
      matrix(out, draws, at + "self_attn.v_proj", keyValueHeads * dim, hidden);
      matrix(out, draws, at + "self_attn.o_proj", hidden, hidden);
      ones(out, at + "post_attention_layernorm");
      matrix(out, draws, at + "mlp.gate_proj", intermediate, hidden);
      matrix(out, draws, at + "mlp.up_proj", intermediate, hidden);
      matrix(out, draws, at + "mlp.down_proj", hidden, intermediate);
    }
    ones(out, "model.norm");
    out.write(folder.resolve("model.safetensors"));
  }

  private String config() {
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
    c.put("torch_dtype", "float32");
    return Json.page(c);
  }

  private void ones(SafeTensorsWriter out, String name) {
    float[] values = new float[hidden];
    java.util.Arrays.fill(values, 1);
    out.floats(name + ".weight", values, hidden);
  }

  /** Uniform with the deviation of a usual initialisation, 0.02. */
  private static void matrix(
      SafeTensorsWriter out, Draws draws, String name, int rows, int columns) {
    float[] values = new float[rows * columns];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) ((draws.share() - 0.5) * 0.02 * Math.sqrt(12));
    }
    out.floats(name + ".weight", values, rows, columns);
  }
}

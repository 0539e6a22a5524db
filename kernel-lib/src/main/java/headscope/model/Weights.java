package headscope.model;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.NDScope;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import headscope.safetensors.DType;
import headscope.safetensors.FloatDecoder;
import headscope.safetensors.SafeTensors;
import headscope.safetensors.TensorInfo;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;

/**
 * The weights of a model on its device. Matrices are [out, in], as in the files.
 *
 * @param embedding [vocabulary, hidden]
 * @param layers the decoder layers, the lowest first
 * @param norm [hidden], the final norm
 * @param output [vocabulary, hidden]; the embedding where the two are tied
 */
record Weights(NDArray embedding, List<Layer> layers, NDArray norm, NDArray output) {

  /** A matrix and its bias, which may be null. */
  record Linear(NDArray weight, NDArray bias) {}

  /** One decoder layer; the norms of query and key are null where the family has none. */
  record Layer(
      NDArray attentionNorm,
      Linear query,
      Linear key,
      Linear value,
      NDArray queryNorm,
      NDArray keyNorm,
      Linear attentionOutput,
      NDArray mlpNorm,
      Linear gate,
      Linear up,
      Linear down) {}

  /** The file that says which shard holds which tensor. */
  static final String INDEX = "model.safetensors.index.json";

  /** Which shard holds which tensor. */
  private static Map<String, String> index(CheckpointFiles files) {
    try {
      JsonObject map =
          JsonParser.parseString(files.text(INDEX)).getAsJsonObject().getAsJsonObject("weight_map");
      Map<String, String> shards = new LinkedHashMap<>();
      map.entrySet().forEach(e -> shards.put(e.getKey(), e.getValue().getAsString()));
      return shards;
    } catch (JsonParseException
        | IllegalStateException
        | ClassCastException
        | NullPointerException
        | UnsupportedOperationException
        | NumberFormatException e) {
      throw new CheckpointException(
          files.path(INDEX)
              + " is no index of shards: an object weight_map of tensor names to"
              + " file names is missing or damaged ("
              + e.getMessage()
              + ")",
          e);
    }
  }

  /** The names of the shards. */
  static Collection<String> shards(CheckpointFiles files) {
    return index(files).values();
  }

  static Weights load(
      CheckpointFiles files,
      ModelConfig config,
      NDManager manager,
      Kernels kernels,
      LoadOptions.Dtype dtype) {
    try (Reader reader = new Reader(files, manager, kernels, dtype)) {
      return reader.read(config);
    }
  }

  /** Reads tensors piece by piece onto the device. */
  private static final class Reader implements AutoCloseable {
    private static final int PIECE = 1 << 20; // elements: 4 MB as float32

    private record Place(SafeTensors file, TensorInfo tensor) {}

    private final NDManager manager;
    private final Kernels kernels;
    private final LoadOptions.Dtype dtype;
    private final CheckpointFiles files;
    private final List<SafeTensors> shards = new ArrayList<>();
    private final Map<String, Place> places = new LinkedHashMap<>();
    private final TreeSet<String> unused = new TreeSet<>();
    private final ByteBuffer raw = direct();
    private final ByteBuffer wide = direct();

    Reader(CheckpointFiles files, NDManager manager, Kernels kernels, LoadOptions.Dtype dtype) {
      this.files = files;
      this.manager = manager;
      this.kernels = kernels;
      this.dtype = dtype;
      try {
        if (!files.has("model.safetensors") && files.has(INDEX)) { // the single file goes first
          Map<String, SafeTensors> open = new HashMap<>();
          index(files)
              .forEach(
                  (name, shard) -> {
                    SafeTensors file = open.computeIfAbsent(shard, this::shard);
                    places.put(name, new Place(file, file.tensor(name)));
                  });
        } else {
          SafeTensors file = shard("model.safetensors");
          file.tensors().forEach((name, t) -> places.put(name, new Place(file, t)));
        }
      } catch (RuntimeException e) {
        close();
        throw e;
      }
      unused.addAll(places.keySet());
    }

    private static ByteBuffer direct() {
      return ByteBuffer.allocateDirect(4 * PIECE).order(ByteOrder.LITTLE_ENDIAN);
    }

    private SafeTensors shard(String name) {
      SafeTensors file = files.tensors(name);
      shards.add(file);
      return file;
    }

    Weights read(ModelConfig c) {
      NDArray embedding = matrix("model.embed_tokens.weight", c.vocabulary(), c.hidden());
      List<Layer> layers = new ArrayList<>();
      for (int i = 0; i < c.layers(); i++) {
        layers.add(layer(c, "model.layers." + i + "."));
      }
      NDArray norm = vector("model.norm.weight", c.hidden());
      NDArray output = c.tied() ? embedding : matrix("lm_head.weight", c.vocabulary(), c.hidden());
      if (c.tied()) {
        unused.remove("lm_head.weight"); // some files repeat the embedding there
      }
      unused.removeIf(name -> name.endsWith("rotary_emb.inv_freq")); // old files: computed here
      if (!unused.isEmpty()) {
        throw new CheckpointException(
            String.format(
                "%d tensors have no place in a %s model of %d layers as config.json describes it,"
                    + " such as %s: is this the config.json of these weights?",
                unused.size(), c.family().modelType(), c.layers(), unused.first()));
      }
      return new Weights(embedding, layers, norm, output);
    }

    private Layer layer(ModelConfig c, String at) {
      String attention = at + "self_attn.";
      String mlp = at + "mlp.";
      int q = c.heads() * c.headDim();
      int kv = c.keyValueHeads() * c.headDim();
      boolean bias = c.attentionBias();
      Linear query;
      Linear key;
      Linear value;
      Linear gate;
      Linear up;
      if (c.family().fused()) {
        NDArray qkv = matrix(attention + "qkv_proj.weight", q + 2 * kv, c.hidden());
        query = new Linear(rows(qkv, 0, q), null);
        key = new Linear(rows(qkv, q, q + kv), null);
        value = new Linear(rows(qkv, q + kv, q + 2 * kv), null);
        NDArray gateUp = matrix(mlp + "gate_up_proj.weight", 2 * c.intermediate(), c.hidden());
        gate = new Linear(rows(gateUp, 0, c.intermediate()), null);
        up = new Linear(rows(gateUp, c.intermediate(), 2 * c.intermediate()), null);
      } else {
        query = linear(attention + "q_proj", q, c.hidden(), bias);
        key = linear(attention + "k_proj", kv, c.hidden(), bias);
        value = linear(attention + "v_proj", kv, c.hidden(), bias);
        gate = linear(mlp + "gate_proj", c.intermediate(), c.hidden(), c.mlpBias());
        up = linear(mlp + "up_proj", c.intermediate(), c.hidden(), c.mlpBias());
      }
      boolean norms = c.family().queryKeyNorm();
      return new Layer(
          vector(at + "input_layernorm.weight", c.hidden()),
          query,
          key,
          value,
          norms ? vector(attention + "q_norm.weight", c.headDim()) : null,
          norms ? vector(attention + "k_norm.weight", c.headDim()) : null,
          linear(attention + "o_proj", c.hidden(), q, bias),
          vector(at + "post_attention_layernorm.weight", c.hidden()),
          gate,
          up,
          linear(mlp + "down_proj", c.hidden(), c.intermediate(), c.mlpBias()));
    }

    private static NDArray rows(NDArray matrix, long from, long to) {
      return Kernels.narrow(matrix, 0, from, to);
    }

    private Linear linear(String name, int out, int in, boolean bias) {
      return new Linear(
          matrix(name + ".weight", out, in), bias ? vector(name + ".bias", out) : null);
    }

    private NDArray matrix(String name, int rows, int columns) {
      return tensor(name, dtype.code, rows, columns);
    }

    /** Norms and biases are float32 whatever the type of the matrices. */
    private NDArray vector(String name, int length) {
      return tensor(name, Kernels.FLOAT32, length);
    }

    private NDArray tensor(String name, long code, long... shape) {
      Place place = places.get(name);
      if (place == null) {
        throw new CheckpointException(
            "the checkpoint lacks the tensor "
                + name
                + " of shape "
                + new Shape(shape)
                + "; it has "
                + places.size()
                + " tensors");
      }
      unused.remove(name);
      TensorInfo t = place.tensor();
      if (!new Shape(t.shape()).equals(new Shape(shape))) {
        throw new CheckpointException(
            String.format(
                "tensor %s has shape %s, config.json asks for %s",
                name, new Shape(t.shape()), new Shape(shape)));
      }
      FloatDecoder decoder = FloatDecoder.of(place.file(), t);
      NDArray flat = kernels.empty(code, t.elements());
      for (long at = 0; at < t.elements(); at += PIECE) {
        int n = (int) Math.min(PIECE, t.elements() - at);
        ByteBuffer values = piece(place, t, decoder, at, n);
        try (NDScope scope = new NDScope()) {
          scope.suppressNotUsedWarning();
          NDArray x = manager.create(values, new Shape(n), DataType.FLOAT32);
          kernels.store(flat, 0, at, x);
        }
      }
      NDArray shaped = flat.reshape(shape);
      flat.close();
      return shaped;
    }

    /** Elements [at, at + n) as float32, checked to be finite. */
    private ByteBuffer piece(Place place, TensorInfo t, FloatDecoder decoder, long at, int n) {
      int size = t.dtype().bytes();
      ByteBuffer bytes = size > 4 ? ByteBuffer.allocate(n * size) : raw;
      bytes.clear().limit(n * size);
      place.file().read(t, at * size, bytes);
      ByteBuffer values = bytes;
      if (t.dtype() != DType.F32) {
        values = wide;
        values.clear().limit(n * 4);
        decoder.decode(bytes, values.asFloatBuffer());
      }
      FloatBuffer floats = values.asFloatBuffer();
      for (int i = 0; i < n; i++) {
        if (!Float.isFinite(floats.get(i))) {
          throw new CheckpointException(
              String.format(
                  "tensor %s holds %s at element %d; weights are finite numbers (is the file"
                      + " damaged?)",
                  t.name(), floats.get(i), at + i));
        }
      }
      return values;
    }

    @Override
    public void close() {
      shards.forEach(SafeTensors::close);
    }
  }
}

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

  /**
   * One decoder layer. Matrices that read the same are one, below each other: a product costs a
   * call. The norms of query and key are null where the family has none.
   */
  record Layer(
      NDArray attentionNorm,
      Linear queryKeyValue,
      NDArray queryNorm,
      NDArray keyNorm,
      Linear attentionOutput,
      NDArray mlpNorm,
      Linear gateUp,
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
      Linear queryKeyValue;
      Linear gateUp;
      if (c.family().fused()) {
        queryKeyValue =
            linear(attention, List.of("qkv_proj"), List.of(q + 2 * kv), c.hidden(), bias);
        gateUp =
            linear(mlp, List.of("gate_up_proj"), List.of(2 * c.intermediate()), c.hidden(), false);
      } else {
        queryKeyValue =
            linear(
                attention,
                List.of("q_proj", "k_proj", "v_proj"),
                List.of(q, kv, kv),
                c.hidden(),
                bias);
        gateUp =
            linear(
                mlp,
                List.of("gate_proj", "up_proj"),
                List.of(c.intermediate(), c.intermediate()),
                c.hidden(),
                c.mlpBias());
      }
      boolean norms = c.family().queryKeyNorm();
      return new Layer(
          vector(at + "input_layernorm.weight", c.hidden()),
          queryKeyValue,
          norms ? vector(attention + "q_norm.weight", c.headDim()) : null,
          norms ? vector(attention + "k_norm.weight", c.headDim()) : null,
          linear(attention, List.of("o_proj"), List.of(c.hidden()), q, bias),
          vector(at + "post_attention_layernorm.weight", c.hidden()),
          gateUp,
          linear(mlp, List.of("down_proj"), List.of(c.hidden()), c.intermediate(), c.mlpBias()));
    }

    /** Matrices of one input, one below the other, and their biases. */
    private Linear linear(String at, List<String> names, List<Integer> outs, int in, boolean bias) {
      List<Place> weights = new ArrayList<>();
      List<Place> biases = new ArrayList<>();
      for (int i = 0; i < names.size(); i++) {
        weights.add(place(at + names.get(i) + ".weight", outs.get(i), in));
        if (bias) {
          biases.add(place(at + names.get(i) + ".bias", outs.get(i)));
        }
      }
      int out = outs.stream().mapToInt(n -> n).sum();
      return new Linear(
          read(weights, dtype.code, out, in), bias ? read(biases, Kernels.FLOAT32, out) : null);
    }

    private NDArray matrix(String name, int rows, int columns) {
      return tensor(name, dtype.code, rows, columns);
    }

    /** Norms and biases are float32 whatever the type of the matrices. */
    private NDArray vector(String name, int length) {
      return tensor(name, Kernels.FLOAT32, length);
    }

    private NDArray tensor(String name, long code, long... shape) {
      return read(List.of(place(name, shape)), code, shape);
    }

    /** Where a tensor is, checked to be there with that shape. */
    private Place place(String name, long... shape) {
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
      return place;
    }

    /** Reads tensors, one below the other, into an array of some shape. */
    private NDArray read(List<Place> tensors, long code, long... shape) {
      NDArray flat = kernels.empty(code, new Shape(shape).size());
      long begin = 0;
      for (Place place : tensors) {
        TensorInfo t = place.tensor();
        FloatDecoder decoder = FloatDecoder.of(place.file(), t);
        for (long at = 0; at < t.elements(); at += PIECE) {
          int n = (int) Math.min(PIECE, t.elements() - at);
          ByteBuffer values = piece(place, t, decoder, at, n);
          try (NDScope scope = new NDScope()) {
            scope.suppressNotUsedWarning();
            NDArray x = manager.create(values, new Shape(n), DataType.FLOAT32);
            kernels.store(flat, 0, begin + at, x);
          }
        }
        begin += t.elements();
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

package headscope.model;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.NDScope;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import headscope.failure.Section;
import headscope.model.Family.Trait;
import headscope.warning.Warnings;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.TreeSet;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * The weights of a model on its device. Matrices are [out, in], as in the files.
 *
 * @param embedding [vocabulary, hidden]
 * @param layers the decoder layers, the lowest first
 * @param norm [hidden], the final norm
 * @param output [vocabulary, hidden]; the embedding where the two are tied
 */
record Weights(TokenMatrix embedding, List<Layer> layers, NDArray norm, TokenMatrix output) {

  /** A matrix, and its bias where there is one. */
  record Linear(Kernels.Matrix weight, Optional<NDArray> bias) {}

  /**
   * One decoder layer. Matrices that read the same are one, below each other: a product costs a
   * call. A family has norms before attention and MLP, behind them, or both, and some have norms of
   * query and key.
   */
  record Layer(
      Optional<NDArray> attentionNorm,
      Linear queryKeyValue,
      Optional<NDArray> queryNorm,
      Optional<NDArray> keyNorm,
      Linear attentionOutput,
      Optional<NDArray> attentionOutputNorm,
      Optional<NDArray> mlpNorm,
      Linear gateUp,
      Linear down,
      Optional<NDArray> mlpOutputNorm) {}

  /**
   * Reads all weights: with them, never more than some pieces of a tensor are held.
   *
   * @param source is left open
   */
  static Weights load(
      TensorSource source,
      ModelConfig config,
      NDManager manager,
      Kernels kernels,
      LoadOptions.Dtype dtype) {
    try (Reader reader = new Reader(source, manager, kernels, dtype)) {
      return reader.read(config);
    }
  }

  /**
   * Checks that all weights are there, with the shapes that the config asks for and in types that
   * can be read, without reading more than a value of each.
   *
   * @throws CheckpointException or {@link headscope.safetensors.MalformedFileException} as {@link
   *     #load} would
   */
  static void check(TensorSource source, ModelConfig config) {
    try (Reader reader = new Reader(source)) {
      reader.read(config);
    }
  }

  /** Reads tensors piece by piece onto the device: widened on all cores, stored by one thread. */
  private static final class Reader implements AutoCloseable {
    private static final int PIECE = 1 << 18; // elements: 1 MB as float32

    /**
     * Queries and keys are products in so many parts: oneDNN sums all columns in a row, and scores
     * amplify what that rounds off, so that weights of SmolLM2 were 1e-5 from transformers' and are
     * 7e-6 from them.
     */
    private static final int SCORE_PARTS = 2;

    private static final String EMBEDDING = "model.embed_tokens.weight";
    private static final String HEAD = "lm_head.weight";

    /** Elements [from, to) of a tensor. */
    private record Range(String name, long from, long to) {}

    /** Elements [from, from + count) of a tensor, and where they go. */
    private record Piece(String name, long from, int count, long at) {}

    private final TensorSource source;
    private final NDManager manager;
    private final Kernels kernels;
    private final LoadOptions.Dtype dtype;
    private final TreeSet<String> unused;
    private final List<ByteBuffer> buffers;

    /** Where matrices lie before they are packed: one place for all leaves no holes in memory. */
    private NDArray staging;

    /** Only checks: what it gives has no arrays. */
    Reader(TensorSource source) {
      this.source = source;
      this.manager = null;
      this.kernels = null;
      this.dtype = LoadOptions.Dtype.FLOAT32;
      this.unused = new TreeSet<>(source.names());
      this.buffers = List.of();
    }

    Reader(TensorSource source, NDManager manager, Kernels kernels, LoadOptions.Dtype dtype) {
      this.source = source;
      this.manager = manager;
      this.kernels = kernels;
      this.dtype = dtype;
      this.unused = new TreeSet<>(source.names());
      int atOnce = Math.min(32, 2 * Runtime.getRuntime().availableProcessors());
      this.buffers =
          Stream.generate(() -> ByteBuffer.allocateDirect(4 * PIECE).order(ByteOrder.LITTLE_ENDIAN))
              .limit(atOnce)
              .toList();
    }

    private boolean checksOnly() {
      return manager == null;
    }

    Weights read(ModelConfig c) {
      Quantisation.sign(source.names())
          .ifPresent(
              sign -> {
                throw sign.refusal();
              });
      // transformers ties the two by what is there: the flag may be wrong, the file is not
      boolean headAlone =
          c.tied() && !source.names().contains(EMBEDDING) && source.names().contains(HEAD);
      String embeddings = place(headAlone ? HEAD : EMBEDDING, c.vocabulary(), c.hidden());
      boolean tied = c.tied() && !hasOwnHead(c);
      TokenMatrix embedding = tied ? multiplied(embeddings, c) : lookedUp(embeddings, c);
      List<Layer> layers = new ArrayList<>();
      for (int i = 0; i < c.layers(); i++) {
        layers.add(layer(c, "model.layers." + i + "."));
      }
      NDArray norm = norm(c, "model.norm.weight", c.hidden());
      TokenMatrix output = tied ? embedding : multiplied(HEAD, c);
      unused.removeIf(SafeTensorsSource::isDerived);
      if (!unused.isEmpty()) {
        throw new CheckpointException(
            Section.CHECKPOINT_WEIGHTS,
            String.format(
                "%d tensors have no place in a %s model of %d layers as config.json describes it,"
                    + " such as %s: is this the config.json of these weights?",
                unused.size(), c.family().modelType(), c.layers(), unused.first()));
      }
      return new Weights(embedding, layers, norm, output);
    }

    /** Whether a tied model's file holds an output matrix with other values than the embedding. */
    private boolean hasOwnHead(ModelConfig c) {
      if (!unused.contains(HEAD)) {
        return false;
      }
      place(HEAD, c.vocabulary(), c.hidden());
      FloatBuffer a = FloatBuffer.allocate(PIECE);
      FloatBuffer b = FloatBuffer.allocate(PIECE);
      for (long from = 0; from < source.elements(HEAD); from += PIECE) {
        int count = (int) Math.min(PIECE, source.elements(HEAD) - from);
        source.read(EMBEDDING, from, a.clear().limit(count));
        source.read(HEAD, from, b.clear().limit(count));
        if (!a.flip().equals(b.flip())) {
          Warnings.say(
              "tie_word_embeddings is true, but "
                  + HEAD
                  + " has other values than "
                  + EMBEDDING
                  + ": both are used, as transformers does");
          return true;
        }
      }
      return false;
    }

    private Layer layer(ModelConfig c, String at) {
      String attention = at + "self_attn.";
      String mlp = at + "mlp.";
      int q = c.heads() * c.headDim();
      int kv = c.keyValueHeads() * c.headDim();
      Linear queryKeyValue;
      Linear gateUp;
      if (c.family().has(Trait.FUSED)) {
        queryKeyValue =
            linear(attention, List.of("qkv_proj"), List.of(q + 2 * kv), c.hidden(), false);
        gateUp =
            linear(mlp, List.of("gate_up_proj"), List.of(2 * c.intermediate()), c.hidden(), false);
      } else {
        queryKeyValue =
            linear(
                attention,
                List.of("q_proj", "k_proj", "v_proj"),
                List.of(q, kv, kv),
                c.hidden(),
                c.biases().queryKeyValue());
        gateUp =
            linear(
                mlp,
                List.of("gate_proj", "up_proj"),
                List.of(c.intermediate(), c.intermediate()),
                c.hidden(),
                c.biases().mlp());
      }
      boolean before = !c.family().has(Trait.NO_NORM_BEFORE);
      boolean after = c.family().has(Trait.NORM_AFTER);
      String mlpNorm = after ? "pre_feedforward_layernorm" : "post_attention_layernorm";
      boolean whole = c.family().has(Trait.WHOLE_NORM);
      boolean norms = whole || c.family().has(Trait.HEAD_NORM);
      return new Layer(
          norm(before, c, at + "input_layernorm", c.hidden()),
          queryKeyValue,
          norm(norms, c, attention + "q_norm", whole ? q : c.headDim()),
          norm(norms, c, attention + "k_norm", whole ? kv : c.headDim()),
          linear(
              attention, List.of("o_proj"), List.of(c.hidden()), q, c.biases().attentionOutput()),
          norm(after, c, at + "post_attention_layernorm", c.hidden()),
          norm(before, c, at + mlpNorm, c.hidden()),
          gateUp,
          linear(
              mlp, List.of("down_proj"), List.of(c.hidden()), c.intermediate(), c.biases().mlp()),
          norm(after, c, at + "post_feedforward_layernorm", c.hidden()));
    }

    private Optional<NDArray> norm(boolean there, ModelConfig c, String name, int length) {
      return there ? Optional.ofNullable(norm(c, name + ".weight", length)) : Optional.empty();
    }

    /** What a norm multiplies by. */
    private NDArray norm(ModelConfig c, String name, int length) {
      NDArray weight = vector(name, length);
      if (checksOnly() || !c.family().has(Trait.ONE_PLUS_WEIGHT)) {
        return weight;
      }
      NDArray more = weight.add(1);
      weight.close();
      return more;
    }

    /** Matrices of one input, one below the other, and their biases. */
    private Linear linear(String at, List<String> names, List<Integer> outs, int in, boolean bias) {
      List<String> weights = new ArrayList<>();
      List<String> biases = new ArrayList<>();
      for (int i = 0; i < names.size(); i++) {
        weights.add(place(at + names.get(i) + ".weight", outs.get(i), in));
        if (bias) {
          biases.add(place(at + names.get(i) + ".bias", outs.get(i)));
        }
      }
      int out = outs.stream().mapToInt(n -> n).sum();
      boolean queryKeyValue = names.get(0).startsWith("q");
      return new Linear(
          matrix(weights, out, in, queryKeyValue ? SCORE_PARTS : 1),
          bias ? Optional.ofNullable(read(biases, Kernels.FLOAT32, out)) : Optional.empty());
    }

    private Kernels.Matrix matrix(List<String> tensors, int rows, int columns, int parts) {
      return packs()
          ? packed(tensors.stream().map(this::whole).toList(), rows, columns, parts)
          : Kernels.Matrix.plain(read(tensors, dtype.code, rows, columns));
    }

    private boolean packs() {
      return !checksOnly() && kernels.packs(dtype.code);
    }

    private Kernels.Matrix packed(List<Range> ranges, int rows, int columns, int parts) {
      long size = (long) rows * columns;
      if (staging == null || staging.size() < size) {
        close();
        staging = kernels.empty(dtype.code, size);
      }
      try (NDScope scope = new NDScope()) {
        scope.suppressNotUsedWarning();
        NDArray plain = Kernels.narrow(staging, 0, 0, size);
        fill(plain, ranges);
        Kernels.Matrix packed = kernels.packed(plain.reshape(rows, columns), parts);
        packed.parts().forEach(NDScope::unregister);
        return packed;
      }
    }

    /** A matrix that is an output matrix, and may be an embedding too. */
    private TokenMatrix multiplied(String name, ModelConfig c) {
      if (!packs()) {
        return lookedUp(name, c);
      }
      place(name, c.vocabulary(), c.hidden());
      int rows = TokenMatrix.rowsOfPart(c.hidden());
      List<NDArray> parts = new ArrayList<>();
      for (int from = 0; from < c.vocabulary(); from += rows) {
        int to = Math.min(c.vocabulary(), from + rows);
        Range range = new Range(name, (long) from * c.hidden(), (long) to * c.hidden());
        parts.addAll(packed(List.of(range), to - from, c.hidden(), 1).parts());
      }
      return TokenMatrix.packed(kernels, parts, c.vocabulary(), c.hidden());
    }

    /** A matrix that is an embedding alone, or that is not packed. */
    private TokenMatrix lookedUp(String name, ModelConfig c) {
      NDArray matrix = tensor(name, dtype.code, c.vocabulary(), c.hidden());
      return checksOnly() ? null : TokenMatrix.plain(kernels, matrix);
    }

    /** Frees what only reading needs. */
    @Override
    public void close() {
      if (staging != null) {
        staging.close();
        staging = null;
      }
    }

    /** Norms and biases are float32 whatever the type of the matrices. */
    private NDArray vector(String name, int length) {
      return tensor(name, Kernels.FLOAT32, length);
    }

    private NDArray tensor(String name, long code, long... shape) {
      return read(List.of(place(name, shape)), code, shape);
    }

    /** Where a tensor is, checked to be there with that shape. */
    private String place(String name, long... shape) {
      if (!source.names().contains(name)) {
        throw lacks(name, shape);
      }
      if (source.type(name).matches("F[468]_.*|F4|[IU]\\d+|BOOL")) {
        throw new Quantisation.Sign(name, source.type(name) + " in place of F32, F16, BF16 or F64")
            .refusal();
      }
      unused.remove(name);
      Shape found = new Shape(source.shape(name));
      if (!found.equals(new Shape(shape))) {
        throw new CheckpointException(
            Section.CHECKPOINT_WEIGHTS,
            String.format(
                "tensor %s has shape %s, config.json asks for %s", name, found, new Shape(shape)));
      }
      return name;
    }

    /** Says what is there in place of a tensor. */
    private CheckpointException lacks(String name, long... shape) {
      String wrapped =
          source.names().stream().filter(n -> n.endsWith("." + name)).findFirst().orElse("");
      String why =
          wrapped.isEmpty()
              ? "is the folder complete, and is this the config.json of these weights?"
              : "all names begin with "
                  + wrapped.substring(0, wrapped.length() - name.length())
                  + ", so these are the weights of something around the model: save the model"
                  + " itself (of PEFT, after merge_and_unload) and take that folder";
      return new CheckpointException(
          Section.CHECKPOINT_WEIGHTS,
          String.format(
              "the checkpoint lacks the tensor %s of shape %s; it has %d tensors, such as %s: %s",
              name,
              new Shape(shape),
              source.names().size(),
              wrapped.isEmpty() ? source.names().stream().findFirst().orElse("none") : wrapped,
              why));
    }

    /** Reads tensors, one below the other, into an array of some shape. */
    private NDArray read(List<String> tensors, long code, long... shape) {
      if (checksOnly()) {
        tensors.forEach(name -> source.read(name, 0, FloatBuffer.allocate(1)));
        return null;
      }
      NDArray flat = kernels.empty(code, new Shape(shape).size());
      fill(flat, tensors.stream().map(this::whole).toList());
      NDArray shaped = flat.reshape(shape);
      flat.close();
      return shaped;
    }

    private Range whole(String tensor) {
      return new Range(tensor, 0, source.elements(tensor));
    }

    /** Reads parts of tensors, one behind the other. */
    private void fill(NDArray flat, List<Range> ranges) {
      List<Piece> pieces = new ArrayList<>();
      long at = 0;
      for (Range range : ranges) {
        for (long from = range.from(); from < range.to(); from += PIECE) {
          int count = (int) Math.min(PIECE, range.to() - from);
          pieces.add(new Piece(range.name(), from, count, at));
          at += count;
        }
      }
      for (int first = 0; first < pieces.size(); first += buffers.size()) {
        List<Piece> some = pieces.subList(first, Math.min(pieces.size(), first + buffers.size()));
        widen(some);
        for (int i = 0; i < some.size(); i++) {
          try (NDScope scope = new NDScope()) {
            scope.suppressNotUsedWarning();
            Shape length = new Shape(some.get(i).count());
            NDArray x = manager.create(buffers.get(i), length, DataType.FLOAT32);
            kernels.store(flat, 0, some.get(i).at(), x);
          }
        }
      }
    }

    /** Reads pieces into the buffers, a buffer each. The first that fails is the one named. */
    private void widen(List<Piece> pieces) {
      RuntimeException[] failures = new RuntimeException[pieces.size()];
      IntStream.range(0, pieces.size())
          .parallel()
          .forEach(
              i -> {
                try {
                  widen(pieces.get(i), buffers.get(i));
                } catch (RuntimeException e) {
                  failures[i] = e;
                }
              });
      for (RuntimeException e : failures) {
        if (e != null) {
          throw e;
        }
      }
    }

    /** Reads a piece as float32, checked to be finite. */
    private void widen(Piece piece, ByteBuffer buffer) {
      buffer.clear().limit(4 * piece.count());
      FloatBuffer values = buffer.asFloatBuffer();
      source.read(piece.name(), piece.from(), values.duplicate());
      for (int i = 0; i < piece.count(); i++) {
        if (!Float.isFinite(values.get(i))) {
          throw new CheckpointException(
              Section.CHECKPOINT_WEIGHTS,
              String.format(
                  "tensor %s holds %s at element %d; weights are finite numbers (is the file"
                      + " damaged?)",
                  piece.name(), values.get(i), piece.from() + i));
        }
      }
    }
  }
}

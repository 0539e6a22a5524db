package headscope.model;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.NDScope;
import headscope.head.HeadId;
import headscope.head.HeadMask;
import headscope.head.MaskScope;
import headscope.trace.Capture;
import headscope.trace.Prompt;
import headscope.trace.Spans;
import headscope.trace.Step;
import headscope.trace.Trace;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.IntStream;

/**
 * A language model that can be watched: a checkpoint on a device, with its tokenizer.
 *
 * <pre>
 *   try (LanguageModel model = LanguageModel.reference()) {
 *     Prompt prompt = model.tokenizer().chat("", "Context:\n... Question:\n...");
 *     Trace trace = model.generate(prompt, Capture.heads());
 *   }
 * </pre>
 *
 * <p>Several threads may use a model; they take turns, since one pass uses all cores anyway.
 */
public final class LanguageModel implements AutoCloseable {
  private final CheckpointFiles files;
  private final Parts parts;
  private final Tokenizer tokenizer;

  /** What a session needs of its model. */
  static final class Parts {
    private final ModelConfig config;
    private final NDManager manager;
    private final Kernels kernels;
    private final Decoder decoder;
    private final Map<Rope, Rotary> rotaries = new HashMap<>();
    private final LoadOptions options;
    private boolean closed;

    private Parts(CheckpointFiles files, ModelConfig config, LoadOptions options) {
      this.config = config;
      this.options = options;
      this.manager = NDManager.newBaseManager(device(options.device()), "PyTorch");
      try {
        this.kernels = new Kernels(manager, config);
        Kernels.prepareThread(config);
        try (TensorSource source = files.tensors()) {
          Weights weights = Weights.load(source, config, manager, kernels, options.dtype());
          this.decoder = new Decoder(config, weights, kernels, options.dtype());
        }
        config.ropes().forEach(r -> rotaries.put(r, new Rotary(manager, r)));
      } catch (Throwable e) {
        manager.close();
        throw e;
      }
    }

    ModelConfig config() {
      return config;
    }

    NDManager manager() {
      return manager;
    }

    Kernels kernels() {
      return kernels;
    }

    Decoder decoder() {
      return decoder;
    }

    /** The tables of one of the layers' rotary embeddings. */
    Rotary rotary(Rope rope) {
      Rotary rotary = rotaries.get(rope);
      if (rotary == null) {
        throw new IllegalArgumentException(
            "no layer is turned by " + rope + "; the layers have " + rotaries.keySet());
      }
      return rotary;
    }

    int chunk() {
      return options.chunk();
    }

    LoadOptions.Dtype dtype() {
      return options.dtype();
    }

    synchronized boolean isClosed() {
      return closed;
    }

    synchronized void close() {
      if (!closed) {
        closed = true;
        manager.close(); // frees every array
      }
    }
  }

  private LanguageModel(CheckpointFiles files, LoadOptions options) {
    Engine.start();
    ModelConfig config = ConfigReader.read(files);
    this.files = files;
    this.tokenizer = files.has("tokenizer.json") ? Tokenizer.load(files) : null;
    try {
      if (tokenizer != null && tokenizer.vocabulary() > config.vocabulary()) {
        throw new CheckpointException(
            String.format(
                "the tokenizer of %s has ids up to %d, the model a vocabulary of %d: they do not"
                    + " belong together",
                name(), tokenizer.vocabulary() - 1, config.vocabulary()));
      }
      this.parts = new Parts(files, config, options);
    } catch (Throwable e) {
      if (tokenizer != null) {
        tokenizer.close();
      }
      throw e;
    }
  }

  /** Loads a checkpoint folder in float32 on the CPU. */
  public static LanguageModel load(Path folder) {
    return load(folder, LoadOptions.defaults());
  }

  /** Loads a checkpoint folder; see {@link Checkpoint.Folder}. */
  public static LanguageModel load(Path folder, LoadOptions options) {
    return load(new Checkpoint.Folder(folder), options);
  }

  /**
   * Loads a checkpoint.
   *
   * @throws CheckpointException if it is incomplete, damaged or of a kind that is not implemented
   * @throws headscope.safetensors.MalformedFileException if a file of weights is damaged
   */
  public static LanguageModel load(Checkpoint checkpoint, LoadOptions options) {
    return new LanguageModel(CheckpointFiles.of(checkpoint), options);
  }

  /** The small model inside this jar, which needs no file and no network. */
  public static LanguageModel reference() {
    return load(new Checkpoint.Bundled(), LoadOptions.defaults());
  }

  /** Loads what a text names, see {@link Checkpoint#parse}, in float32 on the CPU. */
  public static LanguageModel of(String text) {
    return of(text, LoadOptions.defaults());
  }

  /** Loads what a text names; see {@link Checkpoint#parse}. */
  public static LanguageModel of(String text, LoadOptions options) {
    return load(Checkpoint.parse(text), options);
  }

  private static Device device(String name) {
    if (name.equals("cpu")) {
      return Device.cpu();
    }
    int index = name.contains(":") ? Integer.parseInt(name.substring(name.indexOf(':') + 1)) : 0;
    int there = ai.djl.engine.Engine.getEngine("PyTorch").getGpuCount();
    if (index >= there) {
      throw new IllegalArgumentException(
          String.format(
              "the device %s is not there: the engine sees %d GPUs; use cpu, or start with the CUDA"
                  + " build of libtorch (PYTORCH_LIBRARY_PATH, PYTORCH_FLAVOR)",
              name, there));
    }
    return Device.gpu(index);
  }

  Parts parts() {
    return parts;
  }

  /** What the model is called in results. */
  public String name() {
    return files.name();
  }

  public ModelConfig config() {
    return parts.config();
  }

  public LoadOptions options() {
    return parts.options;
  }

  public boolean hasTokenizer() {
    return tokenizer != null;
  }

  /**
   * The tokenizer.
   *
   * @throws CheckpointException if the checkpoint has none
   */
  public Tokenizer tokenizer() {
    if (tokenizer == null) {
      throw new CheckpointException(
          "model " + name() + " has no tokenizer.json; give token ids, or add the file");
    }
    return tokenizer;
  }

  /** Generates at most 100 tokens and records what is asked for. */
  public Trace generate(Prompt prompt, Capture capture) {
    return generate(prompt, capture, GenerateOptions.defaults());
  }

  /**
   * Generates greedily and records what is asked for (section 1 of the study: row s is what the
   * model saw when it produced token s).
   *
   * @throws IllegalArgumentException if the prompt, a head or a span does not fit the model
   * @throws java.util.concurrent.CancellationException if the thread was interrupted
   */
  public Trace generate(Prompt prompt, Capture capture, GenerateOptions how) {
    return generate(List.of(prompt), capture, how).get(0);
  }

  /**
   * Generates from several prompts of one length at once; each ends by itself. The traces are those
   * of single runs up to rounding.
   */
  public List<Trace> generate(List<Prompt> prompts, Capture capture, GenerateOptions how) {
    checkMask(how.mask());
    if (prompts.isEmpty()) {
      throw new IllegalArgumentException("at least one prompt is continued, got none");
    }
    for (Prompt p : prompts) {
      if (how.hidden().end() > p.length()) {
        throw new IllegalArgumentException(
            String.format(
                "the hidden span %s is outside the prompt, which has %d tokens",
                how.hidden(), p.length()));
      }
    }
    HeadMask prefill = how.scope() == MaskScope.ALL ? how.mask() : HeadMask.none();
    int batch = prompts.size();
    List<List<Step>> steps = IntStream.range(0, batch).mapToObj(b -> newSteps()).toList();
    boolean[] ended = new boolean[batch];
    try (Session session =
        new Session(
            parts,
            prompts,
            capture,
            prefill,
            Collections.nCopies(batch, how.hidden()),
            how.maxNewTokens())) {
      int[] tokens = prompts.stream().mapToInt(p -> p.ids()[p.length() - 1]).toArray();
      for (int s = 0; s < how.maxNewTokens() && session.hasRoom() && !all(ended); s++) {
        boolean clean = s == 0 && how.scope() == MaskScope.DECODE;
        List<HeadMask> masks = Collections.nCopies(batch, clean ? HeadMask.none() : how.mask());
        List<Step> row = session.step(tokens, masks, forced(how, s, batch));
        for (int b = 0; b < batch; b++) {
          tokens[b] = row.get(b).token();
          if (!ended[b]) {
            steps.get(b).add(row.get(b));
            how.listener().accept(row.get(b));
            ended[b] = !how.ignoreEndTokens() && config().endTokens().contains(tokens[b]);
          }
        }
      }
    }
    return IntStream.range(0, batch)
        .mapToObj(b -> trace(prompts.get(b), steps.get(b), List.of(), capture, options(how)))
        .toList();
  }

  private static List<Step> newSteps() {
    return new ArrayList<>();
  }

  private static boolean all(boolean[] flags) {
    for (boolean f : flags) {
      if (!f) {
        return false;
      }
    }
    return true;
  }

  private static int[] forced(GenerateOptions how, int step, int batch) {
    return step < how.forced().length
        ? IntStream.range(0, batch).map(b -> how.forced()[step]).toArray()
        : new int[0];
  }

  private void checkMask(HeadMask mask) {
    mask.heads().checkWithin(config().layers(), config().heads());
  }

  /** A session that has computed the prompt but for its last token; see {@link Session}. */
  public Session session(Prompt prompt, Capture capture) {
    return session(prompt, capture, HeadMask.none(), Spans.none());
  }

  /**
   * A session whose prompt is computed under a mask and with hidden positions.
   *
   * @param prompt what is continued
   * @param capture what every step records
   * @param mask the mask of the prompt's rows
   * @param hidden positions that no row sees
   */
  public Session session(Prompt prompt, Capture capture, HeadMask mask, Spans hidden) {
    checkMask(mask);
    return new Session(
        parts, List.of(prompt), capture, mask, List.of(hidden), GenerateOptions.MAX_NEW_TOKENS);
  }

  /**
   * Makes a trace of steps that a session gave.
   *
   * @param prompt what was continued
   * @param steps the kept rows
   * @param clean the discarded first passes; empty if there was one pass
   * @param capture what was recorded
   * @param more further options of the run, written with it
   */
  public Trace trace(
      Prompt prompt,
      List<Step> steps,
      List<Step> clean,
      Capture capture,
      Map<String, Object> more) {
    int[] ids = steps.stream().mapToInt(Step::token).toArray();
    boolean ended =
        ids.length > 0
            && config().endTokens().contains(ids[ids.length - 1])
            && !Boolean.TRUE.equals(more.get("ignoreEndTokens"));
    Map<String, Object> all = new LinkedHashMap<>();
    all.put("sink", (long) capture.sink());
    all.put("local", (long) capture.local());
    all.put("hidden", capture.hidden().name().toLowerCase(Locale.ROOT));
    all.put("dtype", options().dtype().toString());
    all.put("device", options().device());
    all.put("chunk", (long) options().chunk());
    all.putAll(more);
    return new Trace(
        name(),
        config().layers(),
        config().heads(),
        prompt,
        steps,
        clean,
        hasTokenizer() ? tokenizer.decode(ids) : "",
        hasTokenizer() ? tokenizer.decodeEach(ids) : List.of(),
        ended,
        all,
        Engine.environment());
  }

  private static Map<String, Object> options(GenerateOptions how) {
    Map<String, Object> map = new LinkedHashMap<>();
    map.put("maxNewTokens", (long) how.maxNewTokens());
    map.put("ignoreEndTokens", how.ignoreEndTokens());
    map.put("mask", how.mask().heads().toString());
    map.put("maskMode", how.mask().mode().name().toLowerCase(Locale.ROOT));
    map.put("maskScope", how.scope().name().toLowerCase(Locale.ROOT));
    map.put("hide", how.hidden().toString());
    map.put("forced", how.forced().length > 0);
    return map;
  }

  /**
   * The mean z of every head over all positions of reference prompts: what {@link
   * HeadMask#mean(headscope.head.HeadSet, Map)} puts in a head's place.
   *
   * @return a vector [headDim] a head
   */
  public Map<HeadId, float[]> meanHeadOutputs(List<Prompt> prompts) {
    if (prompts.isEmpty()) {
      throw new IllegalArgumentException("a mean is over at least one reference prompt, got none");
    }
    int heads = config().heads();
    int dim = config().headDim();
    double[] sums = new double[config().totalHeads() * dim];
    long positions = 0;
    Observer observer =
        new Observer() {
          @Override
          public void z(int layer, NDArray z) {
            float[] sum = z.sum(new int[] {0, 2}).toFloatArray(); // [H, headDim]
            for (int i = 0; i < sum.length; i++) {
              sums[layer * heads * dim + i] += sum[i];
            }
          }
        };
    for (Prompt prompt : prompts) {
      try (Session session = session(prompt, Capture.tokens())) {
        session.observeAgain(prompt.ids()[prompt.length() - 1], observer);
      }
      positions += prompt.length();
    }
    Map<HeadId, float[]> means = new TreeMap<>();
    for (int h = 0; h < config().totalHeads(); h++) {
      float[] mean = new float[dim];
      for (int i = 0; i < dim; i++) {
        mean[i] = (float) (sums[h * dim + i] / positions);
      }
      means.put(HeadId.ofIndex(h, heads), mean);
    }
    return means;
  }

  /** Versions and machine, as they are written with every result. */
  public Map<String, Object> environment() {
    return Engine.environment();
  }

  /** SHA-256 over the names and contents of the checkpoint's files, in hexadecimal. */
  public String checkpointHash() {
    return files.hash();
  }

  /**
   * The inverse frequencies of a rotary embedding for a sequence of some length.
   *
   * @param rope of one of the model's layers
   * @return [rotary dims / 2]
   */
  public float[] rotaryFrequencies(Rope rope, int length) {
    synchronized (parts) {
      return parts.rotary(rope).inverseFrequencies(length);
    }
  }

  /**
   * A rotary table at some positions of a sequence of some length, times the attention factor.
   *
   * @param rope of one of the model's layers
   * @return cosine and sine: [2][positions][rotary dims]
   */
  public float[][][] rotaryTable(Rope rope, int length, int... positions) {
    synchronized (parts) {
      try (NDScope scope = new NDScope()) {
        scope.suppressNotUsedWarning();
        float[][][] table = new float[2][positions.length][];
        for (int i = 0; i < positions.length; i++) {
          Rotary.Angles a = parts.rotary(rope).angles(positions[i], positions[i] + 1, length);
          table[0][i] = a.cos().toFloatArray();
          table[1][i] = a.sin().toFloatArray();
        }
        return table;
      }
    }
  }

  /** Native arrays that are alive: those of the weights and of open sessions. */
  public int liveArrays() {
    return ((ai.djl.ndarray.BaseNDManager) parts.manager()).getManagedArrays().size();
  }

  /** Frees the weights and everything that open sessions hold. */
  @Override
  public void close() {
    parts.close();
    if (tokenizer != null) {
      tokenizer.close();
    }
  }
}

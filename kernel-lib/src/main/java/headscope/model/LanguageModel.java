package headscope.model;

import headscope.failure.Section;
import headscope.head.HeadId;
import headscope.head.HeadMask;
import headscope.head.MaskScope;
import headscope.trace.Capture;
import headscope.trace.Prompt;
import headscope.trace.Spans;
import headscope.trace.Trace;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

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
  private final String name;
  private final CheckpointFiles files;
  private final List<MergedAdapter> adapters;
  private final String baseHash; // empty without adapters: it takes time
  private final GenerationConfig generationConfig;
  private final Network network;
  private final Tokenizer tokenizer;

  private LanguageModel(CheckpointFiles files, LoadOptions options) {
    TensorEngine.start();
    ModelConfig config = ConfigReader.read(files);
    this.name = files.name();
    this.files = files;
    this.adapters = files.adapters();
    this.baseHash = adapters.isEmpty() ? "" : files.hash();
    this.generationConfig =
        GenerationConfig.read(files, config.vocabulary(), options.ignoreGenerationConfig());
    this.tokenizer = files.has("tokenizer.json") ? Tokenizer.load(files) : null;
    try {
      this.network = new Network(files, config, options);
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

  Network network() {
    return network;
  }

  /** What the model is called in results. */
  public String name() {
    return name;
  }

  public ModelConfig config() {
    return network.config();
  }

  public LoadOptions options() {
    return network.options();
  }

  /** How the checkpoint wants its tokens to be chosen, and what ends a generation. */
  public GenerationConfig generationConfig() {
    return generationConfig;
  }

  /**
   * What results record of the way in which tokens are chosen, JSON key to value: the rules of the
   * checkpoint, or that they are ignored. Nothing where it has none.
   */
  public Map<String, Object> choosing() {
    Map<String, Object> map = new LinkedHashMap<>();
    if (options().ignoreGenerationConfig()) {
      map.put("generationConfig", "ignored");
    }
    if (!generationConfig.rules().isEmpty()) {
      map.put("rules", generationConfig.rules().stream().map(LogitsRule::name).toList());
    }
    return map;
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
          Section.TOKENIZER,
          "model " + name + " has no tokenizer.json; give token ids, or add the file");
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
   * Generates from several prompts at once, which advance together; each ends by itself. The traces
   * are those of single runs up to rounding.
   */
  public List<Trace> generate(List<Prompt> prompts, Capture capture, GenerateOptions how) {
    HeadMask promptMask = how.scope() == MaskScope.ALL ? how.mask() : HeadMask.none();
    checkMask(how.mask());
    List<Continuation> rows =
        prompts.stream()
            .map(p -> new Continuation(p, how, capture, promptMask, how.hidden()))
            .toList();
    try (Generation generation = Generation.of(this, rows)) {
      while (generation.going()) {
        generation.advance().forEach(row -> how.listener().accept(row.last()));
      }
      return generation.rows().stream().map(row -> generation.trace(row, how)).toList();
    }
  }

  /** Refuses what does not fit the model, or its tokenizer. */
  void checkFits(Continuation row) {
    if (tokenizer != null) {
      tokenizer.checkLength(row.prompt());
    }
    row.checkFits(config());
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
    Continuation row = new Continuation(prompt, GenerateOptions.defaults(), capture, mask, hidden);
    checkFits(row);
    synchronized (network) {
      return Session.of(network, row)
          .read(mask, prompt.length() - 1, GenerateOptions.MAX_NEW_TOKENS, true);
    }
  }

  /**
   * Runs a prompt and shows all of its rows to an observer, in stretches of {@link
   * LoadOptions#chunk} rows; the last row comes alone. Patterns of many rows are made for those who
   * watch them, and take [heads, rows, positions] numbers a layer while they are shown.
   *
   * @throws IllegalArgumentException if the prompt does not fit the model
   */
  public void observe(Prompt prompt, Observer observer) {
    Continuation row = Continuation.of(prompt, GenerateOptions.defaults(), Capture.tokens());
    checkFits(row);
    try (Session session = Session.of(network, row)) {
      session.readObserved(observer);
      session.step(prompt.ids()[prompt.length() - 1], HeadMask.none());
    }
  }

  /**
   * The mean z of every head over all positions of reference prompts: what {@link
   * HeadMask#mean(headscope.head.HeadSet, Map)} puts in a head's place.
   *
   * @return a vector [headDim] a head
   */
  public Map<HeadId, float[]> meanHeadOutputs(List<Prompt> prompts) {
    return HeadMeans.over(prompts, this);
  }

  /**
   * z of every head at each step of a generation, the end token's included: what {@link
   * HeadMask#resample} puts in a head's place in another run.
   *
   * @return [steps * headDim] a head
   */
  public Map<HeadId, float[]> headOutputs(Prompt prompt, GenerateOptions how) {
    return HeadOutputs.of(this, prompt, how);
  }

  /** Versions and machine, as they are written with every result. */
  public Map<String, Object> environment() {
    return TensorEngine.environment();
  }

  /**
   * SHA-256 over the names and contents of the checkpoint's files, in hexadecimal; of the base
   * where there are {@link #adapters}.
   */
  public String checkpointHash() {
    return files.hash();
  }

  /** The adapters that were merged into the weights, the first one first. */
  public List<MergedAdapter> adapters() {
    return adapters;
  }

  /**
   * What results say beside the model's name: nothing, or with adapters the hash of their base and
   * what each adapter is.
   */
  public Map<String, Object> adaptation() {
    if (adapters.isEmpty()) {
      return Map.of();
    }
    Map<String, Object> map = new LinkedHashMap<>();
    map.put("checkpoint", baseHash);
    map.put(
        "adapters",
        adapters.stream()
            .map(a -> new TreeMap<>(Map.of("name", a.name(), "sha256", a.sha256())))
            .toList());
    return map;
  }

  /**
   * The inverse frequencies of a rotary embedding for a sequence of some length.
   *
   * @param rope of one of the model's layers
   * @return [rotary dims / 2]
   */
  public float[] rotaryFrequencies(Rope rope, int length) {
    synchronized (network) {
      return network.rotary(rope).inverseFrequencies(length);
    }
  }

  /**
   * A rotary table at some positions of a sequence of some length, times the attention factor.
   *
   * @param rope of one of the model's layers
   * @return cosine and sine: [2][positions][rotary dims]
   */
  public float[][][] rotaryTable(Rope rope, int length, int... positions) {
    return network.rotaryTable(rope, length, positions);
  }

  /**
   * Keeps the prompts of each generation of several rows for the next one, until it is closed: the
   * next one does not read them again, if it continues the same prompts and no others. It gives the
   * same, to the bit.
   *
   * <pre>
   *   try (var kept = model.keepingPrompts()) {
   *     protocol.run(model, prompt, List.of(MaskingPolicy.none(), MaskingPolicy.dynamic()));
   *     protocol.run(model, prompt, List.of(MaskingPolicy.none(), other));   // reads nothing
   *   }
   * </pre>
   */
  public KeepingPrompts keepingPrompts() {
    synchronized (network) {
      network.kept().begin();
    }
    return () -> {
      synchronized (network) {
        if (!network.isClosed()) {
          network.kept().end();
        }
      }
    };
  }

  /** Prompts are kept until this is closed, once. */
  public interface KeepingPrompts extends AutoCloseable {
    @Override
    void close();
  }

  /** Native arrays that are alive: those of the weights and of open sessions. */
  public int liveArrays() {
    return network.liveArrays();
  }

  /** Frees the weights and everything that open sessions hold. */
  @Override
  public void close() {
    network.close();
    if (tokenizer != null) {
      tokenizer.close();
    }
  }

  @Override
  public String toString() {
    return "LanguageModel[" + name + ", " + config() + "]";
  }
}

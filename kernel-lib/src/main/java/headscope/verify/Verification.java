package headscope.verify;

import headscope.draw.Draws;
import headscope.failure.Section;
import headscope.file.FileFault;
import headscope.json.Json;
import headscope.model.Checkpoint;
import headscope.model.LanguageModel;
import headscope.model.LoadOptions;
import headscope.model.LoadOptions.Dtype;
import headscope.model.ModelConfig;
import headscope.model.TransformersFiles;
import headscope.trace.Prompt;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
import java.util.stream.IntStream;

/**
 * What is to be held against transformers. Prompts are two texts, if the checkpoint has a
 * tokenizer, tokens drawn from the whole vocabulary, more than a window of the model sees, and
 * texts of one's own; of each at most 64 rows are compared, and some tokens that follow greedily.
 *
 * @param checkpoint what is computed here
 * @param copy what transformers loads where it is not the same files
 * @param texts more prompts
 * @param dtypes the types of weights and products
 * @param tokens how many are generated behind every prompt
 */
public record Verification(
    Checkpoint checkpoint,
    Optional<Checkpoint> copy,
    List<String> texts,
    List<Dtype> dtypes,
    int tokens) {
  private static final List<String> BUILT_IN =
      List.of(
          "The capital of France is",
          "Ada keeps 7 bees, 12 hens and 3 cats. The password of the shed is \"blue 4096\"."
              + " She told nobody but Tom.\nWhat is the password of the shed? It is \"");

  /** Where no reader of transformers gets at the weights: in the jar, or in a file like that. */
  private static final String WRITTEN = "a copy that headscope wrote in float32";

  private static final int SEED = 1;
  private static final int ROWS = 64;
  private static final int DRAWN = 96;

  /** A window above this is not reached by the prompt that is drawn: it would take minutes. */
  private static final int LONGEST = 2100;

  public Verification {
    texts = List.copyOf(texts);
    dtypes = List.copyOf(dtypes);
    if (tokens < 1 || tokens > 1000) {
      throw Section.VERIFICATION.wrong("1 to 1000 tokens are generated, got " + tokens);
    }
    if (dtypes.isEmpty() || dtypes.stream().distinct().count() < dtypes.size()) {
      throw Section.VERIFICATION.wrong("types are named, each once; got " + dtypes);
    }
    if (texts.stream().anyMatch(String::isBlank)) {
      throw Section.VERIFICATION.wrong("a text of blanks is no prompt");
    }
  }

  /** float32 and bfloat16, 12 tokens, the built-in prompts. */
  public static Verification of(Checkpoint checkpoint) {
    return new Verification(
        checkpoint, Optional.empty(), List.of(), List.of(Dtype.FLOAT32, Dtype.BFLOAT16), 12);
  }

  /** Against another copy: transformers loads that one. */
  public Verification withCopy(Checkpoint other) {
    return new Verification(checkpoint, Optional.of(other), texts, dtypes, tokens);
  }

  /**
   * A prompt as it is compared.
   *
   * @param name what reports call it
   * @param ids its tokens
   * @param rows positions that are compared, in order; the last one is one of them
   */
  record Asked(String name, int[] ids, int[] rows) {}

  /**
   * Computes here, then there, and compares.
   *
   * @throws IllegalStateException if transformers fails; the message says what it said
   */
  public VerifyReport against(Transformers there) {
    Path work = Transformers.temporary();
    try {
      return against(there, work);
    } catch (IOException e) {
      throw Section.FILES.io("cannot write in " + work + ": " + FileFault.of(e), e);
    } finally {
      Transformers.remove(work);
    }
  }

  private VerifyReport against(Transformers there, Path work) throws IOException {
    VerifyReport.Model model = null;
    List<Asked> asked = List.of();
    List<Map<String, int[]>> tokensOf = new ArrayList<>();
    for (Dtype dtype : dtypes) {
      LoadOptions options = LoadOptions.defaults().withDtype(dtype).withoutGenerationConfig();
      try (LanguageModel m = LanguageModel.load(checkpoint, options)) {
        asked = asked(m);
        for (int i = 0; i < asked.size(); i++) {
          Path file = work.resolve(dtype + "-" + i + ".safetensors");
          int[] said = OwnRecord.of(m, asked.get(i), tokens).write(file);
          if (tokensOf.size() == i) {
            tokensOf.add(new LinkedHashMap<>());
          }
          tokensOf.get(i).put(dtype.toString(), said);
        }
        model = VerifyReport.Model.of(m);
      }
    }
    Path folder = Files.createDirectory(work.resolve("model"));
    Checkpoint theirs = copy.orElse(checkpoint);
    TransformersFiles files = TransformersFiles.of(theirs, folder);
    String weights =
        files.gguf().isPresent()
            ? "its own GGUF reader"
            : files.folder().equals(folder) ? WRITTEN : "the checkpoint's files";
    Path found = work.resolve("found.json");
    if (there.compare(write(work, files, asked, tokensOf), found) == Transformers.NO_READER) {
      files = TransformersFiles.written(theirs, folder);
      weights = WRITTEN;
      if (there.compare(write(work, files, asked, tokensOf), found) != 0) {
        throw Section.VERIFICATION.failed("transformers does not load " + theirs);
      }
    }
    VerifyReport.Found result = Json.read(Files.readString(found), VerifyReport.Found.class);
    List<VerifyReport.PromptLine> prompts =
        asked.stream()
            .map(a -> new VerifyReport.PromptLine(a.name(), a.ids().length, a.rows().length))
            .toList();
    return new VerifyReport(
        model,
        copy.map(Object::toString).orElse(""),
        weights,
        result.versions(),
        prompts,
        result.results());
  }

  private Path write(
      Path work, TransformersFiles files, List<Asked> asked, List<Map<String, int[]>> tokensOf)
      throws IOException {
    Map<String, Object> o = new LinkedHashMap<>();
    o.put("folder", files.folder().toString());
    files.gguf().ifPresent(f -> o.put("gguf", f.toAbsolutePath().toString()));
    o.put("adapters", files.adapters().stream().map(p -> p.toAbsolutePath().toString()).toList());
    o.put("dtypes", dtypes.stream().map(Dtype::toString).toList());
    o.put("records", work.toString());
    o.put("tolerance", VerifyReport.TOLERANCE);
    List<Map<String, Object>> prompts = new ArrayList<>();
    for (int i = 0; i < asked.size(); i++) {
      Asked a = asked.get(i);
      prompts.add(Map.of("ids", a.ids(), "rows", a.rows(), "tokens", tokensOf.get(i)));
    }
    o.put("prompts", prompts);
    return Files.writeString(work.resolve("asked.json"), Json.line(o));
  }

  private List<Asked> asked(LanguageModel model) {
    List<Asked> asked = new ArrayList<>();
    if (model.hasTokenizer()) {
      for (int i = 0; i < BUILT_IN.size(); i++) {
        asked.add(text(model, "built-in text " + (i + 1), BUILT_IN.get(i)));
      }
    }
    for (int i = 0; i < texts.size(); i++) {
      asked.add(text(model, "text " + (i + 1), texts.get(i)));
    }
    ModelConfig config = model.config();
    int window = config.windows().stream().mapToInt(w -> w).max().orElse(0);
    int most = Math.max(1, Math.min(LONGEST, config.maxPositions() - tokens));
    int length = Math.min(most, Math.max(DRAWN, window + ROWS));
    int[] ids =
        IntStream.range(0, length)
            .map(i -> (int) (Draws.share(Draws.at(SEED, i)) * config.vocabulary()))
            .toArray();
    asked.add(asked("drawn tokens", ids));
    return asked;
  }

  private static Asked text(LanguageModel model, String name, String text) {
    Prompt prompt = model.tokenizer().prompt(text);
    return asked(name, prompt.ids());
  }

  private static Asked asked(String name, int[] ids) {
    TreeSet<Integer> rows = new TreeSet<>();
    for (int i = 1; i <= Math.min(ROWS, ids.length); i++) {
      rows.add((int) ((long) i * ids.length / Math.min(ROWS, ids.length)) - 1);
    }
    return new Asked(name, ids, rows.stream().mapToInt(r -> r).toArray());
  }
}

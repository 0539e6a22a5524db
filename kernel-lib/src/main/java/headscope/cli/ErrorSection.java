package headscope.cli;

import headscope.figure.NoFontException;
import headscope.notebook.CheckFailedException;
import headscope.safetensors.MalformedFileException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CancellationException;

/**
 * The section of ERRORS.md that explains a failure. It is found by what was thrown where its kind
 * tells enough, else by the class of ours that threw it, else by that class's room: so a new
 * message has a section before anyone thinks of it.
 */
final class ErrorSection {
  private static final String OURS = "headscope.";
  private static final String UNEXPECTED = "unexpected";

  private static final Map<Class<? extends Throwable>, String> KINDS = new LinkedHashMap<>();
  private static final Map<String, String> PLACES = new LinkedHashMap<>();

  static {
    KINDS.put(NoFontException.class, "no-font");
    KINDS.put(CheckFailedException.class, "checks");
    KINDS.put(MalformedFileException.class, "damaged-files");
    KINDS.put(CancellationException.class, "interrupted");
    KINDS.put(OutOfMemoryError.class, "memory");
    KINDS.put(LinkageError.class, "native-libraries");

    PLACES.put("model", "model-use");
    PLACES.put("model.CheckpointFiles", "checkpoint-files");
    PLACES.put("model.ModelNames", "model-names");
    PLACES.put("model.HubCache", "model-names");
    PLACES.put("model.HubName", "model-names");
    PLACES.put("model.ConfigJson", "checkpoint-config");
    PLACES.put("model.ConfigReader", "checkpoint-config");
    PLACES.put("model.ModelConfig", "checkpoint-config");
    PLACES.put("model.GenerationConfig", "generation-config");
    PLACES.put("model.GenerationKeys", "generation-config");
    PLACES.put("model.LogitsRules", "generation-config");
    PLACES.put("model.LayerTypes", "checkpoint-config");
    PLACES.put("model.Rope", "checkpoint-config");
    PLACES.put("model.Quantisation", "checkpoint-weights");
    PLACES.put("model.RopeScaling", "checkpoint-config");
    PLACES.put("model.Family", "checkpoint-config");
    PLACES.put("model.Weights", "checkpoint-weights");
    PLACES.put("model.SafeTensorsSource", "checkpoint-weights");
    PLACES.put("gguf", "gguf");
    PLACES.put("model.GgufFiles", "gguf");
    PLACES.put("model.GgufConfig", "gguf");
    PLACES.put("model.GgufSource", "gguf");
    PLACES.put("model.GgufTokenizer", "gguf");
    PLACES.put("model.LoadOptions", "load-options");
    PLACES.put("model.TensorEngine", "native-libraries");
    PLACES.put("model.Tokenizer", "tokenizer");
    PLACES.put("model.TokenizerFiles", "tokenizer");
    PLACES.put("model.Encoding", "tokenizer");
    PLACES.put("model.ChatFormat", "chat-template");
    PLACES.put("model.LanguageModel#tokenizer", "tokenizer");
    PLACES.put("template", "chat-template");
    PLACES.put("head", "heads");
    PLACES.put("trace", "trace-content");
    PLACES.put("trace.Span", "spans");
    PLACES.put("trace.Spans", "spans");
    PLACES.put("trace.Prompt", "spans");
    PLACES.put("safetensors", "damaged-files");
    PLACES.put("json", "damaged-files");
    PLACES.put("task", "task-options");
    PLACES.put("task.Haystack", "haystack");
    PLACES.put("task.HotpotQa", "questions");
    PLACES.put("task.QuestionReader", "questions");
    PLACES.put("score", "scores");
    PLACES.put("score.CopyPasteScore", "trace-content");
    PLACES.put("score.ReasoningScore", "trace-content");
    PLACES.put("score.HeadScores", "score-files");
    PLACES.put("ablation", "masking");
    PLACES.put("matrix", "correlation");
    PLACES.put("pairs", "correlation");
    PLACES.put("correlation", "correlation");
    PLACES.put("probe", "correlation");
    PLACES.put("bench", "experiment-options");
    PLACES.put("rag", "rag");
    PLACES.put("reference", "reference-world");
    PLACES.put("experiment", "experiment-options");
    PLACES.put("experiment.Results", "results-folder");
    PLACES.put("figure", "figures-and-pages");
    PLACES.put("page", "figures-and-pages");
    PLACES.put("page.TraceExplorer", "trace-content");
    PLACES.put("notebook", "kernel");
    PLACES.put("cli", "wrong-use");
    PLACES.put("cli.DownloadCommand", "download");
    PLACES.put("cli.Messages", "messages");
  }

  private ErrorSection() {}

  /** The section of a failure, such as {@code checkpoint-config}. */
  static String of(Throwable e) {
    for (Map.Entry<Class<? extends Throwable>, String> kind : KINDS.entrySet()) {
      if (kind.getKey().isInstance(e)) {
        return kind.getValue();
      }
    }
    if (String.valueOf(e.getMessage()).matches("(?is).*(out of memory|can't allocate).*")) {
      return "memory"; // said by the tensor engine
    }
    String place = place(e);
    boolean file = e instanceof UncheckedIOException || e instanceof IOException;
    return file && !place.equals("results-folder") && !place.startsWith("checkpoint")
        ? "files"
        : place;
  }

  /** By what of ours threw it; what a library threw is laid to a caller that answers for it. */
  private static String place(Throwable e) {
    StackTraceElement[] frames = e.getStackTrace();
    for (StackTraceElement frame : frames) {
      if (frame.getClassName().startsWith(OURS)) {
        String name = frame.getClassName().substring(OURS.length()).replaceAll("\\$.*", "");
        String method = frame.getMethodName().replaceAll("^lambda\\$(\\w+)\\$\\d+$", "$1");
        String room = name.substring(0, Math.max(0, name.indexOf('.')));
        boolean meant = frame == frames[0] || e.getClass().getName().startsWith(OURS);
        String byClass =
            PLACES.getOrDefault(name, meant ? PLACES.getOrDefault(room, UNEXPECTED) : UNEXPECTED);
        return PLACES.getOrDefault(name + "#" + method, byClass);
      }
    }
    return UNEXPECTED;
  }

  /** Every section that a message can point to. */
  static Set<String> all() {
    Set<String> all = new TreeSet<>(KINDS.values());
    all.addAll(PLACES.values());
    all.add("files");
    all.add(UNEXPECTED);
    return all;
  }

  /** Rooms and classes that have a section of their own. */
  static Set<String> places() {
    return PLACES.keySet();
  }
}

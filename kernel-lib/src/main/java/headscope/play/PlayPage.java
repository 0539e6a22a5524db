package headscope.play;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import headscope.file.FileFault;
import headscope.file.WholeFile;
import headscope.html.Templates;
import headscope.json.Json;
import headscope.model.Checkpoint;
import headscope.model.Tokenizer;
import headscope.page.Page;
import headscope.safetensors.SafeTensors;
import headscope.task.Haystack;
import headscope.task.NeedleInHaystack;
import headscope.task.NeedleTrial;
import headscope.template.Markup;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * The page with the reference model alive in it: one file that asks for nothing else. It holds the
 * weights in half precision, the tokenizer, the essays and the scripts that run them.
 *
 * <pre>
 *   PlayPage.standard().save(Path.of("play.html"));
 * </pre>
 */
public final class PlayPage {
  private static final String MODEL = "/headscope/reference/model/";
  private static final String WEIGHTS = "model.safetensors";

  /** What a checkpoint has beside its weights. */
  private static final List<String> FILES =
      List.of(
          "config.json",
          "generation_config.json",
          "special_tokens_map.json",
          "tokenizer.json",
          "tokenizer_config.json");

  /** In the order in which each needs those before it. */
  private static final List<String> SCRIPTS =
      List.of(
          "draws.js",
          "tokenizer.js",
          "haystack.js",
          "model.js",
          "generation.js",
          "engine.js",
          "words.js",
          "text.js",
          "answer.js",
          "map.js",
          "tries.js",
          "address.js",
          "page.js",
          "start.js");

  // The first question: what the page shows before anybody has done anything.
  private static final int ESSAY = 20;
  private static final int LENGTH = 200;

  private final HalfWeights weights;
  private final JsonObject config;

  private PlayPage(HalfWeights weights, JsonObject config) {
    this.weights = weights;
    this.config = config;
  }

  /** The page of the reference model. */
  public static PlayPage standard() {
    try (SafeTensors file = SafeTensors.of(Path.of(WEIGHTS), bytes(MODEL + WEIGHTS))) {
      return new PlayPage(HalfWeights.of(file), Json.object(text(MODEL + "config.json")));
    }
  }

  /**
   * Writes the page; the file is complete or not there.
   *
   * @return the file
   * @throws UncheckedIOException if it cannot be written
   */
  public Path save(Path file) {
    return page().save(file);
  }

  /** The page: a whole HTML document. */
  public String html() {
    return page().html();
  }

  /**
   * Writes the weights that the page computes with as a checkpoint folder in Hugging Face's form,
   * F16: what any other engine says on them, in float32, can be held against the page.
   *
   * @param folder made if it is not there
   * @return the folder
   * @throws UncheckedIOException if it cannot be written
   */
  public Path saveCheckpoint(Path folder) {
    try {
      Files.createDirectories(folder);
      for (String name : FILES) {
        byte[] content = bytes(MODEL + name);
        WholeFile.write(folder.resolve(name), part -> Files.write(part, content));
      }
    } catch (IOException e) {
      throw new UncheckedIOException("cannot write " + folder + ": " + FileFault.of(e), e);
    }
    weights.write(folder.resolve(WEIGHTS));
    return folder;
  }

  private Page page() {
    int layers = config.get("num_hidden_layers").getAsInt();
    int perLayer = config.get("num_attention_heads").getAsInt();
    Map<String, Object> values = new LinkedHashMap<>();
    values.put("name", Checkpoint.REFERENCE);
    values.put("layers", layers);
    values.put("per_layer", perLayer);
    values.put("heads", layers * perLayer);
    values.put("millions", String.format(Locale.ROOT, "%.1f", weights.parameters() / 1e6));
    values.put("vocabulary", config.get("vocab_size").getAsInt());
    values.put("data", new Markup(Json.inHtml(data())));
    values.put("weights", new Markup(weights.base64()));
    String body = Templates.render(PlayPage.class, "play.html", values);
    return new Page(
        "Which heads fetch the answer?",
        Templates.text(PlayPage.class, "play.css"),
        new Markup(body),
        Page.script(PlayPage.class, SCRIPTS),
        true);
  }

  /** What the page's scripts know of the model beside its weights. */
  private Map<String, Object> data() {
    Map<String, Object> data = new LinkedHashMap<>();
    data.put("config", config);
    data.put("tensors", weights.names());
    data.put("tokenizer", tokenizer());
    data.put("essays", Haystack.standard().essays());
    NeedleInHaystack task = NeedleInHaystack.classic();
    try (Tokenizer tokenizer = Tokenizer.load(Checkpoint.parse(Checkpoint.REFERENCE))) {
      NeedleTrial first = task.trial(tokenizer, LENGTH, .5, 0);
      data.put("frame", task.frame(tokenizer));
      data.put("needle", first.needle());
      data.put("question", first.question());
    }
    data.put("essay", ESSAY);
    data.put("length", LENGTH);
    return data;
  }

  /** The vocabulary in the order of ids, the merges in theirs, and the special tokens. */
  private static Map<String, Object> tokenizer() {
    JsonObject json = Json.object(text(MODEL + "tokenizer.json"));
    JsonObject bpe = json.getAsJsonObject("model");
    JsonObject ids = bpe.getAsJsonObject("vocab");
    String[] vocabulary = new String[ids.size()];
    ids.entrySet().forEach(e -> vocabulary[e.getValue().getAsInt()] = e.getKey());
    JsonArray special = new JsonArray();
    json.getAsJsonArray("added_tokens")
        .forEach(t -> special.add(t.getAsJsonObject().get("content")));
    return Map.of("vocabulary", vocabulary, "merges", bpe.get("merges"), "special", special);
  }

  private static String text(String resource) {
    return new String(bytes(resource), StandardCharsets.UTF_8);
  }

  private static byte[] bytes(String resource) {
    try (InputStream in = PlayPage.class.getResourceAsStream(resource)) {
      return in.readAllBytes();
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read " + resource + " in the jar: " + e, e);
    }
  }

  @Override
  public String toString() {
    return String.format(
        Locale.ROOT,
        "PlayPage[%s, %d parameters in half precision]",
        Checkpoint.REFERENCE,
        weights.parameters());
  }
}

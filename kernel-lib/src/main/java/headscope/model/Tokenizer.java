package headscope.model;

import ai.djl.huggingface.tokenizers.HuggingFaceTokenizer;
import ai.djl.huggingface.tokenizers.jni.CharSpan;
import com.google.gson.Gson;
import com.google.gson.JsonElement;
import com.google.gson.JsonNull;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import headscope.trace.Prompt;
import headscope.warning.Warnings;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * The tokenizer of a checkpoint: {@code tokenizer.json} through the Hugging Face library, and the
 * chat template. Nothing is truncated, padded or cleaned up.
 */
public final class Tokenizer implements AutoCloseable {
  private static final Map<String, String> AS_IS =
      Map.of("truncation", "false", "padding", "false", "addSpecialTokens", "false");

  private final HuggingFaceTokenizer tokenizer;
  private final ChatFormat chat;
  private final int vocabulary;
  private final double maxLength;
  private final AtomicBoolean warned = new AtomicBoolean();

  private Tokenizer(
      HuggingFaceTokenizer tokenizer, ChatFormat chat, int vocabulary, double maxLength) {
    this.tokenizer = tokenizer;
    this.chat = chat;
    this.vocabulary = vocabulary;
    this.maxLength = maxLength;
  }

  /**
   * Reads {@code tokenizer.json} and, where they are there, {@code tokenizer_config.json}, {@code
   * special_tokens_map.json}, {@code added_tokens.json}, {@code chat_template.jinja} and {@code
   * additional_chat_templates/}, as transformers 5 puts them together.
   *
   * @param checkpoint a checkpoint folder, or a GGUF file, even one without weights
   * @throws CheckpointException if a file is missing or damaged
   */
  public static Tokenizer load(Path checkpoint) {
    return load(
        checkpoint.toString().endsWith(".gguf")
            ? new GgufFiles(checkpoint)
            : CheckpointFiles.folder(checkpoint));
  }

  /** The tokenizer of a checkpoint, whose weights are not read. */
  public static Tokenizer load(Checkpoint checkpoint) {
    return load(CheckpointFiles.of(checkpoint));
  }

  static Tokenizer load(CheckpointFiles files) {
    try {
      TokenizerFiles read = TokenizerFiles.read(files);
      JsonObject root = read.json();
      // A tokenizer saved while it was set to truncate would go on doing so, silently.
      root.add("truncation", JsonNull.INSTANCE);
      root.add("padding", JsonNull.INSTANCE);
      int vocabulary = highestId(root) + 1;
      byte[] json = new Gson().toJson(root).getBytes(StandardCharsets.UTF_8);
      TensorEngine.start();
      return new Tokenizer(
          HuggingFaceTokenizer.newInstance(new ByteArrayInputStream(json), AS_IS),
          ChatFormat.load(files, read.special()),
          vocabulary,
          read.maxLength());
    } catch (CheckpointException e) {
      throw e;
    } catch (IOException | RuntimeException e) {
      throw TokenizerFiles.damaged(files, e);
    }
  }

  private static boolean isSet(JsonObject root, String key) {
    return root.has(key) && !root.get(key).isJsonNull();
  }

  private static int highestId(JsonObject root) {
    int highest = -1;
    JsonElement vocab = root.getAsJsonObject("model").get("vocab");
    if (vocab.isJsonObject()) {
      for (Map.Entry<String, JsonElement> e : vocab.getAsJsonObject().entrySet()) {
        highest = Math.max(highest, e.getValue().getAsInt());
      }
    } else {
      highest = vocab.getAsJsonArray().size() - 1;
    }
    if (isSet(root, "added_tokens")) {
      for (JsonElement e : root.getAsJsonArray("added_tokens")) {
        highest = Math.max(highest, e.getAsJsonObject().get("id").getAsInt());
      }
    }
    if (highest < 0) {
      throw new JsonParseException("its vocabulary is empty");
    }
    return highest;
  }

  /** The number of ids: the highest one and one, added tokens included. */
  public int vocabulary() {
    return vocabulary;
  }

  /** Encodes a text as it stands: no token is added; special tokens in the text are recognised. */
  public Encoding encode(String text) {
    return encode(text, false);
  }

  /**
   * Encodes a text.
   *
   * @param text any text
   * @param addSpecialTokens whether the tokenizer's begin token and the like are added
   */
  public Encoding encode(String text, boolean addSpecialTokens) {
    ai.djl.huggingface.tokenizers.Encoding e = tokenizer.encode(text, addSpecialTokens, false);
    int n = e.getIds().length;
    int[] from = new int[n];
    int[] to = new int[n];
    int[] chars = charOfCodePoint(text);
    CharSpan[] spans = e.getCharTokenSpans();
    for (int i = 0; i < n; i++) {
      if (spans[i] != null) { // null for tokens that the post-processor adds
        from[i] = chars[spans[i].getStart()];
        to[i] = chars[spans[i].getEnd()];
      }
    }
    int[] ids = Arrays.stream(e.getIds()).mapToInt(Math::toIntExact).toArray();
    return new Encoding(text, ids, Arrays.asList(e.getTokens()), from, to);
  }

  /** The library counts code points, Java counts UTF-16 units: an emoji is one or two. */
  private static int[] charOfCodePoint(String text) {
    int[] chars = new int[text.codePointCount(0, text.length()) + 1];
    int at = 0;
    for (int i = 0; i < chars.length; i++) {
      chars[i] = at;
      at += at < text.length() ? Character.charCount(text.codePointAt(at)) : 0;
    }
    return chars;
  }

  /** The text of ids, special tokens left out. */
  public String decode(int... ids) {
    return decode(ids, true);
  }

  /**
   * The text of ids.
   *
   * @param ids token ids, [tokens]
   * @param skipSpecialTokens whether special tokens are left out
   */
  public String decode(int[] ids, boolean skipSpecialTokens) {
    long[] longs = Arrays.stream(ids).asLongStream().toArray();
    return tokenizer.decode(longs, skipSpecialTokens);
  }

  /**
   * What each id adds to the text, special tokens included; a character that is split over several
   * tokens is added by its last one. Joined they are the decoded text.
   */
  public List<String> decodeEach(int... ids) {
    TokenTexts texts = texts();
    List<String> parts = new ArrayList<>();
    Arrays.stream(ids).forEach(id -> parts.add(texts.next(id)));
    int last = parts.size() - 1;
    if (last >= 0) {
      parts.set(last, parts.get(last) + texts.rest());
    }
    return parts;
  }

  /** Begins a text that comes token by token. */
  public TokenTexts texts() {
    return new TokenTexts(this);
  }

  /**
   * A plain text as a prompt, with the begin token if the tokenizer adds one and it is not there.
   */
  public Prompt prompt(String text) {
    boolean begins = !chat.beginToken().isEmpty() && text.startsWith(chat.beginToken());
    return encode(text, !begins).prompt();
  }

  /** Warns, once, of a prompt that is longer than the tokenizer's makers meant prompts to be. */
  void checkLength(Prompt prompt) {
    if (prompt.length() > maxLength && warned.compareAndSet(false, true)) {
      Warnings.say(
          String.format(
              "the prompt has %d tokens, %s says model_max_length = %.0f: beyond it the model was"
                  + " not trained",
              prompt.length(), TokenizerFiles.CONFIG, maxLength));
    }
  }

  /**
   * The names of the chat templates; the one that is taken, if there is one, is {@code default}.
   */
  public List<String> templates() {
    return List.copyOf(chat.templates().keySet());
  }

  /**
   * This tokenizer with another of its chat templates; the two are closed together.
   *
   * @param name one of {@link #templates()}
   * @throws CheckpointException if there is no such template
   */
  public Tokenizer withTemplate(String name) {
    return new Tokenizer(tokenizer, chat.with(name), vocabulary, maxLength);
  }

  /** Whether the checkpoint has a chat template. */
  public boolean hasChatTemplate() {
    return chat.hasTemplate();
  }

  /**
   * A conversation as the model's chat template writes it, ready for the assistant's answer.
   *
   * @param messages each with {@code role} and {@code content}, and whatever else the template
   *     reads
   * @throws CheckpointException if there is no template, or it refuses the messages
   */
  public String render(List<Map<String, Object>> messages) {
    return render(messages, Map.of());
  }

  /**
   * A conversation as the model's chat template writes it, with further variables that the template
   * reads, such as {@code enable_thinking} or {@code date_string}.
   */
  public String render(List<Map<String, Object>> messages, Map<String, Object> variables) {
    return chat.render(messages, variables);
  }

  /** A conversation as a prompt: rendered, then encoded as it stands. */
  public Prompt chat(List<Map<String, Object>> messages) {
    return encode(render(messages)).prompt();
  }

  /** A question to the assistant as a prompt; a blank system text is left out. */
  public Prompt chat(String system, String user) {
    return chat(messages(system, user));
  }

  /** A system message, unless it is blank, and a user message. */
  public static List<Map<String, Object>> messages(String system, String user) {
    List<Map<String, Object>> messages = new ArrayList<>();
    if (!system.isBlank()) {
      messages.add(message("system", system));
    }
    messages.add(message("user", user));
    return messages;
  }

  private static Map<String, Object> message(String role, String content) {
    Map<String, Object> m = new LinkedHashMap<>();
    m.put("role", role);
    m.put("content", content);
    return m;
  }

  @Override
  public void close() {
    tokenizer.close();
  }

  @Override
  public String toString() {
    return "Tokenizer["
        + vocabulary
        + " tokens"
        + (hasChatTemplate() ? ", with a chat template]" : "]");
  }
}

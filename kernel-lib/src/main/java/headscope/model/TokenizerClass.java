package headscope.model;

import com.google.gson.JsonElement;
import com.google.gson.JsonNull;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import headscope.failure.Section;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * The class that transformers 5.23.0 makes a tokenizer of. Some take of {@code tokenizer.json} the
 * vocabulary, the merges and the post-processor alone, and have their own way to cut a text; {@code
 * tokenizer_class} and the family of the model say which class it is.
 *
 * @param name as {@code tokenizer_class} has it, without {@code Fast}
 * @param tokens special tokens that it has where nothing is said of them
 */
record TokenizerClass(String name, Map<String, String> tokens) {
  private static final List<TokenizerClass> ALL =
      List.of(
          of("GPT2Tokenizer", "bos <|endoftext|> eos <|endoftext|> unk <|endoftext|>"),
          of("Qwen2Tokenizer", "eos <|endoftext|> unk <|endoftext|> pad <|endoftext|>"),
          of("LlamaTokenizer", "bos <s> eos </s> unk <unk>"),
          of("GemmaTokenizer", "bos <bos> eos <eos> unk <unk> pad <pad> mask <mask>"));

  /** What stands before {@code Tokenizer} in the names of other classes with ways of their own. */
  private static final Set<String> OTHERS =
      Set.of(
          ("Albert Barthez Bert BigBird Blenderbot CLIP Camembert CodeGen CodeLlama Cohere "
                  + "Deberta DebertaV2 Esmc Funnel GPTNeoX Herbert Lasr LayoutLMv2 LayoutLMv3 "
                  + "LayoutXLM Luke MBart50 MBart MLuke MPNet MarkupLM Nllb Nougat OpenAIGPT Pegasus "
                  + "Qwen3_5 Reformer RemBert Roberta SeamlessM4T Siglip2 Splinter T5 Tipsv2 Udop "
                  + "VideoPrism Whisper XGLM XLMRoberta XLNet")
              .split(" "));

  /** What a family's tokenizer is made of where {@code tokenizer_class} does not decide. */
  private static final Map<String, String> REGISTERED =
      Map.of(
          "qwen2", "Qwen2Tokenizer",
          "qwen3", "Qwen2Tokenizer",
          "gemma3_text", "GemmaTokenizer",
          "phi3", "TokenizersBackend",
          "mistral", "TokenizersBackend",
          "olmo2", "TokenizersBackend");

  private static final String QWEN2 =
      "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}"
          + "| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+";

  private static TokenizerClass of(String name, String tokens) {
    Map<String, String> byKey = new LinkedHashMap<>(); // ids are given in this order
    String[] words = tokens.split(" ");
    for (int i = 0; i < words.length; i += 2) {
      byKey.put(words[i] + "_token", words[i + 1]);
    }
    return new TokenizerClass(name, byKey);
  }

  /**
   * The class of a checkpoint's tokenizer; empty where the file counts as it stands.
   *
   * @throws CheckpointException if the class cuts texts in a way that is not implemented
   */
  static Optional<TokenizerClass> of(CheckpointFiles files, ConfigJson config, JsonObject root) {
    if (!files.tokenizerHasClass()) {
      return Optional.empty();
    }
    String type = "";
    String declared = config.has("tokenizer_class") ? config.string("tokenizer_class") : "";
    if (files.has("config.json")) {
      ConfigJson model = ConfigJson.read(files, "config.json");
      type = model.has("model_type") ? model.string("model_type") : "";
      if (declared.isEmpty() && model.has("tokenizer_class")) {
        declared = model.string("tokenizer_class");
      }
    }
    String name = name(type, declared.replaceFirst("Fast$", ""), root);
    Optional<TokenizerClass> found = ALL.stream().filter(c -> c.name().equals(name)).findFirst();
    JsonElement kind = root.getAsJsonObject("model").get("type");
    boolean merges = kind == null || kind.getAsString().equals("BPE");
    if (found.isPresent() && !merges || OTHERS.contains(name.replaceFirst("Tokenizer$", ""))) {
      throw new CheckpointException(
          Section.TOKENIZER,
          String.format(
              "the tokenizer is of the class %s, which cuts a text in its own way and not as %s"
                  + " says; write that way down with transformers: PreTrainedTokenizerFast("
                  + "tokenizer_object=AutoTokenizer.from_pretrained(…).backend_tokenizer)"
                  + ".save_pretrained(…)",
              name, files.path(TokenizerFiles.TOKENIZER)));
    }
    return found;
  }

  private static String name(String type, String declared, JsonObject root) {
    String registered = REGISTERED.getOrDefault(type, "");
    if (declared.isEmpty()
        || type.equals("qwen2") // whose published files name wrong ones
        || registered.equals("TokenizersBackend")) {
      return registered;
    }
    // Llama 3 and its like are published under the name of Llama 2's class
    return declared.equals("LlamaTokenizer") && isByteLevel(root) ? "" : declared;
  }

  private static boolean isByteLevel(JsonObject root) {
    return List.of("pre_tokenizer", "decoder").stream()
        .anyMatch(part -> String.valueOf(root.get(part)).contains("\"type\":\"ByteLevel\""));
  }

  /** Adds the special tokens of the class, where a configuration says nothing of them. */
  void addTokens(JsonObject config) {
    tokens.forEach(
        (key, token) -> {
          if (!config.has(key)) {
            config.addProperty(key, token);
          }
        });
  }

  /**
   * Puts the way of the class in place of that of the file.
   *
   * @param root tokenizer.json, which is changed
   */
  void rebuild(JsonObject root, ConfigJson config) {
    boolean spaceBefore = config.flag("add_prefix_space", name.equals("LlamaTokenizer"));
    JsonObject model = root.getAsJsonObject("model");
    boolean bytes = name.equals("GPT2Tokenizer") || name.equals("Qwen2Tokenizer");
    model.add("dropout", JsonNull.INSTANCE);
    model.add("unk_token", JsonNull.INSTANCE);
    model.addProperty("continuing_subword_prefix", bytes ? "" : null);
    model.addProperty("end_of_word_suffix", bytes ? "" : null);
    model.addProperty("fuse_unk", !bytes);
    model.addProperty("byte_fallback", !bytes);
    model.addProperty("ignore_merges", false);
    switch (name) {
      case "GPT2Tokenizer" -> {
        set(root, "normalizer", "null");
        set(root, "pre_tokenizer", byteLevel(spaceBefore, true));
        set(root, "decoder", byteLevel(true, true));
      }
      case "Qwen2Tokenizer" -> {
        set(root, "normalizer", "{'type': 'NFC'}");
        JsonObject split = new JsonObject();
        split.addProperty("Regex", QWEN2);
        set(
            root,
            "pre_tokenizer",
            "{'type': 'Sequence', 'pretokenizers': [{'type': 'Split', 'pattern': "
                + split
                + ", 'behavior': 'Isolated', 'invert': false}, "
                + byteLevel(spaceBefore, false)
                + "]}");
        set(root, "decoder", byteLevel(true, true));
      }
      case "LlamaTokenizer" -> {
        String scheme = config.flag("legacy", false) ? "always" : "first";
        set(root, "normalizer", "null");
        set(
            root,
            "pre_tokenizer",
            String.format(
                "{'type': 'Metaspace', 'replacement': '▁', 'prepend_scheme': '%s', 'split': false}",
                spaceBefore ? scheme : "never"));
        set(root, "decoder", pieces(spaceBefore));
      }
      default -> {
        String unknown = unknown(config);
        if (!model.getAsJsonObject("vocab").has(unknown)) {
          throw new CheckpointException(
              Section.TOKENIZER,
              String.format(
                  "transformers makes this tokenizer of its class %s, for which the vocabulary of"
                      + " %s lacks the unknown token \"%s\"; another class is said by"
                      + " tokenizer_class in %s",
                  name, TokenizerFiles.TOKENIZER, unknown, config.file()));
        }
        model.addProperty("unk_token", unknown);
        set(root, "normalizer", "{'type': 'Replace', 'pattern': {'String': ' '}, 'content': '▁'}");
        set(
            root,
            "pre_tokenizer",
            "{'type': 'Split', 'pattern': {'String': ' '}, 'behavior': 'MergedWithPrevious',"
                + " 'invert': false}");
        set(root, "decoder", pieces(false));
      }
    }
  }

  private String unknown(ConfigJson config) {
    JsonElement said = config.object().get("unk_token");
    boolean object = said != null && said.isJsonObject() && said.getAsJsonObject().has("content");
    JsonElement token = object ? said.getAsJsonObject().get("content") : said;
    return token == null || token.isJsonNull() ? tokens.get("unk_token") : token.getAsString();
  }

  private static void set(JsonObject root, String part, String json) {
    root.add(part, JsonParser.parseString(json));
  }

  private static String byteLevel(boolean spaceBefore, boolean regex) {
    return String.format(
        "{'type': 'ByteLevel', 'add_prefix_space': %b, 'trim_offsets': true, 'use_regex': %b}",
        spaceBefore, regex);
  }

  private static String pieces(boolean strip) {
    return "{'type': 'Sequence', 'decoders': [{'type': 'Replace', 'pattern': {'String': '▁'},"
        + " 'content': ' '}, {'type': 'ByteFallback'}, {'type': 'Fuse'}"
        + (strip ? ", {'type': 'Strip', 'content': ' ', 'start': 1, 'stop': 0}" : "")
        + "]}";
  }
}

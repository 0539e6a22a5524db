package headscope.model;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonNull;
import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;
import headscope.failure.Section;
import headscope.gguf.Metadata;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;

/**
 * The tokenizer.json and tokenizer_config.json that the metadata of a GGUF file stand for:
 * byte-level BPE ({@code gpt2}), whose splitting of a text before the merges has only a name in the
 * file, and the BPE with scores and byte fallback of Llama 2 ({@code llama}).
 *
 * <p>One class of some length: two kinds of tokenizers are written in one form and share most of
 * its parts.
 */
final class GgufTokenizer {
  private static final String PREFIX = "tokenizer.ggml.";
  private static final String MODEL = PREFIX + "model";
  private static final String PRE = PREFIX + "pre";
  private static final String TOKENS = PREFIX + "tokens";
  private static final String TYPES = PREFIX + "token_type";
  private static final String SCORES = PREFIX + "scores";
  private static final String MERGES = PREFIX + "merges";
  private static final String TEMPLATE = "tokenizer.chat_template";

  private static final int NORMAL = 1;
  private static final int UNKNOWN = 2;
  private static final int CONTROL = 3;
  private static final int USER_DEFINED = 4;
  private static final int UNUSED = 5;

  /** What closes a turn in chats of the published families; see {@link #endTokens}. */
  private static final Map<String, Set<String>> CLOSING =
      Map.of(
          "eot", Set.of("<|eot_id|>", "<|im_end|>", "<|end|>", "<end_of_turn>"),
          "eom", Set.of("<|eom_id|>"));

  /** The keys of special tokens, by the names that templates use. */
  private static final Map<String, String> SPECIAL = new LinkedHashMap<>();

  static {
    SPECIAL.put("bos_token", "bos");
    SPECIAL.put("eos_token", "eos");
    SPECIAL.put("unk_token", "unknown");
    SPECIAL.put("sep_token", "seperator"); // spelled so in the files
    SPECIAL.put("pad_token", "padding");
    SPECIAL.put("mask_token", "mask");
  }

  private final Path file;
  private final Metadata metadata;
  private final List<String> tokens;
  private final long[] types;
  private final boolean scored;
  private final Pre pre;

  /**
   * Reads the vocabulary.
   *
   * @throws CheckpointException if it is damaged or of a kind that is not implemented
   */
  GgufTokenizer(Path file, Metadata metadata) {
    this.file = file;
    this.metadata = metadata;
    String model = metadata.text(MODEL);
    if (!model.equals("gpt2") && !model.equals("llama")) {
      throw refuse(MODEL, "gpt2, llama");
    }
    this.scored = model.equals("llama");
    this.pre = scored ? Pre.NONE : pre();
    this.tokens = metadata.texts(TOKENS);
    this.types = types();
    checkOnce();
  }

  /** Whether a file has a tokenizer: some are made without. */
  static boolean isIn(Metadata metadata) {
    return metadata.has(TOKENS) && metadata.has(MODEL);
  }

  private CheckpointException refuse(String key, String allowed) {
    return new CheckpointException(
        Section.GGUF,
        String.format("%s has %s = %s; supported: %s", file, key, metadata.show(key), allowed));
  }

  private Pre pre() {
    if (!metadata.has(PRE)) {
      return Pre.of("default").orElseThrow(); // llama.cpp takes it so
    }
    return Pre.of(metadata.text(PRE)).orElseThrow(() -> refuse(PRE, Pre.known()));
  }

  private long[] types() {
    if (!metadata.has(TYPES)) {
      long[] all = new long[tokens.size()];
      Arrays.fill(all, NORMAL);
      return all;
    }
    long[] all = metadata.integers(TYPES);
    if (all.length != tokens.size()) {
      throw refuse(TYPES, "a type for each of the " + tokens.size() + " tokens");
    }
    return all;
  }

  private void checkOnce() {
    Map<String, Integer> ids = new HashMap<>();
    for (int i = 0; i < tokens.size(); i++) {
      Integer before = ids.put(tokens.get(i), i);
      if (before != null) {
        throw new CheckpointException(
            Section.GGUF,
            String.format(
                "%s has the token \"%s\" twice in %s, as %d and %d",
                file, tokens.get(i), TOKENS, before, i));
      }
    }
  }

  /** The id of a special token, such as {@code eos}. */
  private static Optional<Long> special(Metadata metadata, String which) {
    String key = PREFIX + which + "_token_id";
    return metadata.has(key) ? Optional.of(metadata.integer(key)) : Optional.empty();
  }

  /**
   * The ids that end a generation: those of {@code eos}, {@code eot} and {@code eom}. Where a file
   * lacks one of the last two, the control token that closes a turn, as llama.cpp finds it.
   */
  static SortedSet<Long> endTokens(Metadata metadata) {
    SortedSet<Long> ends = new TreeSet<>();
    for (String which : List.of("eos", "eot", "eom")) {
      special(metadata, which).ifPresent(ends::add);
    }
    if (metadata.has(TOKENS) && metadata.has(TYPES)) {
      List<String> tokens = metadata.texts(TOKENS);
      long[] types = metadata.integers(TYPES);
      CLOSING.forEach(
          (which, texts) -> {
            for (int i = 0; i < Math.min(types.length, tokens.size()); i++) {
              if (special(metadata, which).isEmpty()
                  && types[i] == CONTROL
                  && texts.contains(tokens.get(i))) {
                ends.add((long) i);
              }
            }
          });
    }
    return ends;
  }

  /** What tokenizer_config.json would hold: special tokens and chat templates. */
  JsonObject config() {
    JsonObject c = new JsonObject();
    SPECIAL.forEach((name, which) -> specialText(which).ifPresent(t -> c.addProperty(name, t)));
    JsonArray templates = new JsonArray();
    if (metadata.has(TEMPLATE)) {
      templates.add(template("default", metadata.text(TEMPLATE)));
    }
    for (String key : metadata.keys()) {
      if (key.startsWith(TEMPLATE + ".")) {
        templates.add(template(key.substring(TEMPLATE.length() + 1), metadata.text(key)));
      }
    }
    if (templates.size() == 1 && metadata.has(TEMPLATE)) {
      c.addProperty("chat_template", metadata.text(TEMPLATE));
    } else if (!templates.isEmpty()) {
      c.add("chat_template", templates);
    }
    return c;
  }

  private static JsonObject template(String name, String text) {
    JsonObject t = new JsonObject();
    t.addProperty("name", name);
    t.addProperty("template", text);
    return t;
  }

  private Optional<String> specialText(String which) {
    return specialId(which).map(tokens::get);
  }

  /** The id of a special token, checked; where the file has none, the one that its kind has. */
  private Optional<Integer> specialId(String which) {
    Optional<Long> id = special(metadata, which);
    if (id.isEmpty()) {
      String text =
          switch (which) {
            case "bos" -> scored ? "<s>" : pre.begin();
            case "eos" -> scored ? "</s>" : "";
            case "unknown" -> scored ? "<unk>" : "";
            default -> "";
          };
      int at = text.isEmpty() ? -1 : tokens.indexOf(text);
      return at < 0 || types[at] == NORMAL ? Optional.empty() : Optional.of(at);
    }
    if (id.get() < 0 || id.get() >= tokens.size()) {
      throw refuse(PREFIX + which + "_token_id", "an id of the " + tokens.size() + " tokens");
    }
    return Optional.of(id.get().intValue());
  }

  private boolean flag(String name, boolean otherwise) {
    return metadata.has(PREFIX + name) ? metadata.flag(PREFIX + name) : otherwise;
  }

  /** What tokenizer.json would hold. */
  JsonObject tokenizer() {
    boolean prefix = flag("add_space_prefix", scored);
    if (!scored && prefix) {
      throw refuse(PREFIX + "add_space_prefix", "false for gpt2");
    }
    if (flag("remove_extra_whitespaces", false)) {
      throw refuse(PREFIX + "remove_extra_whitespaces", "false");
    }
    JsonObject root = new JsonObject();
    root.addProperty("version", "1.0");
    root.add("truncation", JsonNull.INSTANCE);
    root.add("padding", JsonNull.INSTANCE);
    root.add("added_tokens", addedTokens());
    root.add("normalizer", scored ? spaces(prefix) : pre.normalizer());
    root.add("pre_tokenizer", scored ? JsonNull.INSTANCE : pre.preTokenizer());
    root.add("post_processor", postProcessor());
    root.add("decoder", scored ? fallbackDecoder(prefix) : Pre.byteLevel(true));
    root.add("model", model());
    return root;
  }

  /** Control tokens and those a user defined are found in a text before anything else is done. */
  private JsonArray addedTokens() {
    JsonArray added = new JsonArray();
    for (int i = 0; i < tokens.size(); i++) {
      if (types[i] == CONTROL || types[i] == UNKNOWN || types[i] == USER_DEFINED) {
        JsonObject t = new JsonObject();
        t.addProperty("id", i);
        t.addProperty("content", tokens.get(i));
        for (String off : List.of("single_word", "lstrip", "rstrip", "normalized")) {
          t.addProperty(off, false);
        }
        t.addProperty("special", types[i] != USER_DEFINED);
        added.add(t);
      }
    }
    return added;
  }

  private static JsonObject typed(String type) {
    JsonObject o = new JsonObject();
    o.addProperty("type", type);
    return o;
  }

  private static JsonObject replace(String from, String to) {
    JsonObject pattern = new JsonObject();
    pattern.addProperty("String", from);
    JsonObject o = typed("Replace");
    o.add("pattern", pattern);
    o.addProperty("content", to);
    return o;
  }

  private static JsonObject sequence(String key, JsonElement... parts) {
    JsonArray all = new JsonArray();
    for (JsonElement p : parts) {
      all.add(p);
    }
    JsonObject o = typed("Sequence");
    o.add(key, all);
    return o;
  }

  private static JsonObject spaces(boolean prefix) {
    JsonObject prepend = typed("Prepend");
    prepend.addProperty("prepend", "▁");
    return prefix
        ? sequence("normalizers", prepend, replace(" ", "▁"))
        : sequence("normalizers", replace(" ", "▁"));
  }

  private static JsonObject fallbackDecoder(boolean prefix) {
    JsonObject strip = typed("Strip");
    strip.addProperty("content", " ");
    strip.addProperty("start", prefix ? 1 : 0);
    strip.addProperty("stop", 0);
    return sequence("decoders", replace("▁", " "), typed("ByteFallback"), typed("Fuse"), strip);
  }

  private JsonElement postProcessor() {
    boolean begin = flag("add_bos_token", scored || !pre.begin().isEmpty());
    boolean end = flag("add_eos_token", false);
    if (flag("add_sep_token", false)) {
      throw refuse(PREFIX + "add_sep_token", "false");
    }
    if (!begin && !end) {
      return JsonNull.INSTANCE;
    }
    JsonObject names = new JsonObject();
    JsonArray single = new JsonArray();
    JsonArray pair = new JsonArray();
    for (int sequence = 0; sequence < 2; sequence++) {
      JsonArray one = new JsonArray();
      if (begin) {
        one.add(specialPiece("bos", sequence, names));
      }
      one.add(piece("Sequence", sequence == 0 ? "A" : "B", sequence));
      if (end) {
        one.add(specialPiece("eos", sequence, names));
      }
      pair.addAll(one);
      if (sequence == 0) {
        single = one;
      }
    }
    JsonObject o = typed("TemplateProcessing");
    o.add("single", single);
    o.add("pair", pair);
    o.add("special_tokens", names);
    return o;
  }

  private JsonObject specialPiece(String which, int sequence, JsonObject names) {
    int id =
        specialId(which)
            .orElseThrow(
                () ->
                    new CheckpointException(
                        Section.GGUF,
                        String.format(
                            "%s adds the %s token to a text but lacks %s%s_token_id",
                            file, which, PREFIX, which)));
    String text = tokens.get(id);
    JsonObject name = new JsonObject();
    name.addProperty("id", text);
    JsonArray ids = new JsonArray();
    ids.add(id);
    name.add("ids", ids);
    JsonArray texts = new JsonArray();
    texts.add(text);
    name.add("tokens", texts);
    names.add(text, name);
    return piece("SpecialToken", text, sequence);
  }

  private static JsonObject piece(String kind, String id, int sequence) {
    JsonObject inner = new JsonObject();
    inner.addProperty("id", id);
    inner.addProperty("type_id", sequence);
    JsonObject o = new JsonObject();
    o.add(kind, inner);
    return o;
  }

  private JsonObject model() {
    JsonObject vocab = new JsonObject();
    for (int i = 0; i < tokens.size(); i++) {
      // what fills up the vocabulary is no token of the original
      if (types[i] != UNUSED || !tokens.get(i).equals("[PAD" + i + "]")) {
        vocab.addProperty(tokens.get(i), i);
      }
    }
    JsonArray merges = new JsonArray();
    for (String[] m : merges()) {
      JsonArray pair = new JsonArray();
      pair.add(m[0]);
      pair.add(m[1]);
      merges.add(pair);
    }
    JsonObject o = typed("BPE");
    o.add("dropout", JsonNull.INSTANCE);
    o.add(
        "unk_token",
        scored
            ? specialText("unknown").<JsonElement>map(JsonPrimitive::new).orElse(JsonNull.INSTANCE)
            : JsonNull.INSTANCE);
    o.add("continuing_subword_prefix", JsonNull.INSTANCE);
    o.add("end_of_word_suffix", JsonNull.INSTANCE);
    o.addProperty("fuse_unk", scored);
    o.addProperty("byte_fallback", scored);
    o.addProperty("ignore_merges", pre.ignoreMerges());
    o.add("vocab", vocab);
    o.add("merges", merges);
    return o;
  }

  private List<String[]> merges() {
    if (metadata.has(MERGES)) {
      return writtenMerges();
    }
    if (!scored) {
      throw new CheckpointException(Section.GGUF, file + " lacks the key " + MERGES);
    }
    return mergesOfScores();
  }

  private List<String[]> writtenMerges() {
    Set<String> known = Set.copyOf(tokens);
    List<String[]> merges = new ArrayList<>();
    for (String m : metadata.texts(MERGES)) {
      int space = m.indexOf(' ', 1); // a token may begin with a space
      String[] pair = {m.substring(0, Math.max(0, space)), m.substring(space + 1)};
      if (space < 0
          || !known.contains(pair[0])
          || !known.contains(pair[1])
          || !known.contains(pair[0] + pair[1])) {
        throw new CheckpointException(
            Section.GGUF,
            String.format(
                "%s has \"%s\" in %s; wanted: two tokens that make a third, a space between",
                file, m, MERGES));
      }
      merges.add(pair);
    }
    return merges;
  }

  /** A merge of the list that scores imply. */
  private record Merge(double score, int left, int right, String token) {
    private String first() {
      return token.substring(0, token.offsetByCodePoints(0, left));
    }

    private String second() {
      return token.substring(token.offsetByCodePoints(0, left));
    }
  }

  /**
   * Every way to make a token of two others, the best score first, as transformers orders them: so
   * the merges do what the scores say.
   */
  private List<String[]> mergesOfScores() {
    double[] scores = metadata.numbers(SCORES);
    if (scores.length != tokens.size()) {
      throw refuse(SCORES, "a score for each of the " + tokens.size() + " tokens");
    }
    Map<String, Integer> ids = new HashMap<>();
    for (int i = 0; i < tokens.size(); i++) {
      ids.put(tokens.get(i), i);
    }
    List<Merge> all = new ArrayList<>();
    for (int i = 0; i < tokens.size(); i++) {
      String token = tokens.get(i);
      int length = token.codePointCount(0, token.length());
      List<Merge> ways = new ArrayList<>();
      for (int left = 1; left < length && types[i] == NORMAL; left++) {
        Merge m = new Merge(scores[i], left, length - left, token);
        if (ids.containsKey(m.first()) && ids.containsKey(m.second())) {
          ways.add(m);
        }
      }
      ways.sort(
          Comparator.comparingInt((Merge m) -> ids.get(m.first()))
              .thenComparingInt(m -> ids.get(m.second())));
      all.addAll(ways);
    }
    all.sort(
        Comparator.comparingDouble(Merge::score)
            .thenComparingInt(Merge::left)
            .thenComparingInt(Merge::right)
            .reversed());
    return all.stream().map(m -> new String[] {m.first(), m.second()}).toList();
  }

  /**
   * How a text is cut before the merges of a byte-level BPE, as the published tokenizers of the
   * kind do it.
   *
   * @param names what files call it
   * @param patterns cut one after the other, each match a piece and what is between; empty: as
   *     GPT-2
   * @param digits whether every digit is cut off before
   * @param composes whether the text is normalised to NFC, which no file says
   * @param ignoreMerges whether a piece that is a token is taken whole
   * @param begin the begin token that is added unless the file says otherwise; empty: none
   */
  private record Pre(
      List<String> names,
      List<String> patterns,
      boolean digits,
      boolean composes,
      boolean ignoreMerges,
      String begin) {
    private static final String WORDS =
        "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}%s"
            + "| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+";
    private static final String UPPER = "[\\p{Lu}\\p{Lt}\\p{Lm}\\p{Lo}\\p{M}]";
    private static final String LOWER = "[\\p{Ll}\\p{Lm}\\p{Lo}\\p{M}]";
    private static final String CASES =
        "[^\\r\\n\\p{L}\\p{N}]?"
            + UPPER
            + "*"
            + LOWER
            + "+%1$s|[^\\r\\n\\p{L}\\p{N}]?"
            + UPPER
            + "+"
            + LOWER
            + "*%1$s|\\p{N}%2$s| ?[^\\s\\p{L}\\p{N}]+[\\r\\n/]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+";

    static final Pre NONE = new Pre(List.of(), List.of(), false, false, false, "");

    private static final List<Pre> ALL =
        List.of(
            new Pre(
                List.of("llama-bpe", "llama3", "llama-v3"),
                List.of(String.format(WORDS, "{1,3}")),
                false,
                false,
                true,
                "<|begin_of_text|>"),
            new Pre( // Phi-4, OLMo 2
                List.of("dbrx"), List.of(String.format(WORDS, "{1,3}")), false, false, false, ""),
            new Pre(List.of("qwen2"), List.of(String.format(WORDS, "")), false, true, false, ""),
            new Pre(List.of("smollm"), List.of(), true, false, false, ""),
            new Pre(List.of("gpt-2"), List.of(), false, false, false, ""),
            new Pre(
                List.of("gpt-4o"),
                List.of(String.format(CASES, "(?i:'s|'t|'re|'ve|'m|'ll|'d)?", "{1,3}")),
                false,
                false,
                false,
                ""),
            new Pre(
                List.of("tekken"),
                List.of(String.format(CASES, "", "")),
                false,
                false,
                true,
                "<s>"),
            new Pre(
                List.of("default"),
                List.of(
                    "[\\p{P}\\$\\+<=>\\^~\\|]+",
                    "'s|'t|'re|'ve|'m|'ll|'d| ?\\p{L}+| ?\\p{N}+| ?[^\\s\\p{L}\\p{N}]+|\\s+(?!\\S)",
                    "\\p{N}+",
                    "[0-9][0-9][0-9]"),
                false,
                false,
                false,
                ""));

    static Optional<Pre> of(String name) {
      return ALL.stream().filter(p -> p.names().contains(name)).findFirst();
    }

    static String known() {
      return String.join(", ", ALL.stream().flatMap(p -> p.names().stream()).toList());
    }

    JsonElement normalizer() {
      return composes ? typed("NFC") : JsonNull.INSTANCE;
    }

    JsonElement preTokenizer() {
      List<JsonElement> parts = new ArrayList<>();
      if (digits) {
        JsonObject d = typed("Digits");
        d.addProperty("individual_digits", true);
        parts.add(d);
      }
      for (String p : patterns) {
        JsonObject pattern = new JsonObject();
        pattern.addProperty("Regex", p);
        JsonObject split = typed("Split");
        split.add("pattern", pattern);
        split.addProperty("behavior", "Isolated");
        split.addProperty("invert", false);
        parts.add(split);
      }
      parts.add(byteLevel(patterns.isEmpty()));
      return sequence("pretokenizers", parts.toArray(JsonElement[]::new));
    }

    /** Bytes as letters; with its own pattern, that of GPT-2. */
    static JsonObject byteLevel(boolean pattern) {
      JsonObject b = typed("ByteLevel");
      b.addProperty("add_prefix_space", false);
      b.addProperty("trim_offsets", false);
      b.addProperty("use_regex", pattern);
      return b;
    }
  }
}

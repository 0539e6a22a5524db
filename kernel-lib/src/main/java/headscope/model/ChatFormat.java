package headscope.model;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import headscope.template.Chat;
import headscope.template.ChatTemplate;
import headscope.template.TemplateException;
import java.nio.file.Path;
import java.time.LocalDateTime;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The chat template of a checkpoint and the special tokens it may name.
 *
 * @param file where the template stands
 * @param template its source; empty if there is none
 * @param specialTokens {@code bos_token} and the like, those that are set
 */
record ChatFormat(Path file, String template, Map<String, String> specialTokens) {
  private static final String CONFIG = "tokenizer_config.json";
  private static final String JINJA = "chat_template.jinja";
  private static final List<String> SPECIAL =
      List.of(
          "bos_token",
          "eos_token",
          "unk_token",
          "sep_token",
          "pad_token",
          "cls_token",
          "mask_token");

  static ChatFormat load(CheckpointFiles files) {
    JsonObject config = new JsonObject();
    if (files.has(CONFIG)) {
      try {
        config = JsonParser.parseString(files.text(CONFIG)).getAsJsonObject();
      } catch (JsonParseException | IllegalStateException e) {
        throw new CheckpointException(
            files.path(CONFIG) + " is no JSON object: " + e.getMessage(), e);
      }
    }
    Map<String, String> special = new LinkedHashMap<>();
    for (String name : SPECIAL) {
      String token = token(config.get(name));
      if (!token.isEmpty()) {
        special.put(name, token);
      }
    }
    return files.has(JINJA)
        ? new ChatFormat(files.path(JINJA), files.text(JINJA), special)
        : new ChatFormat(files.path(CONFIG), template(config.get("chat_template")), special);
  }

  /** A token is a text, or an object that has it as its content. */
  private static String token(JsonElement e) {
    if (e != null && e.isJsonObject()) {
      e = e.getAsJsonObject().get("content");
    }
    return e != null && e.isJsonPrimitive() ? e.getAsString() : "";
  }

  /** A template is a text, or a list of named ones of which "default" is for conversations. */
  private static String template(JsonElement e) {
    if (e != null && e.isJsonArray()) {
      for (JsonElement named : e.getAsJsonArray()) {
        if (named.isJsonObject() && token(named.getAsJsonObject().get("name")).equals("default")) {
          return token(named.getAsJsonObject().get("template"));
        }
      }
    }
    return token(e);
  }

  /** The text of the begin token; empty if there is none. */
  String beginToken() {
    return specialTokens.getOrDefault("bos_token", "");
  }

  boolean hasTemplate() {
    return !template.isEmpty();
  }

  String render(List<Map<String, Object>> messages, Map<String, Object> variables) {
    if (!hasTemplate()) {
      throw new CheckpointException(
          "the checkpoint has no chat template ("
              + JINJA
              + ", or chat_template in "
              + CONFIG
              + "); give a plain text instead of messages, or add the file");
    }
    Map<String, Object> all = new LinkedHashMap<>(specialTokens);
    all.putAll(variables);
    try {
      return ChatTemplate.parse(template)
          .render(new Chat(messages, null, null, true, all), LocalDateTime.now());
    } catch (TemplateException e) {
      throw new CheckpointException(
          "the chat template of " + file + " cannot be rendered: " + e.getMessage(), e);
    }
  }
}

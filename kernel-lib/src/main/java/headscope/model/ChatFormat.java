package headscope.model;

import com.google.gson.JsonElement;
import headscope.failure.Section;
import headscope.template.Chat;
import headscope.template.ChatTemplate;
import headscope.template.TemplateException;
import java.nio.file.Path;
import java.time.LocalDateTime;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The chat templates of a checkpoint and the special tokens they may name.
 *
 * @param file where the templates stand
 * @param templates their sources by name
 * @param chosen the name of the one that is taken
 * @param specialTokens {@code bos_token} and the like, those that are set
 */
record ChatFormat(
    Path file, Map<String, String> templates, String chosen, Map<String, String> specialTokens) {
  static final String JINJA = "chat_template.jinja";
  static final String FOLDER = "additional_chat_templates";
  private static final String DEFAULT = "default";

  /** Templates in files of their own go before those of tokenizer_config.json. */
  static ChatFormat load(CheckpointFiles files, Map<String, String> specialTokens) {
    Map<String, String> templates = new LinkedHashMap<>();
    if (files.has(JINJA)) {
      templates.put(DEFAULT, files.text(JINJA));
    }
    for (String file : files.list(FOLDER, ".jinja")) {
      String name = file.substring(FOLDER.length() + 1, file.length() - ".jinja".length());
      templates.put(name, files.text(file));
    }
    Path path = files.path(files.has(JINJA) || templates.isEmpty() ? JINJA : FOLDER);
    if (templates.isEmpty()) {
      templates = templates(TokenizerFiles.config(files));
      path = files.path(TokenizerFiles.CONFIG);
    }
    templates.values().removeIf(String::isEmpty);
    return new ChatFormat(path, templates, DEFAULT, specialTokens);
  }

  /** One template as a text, or several: a list of objects with name and template. */
  private static Map<String, String> templates(ConfigJson config) {
    String key = "chat_template";
    Map<String, String> templates = new LinkedHashMap<>();
    if (!config.has(key)) {
      return templates;
    }
    JsonElement e = config.get(key);
    if (e.isJsonArray()) {
      for (JsonElement named : e.getAsJsonArray()) {
        Optional<String> name = text(named, "name");
        Optional<String> template = text(named, "template");
        if (name.isEmpty() || template.isEmpty()) {
          throw config.refuse(key, "a text, or a list of objects with name and template");
        }
        templates.put(name.get(), template.get());
      }
    } else if (e.isJsonObject()) {
      ConfigJson byName = config.object(key);
      byName.names().forEach(name -> templates.put(name, byName.string(name)));
    } else {
      templates.put(DEFAULT, config.string(key));
    }
    return templates;
  }

  private static Optional<String> text(JsonElement object, String key) {
    JsonElement e = object.isJsonObject() ? object.getAsJsonObject().get(key) : null;
    return e != null && e.isJsonPrimitive() && e.getAsJsonPrimitive().isString()
        ? Optional.of(e.getAsString())
        : Optional.empty();
  }

  /** The text of the begin token; empty if there is none. */
  String beginToken() {
    return specialTokens.getOrDefault("bos_token", "");
  }

  boolean hasTemplate() {
    return templates.containsKey(chosen);
  }

  /** The same with another template. */
  ChatFormat with(String name) {
    ChatFormat other = new ChatFormat(file, templates, name, specialTokens);
    if (!other.hasTemplate()) {
      throw other.lacks();
    }
    return other;
  }

  private CheckpointException lacks() {
    return templates.isEmpty()
        ? new CheckpointException(
            Section.CHAT_TEMPLATE,
            "the checkpoint has no chat template ("
                + JINJA
                + ", or chat_template in "
                + TokenizerFiles.CONFIG
                + "); give a plain text instead of messages, or take an instruct model")
        : new CheckpointException(
            Section.CHAT_TEMPLATE,
            String.format(
                "%s has no chat template \"%s\"; it has %s: choose one (--template NAME at the"
                    + " command line)",
                file, chosen, String.join(", ", templates.keySet())));
  }

  String render(List<Map<String, Object>> messages, Map<String, Object> variables) {
    if (!hasTemplate()) {
      throw lacks();
    }
    Map<String, Object> all = new LinkedHashMap<>(specialTokens);
    all.putAll(variables);
    try {
      return ChatTemplate.parse(templates.get(chosen))
          .render(new Chat(messages, null, null, true, all), LocalDateTime.now());
    } catch (TemplateException e) {
      throw new CheckpointException(
          Section.CHAT_TEMPLATE,
          "the chat template of " + file + " cannot be rendered: " + e.getMessage(),
          e);
    }
  }
}

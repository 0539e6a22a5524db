package headscope.cli;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import com.google.gson.reflect.TypeToken;
import com.google.gson.stream.JsonReader;
import headscope.failure.Section;
import headscope.json.Json;
import headscope.json.JsonDocuments;
import java.io.EOFException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/** A conversation in a file: a list of messages, JSON Lines of them, or ShareGPT's form. */
final class Messages {
  private static final String FORMS =
      "; wanted is a list of messages, such as [{\"role\": \"user\", \"content\": \"Hello\"}], one"
          + " message a line (JSON Lines), or ShareGPT's [{\"from\": \"human\", \"value\":"
          + " \"Hello\"}]";

  /** Keys that hold a conversation, and those beside them that change nothing of its prompt. */
  private static final List<String> HOLDERS = List.of("messages", "conversations");

  private static final Set<String> WITHOUT_EFFECT = Set.of("id", "source");

  private static final Map<String, String> ROLES =
      Map.of(
          "human",
          "user",
          "user",
          "user",
          "gpt",
          "assistant",
          "assistant",
          "assistant",
          "system",
          "system");

  private Messages() {}

  /**
   * Reads a conversation.
   *
   * @throws IllegalArgumentException if the file has another form, which it names
   * @throws UncheckedIOException if it cannot be read
   */
  static List<Map<String, Object>> read(Path file) {
    try {
      Optional<String> other = JsonDocuments.otherForm(file);
      if (other.isPresent()) {
        throw wrong(file, "is " + other.get());
      }
      List<Map<String, Object>> messages = new ArrayList<>();
      for (JsonElement message : conversation(file, documents(file))) {
        JsonObject object = object(file, message, "message " + messages.size());
        messages.add(
            Json.read(
                named(file, object, messages.size()), new TypeToken<Map<String, Object>>() {}));
      }
      return messages;
    } catch (CharacterCodingException e) {
      throw Section.MESSAGES.wrong(file + " is no UTF-8 text; save it in UTF-8");
    } catch (NoSuchFileException e) {
      throw new UncheckedIOException("cannot read " + file + ": there is no such file", e);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read " + file + ": " + e.getMessage(), e);
    }
  }

  private static List<JsonElement> documents(Path file) throws IOException {
    List<JsonElement> all = new ArrayList<>();
    try (JsonDocuments documents = new JsonDocuments(Files.newBufferedReader(file))) {
      try {
        Optional<JsonReader> next = documents.next();
        while (next.isPresent()) {
          all.add(JsonParser.parseReader(next.get()));
          documents.end();
          next = documents.next();
        }
      } catch (JsonParseException
          | com.google.gson.stream.MalformedJsonException
          | EOFException e) {
        if (e.getCause() instanceof CharacterCodingException coding) {
          throw coding;
        }
        throw wrong(file, "is no JSON, " + documents.place());
      }
    }
    return all;
  }

  /** The messages, out of what may be around them. */
  private static List<JsonElement> conversation(Path file, List<JsonElement> documents) {
    List<JsonElement> all = documents;
    boolean list = documents.size() == 1 && documents.get(0) instanceof JsonArray;
    if (list) {
      all = ((JsonArray) documents.get(0)).asList();
    }
    List<JsonObject> around = new ArrayList<>();
    for (JsonElement e : all) {
      if (e instanceof JsonObject o && HOLDERS.stream().anyMatch(o::has)) {
        around.add(o);
      }
    }
    if (around.isEmpty()) {
      return all;
    }
    if (all.size() > 1) {
      throw wrong(
          file, "holds " + all.size() + " conversations, of which one is rendered; take one out");
    }
    JsonObject holder = around.get(0);
    Set<String> others = new TreeSet<>(holder.keySet());
    others.removeAll(WITHOUT_EFFECT);
    if (others.size() > 1) {
      throw wrong(file, "has the keys " + holder.keySet() + "; only messages are rendered here");
    }
    String key = others.iterator().next();
    if (!(holder.get(key) instanceof JsonArray messages)) {
      throw wrong(file, "has no list under the key \"" + key + "\"");
    }
    return messages.asList();
  }

  private static JsonObject object(Path file, JsonElement element, String what) {
    if (element instanceof JsonObject object) {
      return object;
    }
    throw wrong(
        file,
        "is no list of messages: "
            + what
            + " is "
            + (element.isJsonArray()
                ? "a list"
                : element.isJsonNull() ? "an empty value" : "a text or number"));
  }

  /** Role and content under these names; what else a message has stays. */
  private static JsonObject named(Path file, JsonObject message, int index) {
    if (message.has("role")) {
      return message;
    }
    if (!message.has("from") || !message.has("value")) {
      throw wrong(
          file, "is no list of messages: message " + index + " has the keys " + message.keySet());
    }
    String from = message.get("from").isJsonPrimitive() ? message.get("from").getAsString() : "";
    String role = ROLES.get(from);
    if (role == null) {
      throw wrong(
          file,
          "has the message "
              + index
              + " from "
              + message.get("from")
              + ", which no role stands for; read are "
              + String.join(", ", new TreeSet<>(ROLES.keySet())));
    }
    JsonObject named = new JsonObject();
    named.addProperty("role", role);
    named.add("content", message.get("value"));
    message.entrySet().stream()
        .filter(e -> !e.getKey().equals("from") && !e.getKey().equals("value"))
        .forEach(e -> named.add(e.getKey(), e.getValue()));
    return named;
  }

  private static IllegalArgumentException wrong(Path file, String what) {
    return Section.MESSAGES.wrong(file + " " + what + FORMS);
  }
}

package headscope.model;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import com.google.gson.stream.JsonReader;
import headscope.failure.Section;
import headscope.json.JsonDocuments;
import java.io.IOException;
import java.io.StringReader;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Typed access to a JSON object of a checkpoint; every complaint names file, key and value. */
record ConfigJson(Path file, String prefix, JsonObject object) {

  private static final int LONGEST_SHOWN = 80;

  ConfigJson(Path file, JsonObject object) {
    this(file, "", object);
  }

  /**
   * A file of a checkpoint.
   *
   * @throws CheckpointException if it is missing or no JSON object
   */
  static ConfigJson read(CheckpointFiles files, String name) {
    String text = files.text(name);
    JsonDocuments documents = new JsonDocuments(new StringReader(text));
    try {
      Optional<JsonReader> document = documents.next();
      if (document.isPresent()) {
        JsonElement e = JsonParser.parseReader(document.get());
        document.get().peek(); // strict: nothing may follow
        if (e.isJsonObject()) {
          return new ConfigJson(files.path(name), e.getAsJsonObject());
        }
      }
    } catch (JsonParseException | NumberFormatException | IOException e) {
      throw new CheckpointException(
          section(files.path(name)),
          files.path(name) + " is no JSON, " + documents.place() + ": download it again",
          e);
    }
    throw new CheckpointException(
        section(files.path(name)), files.path(name) + " is no JSON object");
  }

  /** Where the remedies of a file's faults stand. */
  private static Section section(Path file) {
    String name = String.valueOf(file.getFileName());
    return switch (name) {
      case GenerationConfig.FILE -> Section.GENERATION_CONFIG;
      case LoraConfig.FILE -> Section.ADAPTERS;
      case TokenizerFiles.TOKENIZER,
          TokenizerFiles.CONFIG,
          TokenizerFiles.MAP,
          TokenizerFiles.ADDED ->
          Section.TOKENIZER;
      default -> Section.CHECKPOINT_CONFIG;
    };
  }

  boolean has(String key) {
    return object.has(key) && !object.get(key).isJsonNull();
  }

  /** Whether the key is not there at all; a null is there. */
  boolean isAbsent(String key) {
    return !object.has(key);
  }

  JsonElement get(String key) {
    if (!has(key)) {
      throw new CheckpointException(
          section(file), file + " lacks the key \"" + prefix + key + "\"");
    }
    return object.get(key);
  }

  CheckpointException refuse(String key, String allowed) {
    return new CheckpointException(
        section(file),
        String.format(
            "%s has %s%s = %s; supported: %s", file, prefix, key, shown(object.get(key)), allowed));
  }

  String string(String key) {
    JsonElement e = get(key);
    if (!e.isJsonPrimitive() || !e.getAsJsonPrimitive().isString()) {
      throw refuse(key, "a text");
    }
    return e.getAsString();
  }

  /** A whole number from 1 on. */
  int size(String key) {
    double d = number(key);
    if (d != Math.rint(d) || d < 1 || d > Integer.MAX_VALUE) {
      throw refuse(key, "a whole number from 1 to " + Integer.MAX_VALUE);
    }
    return (int) d;
  }

  int size(String key, int otherwise) {
    return has(key) ? size(key) : otherwise;
  }

  /** A whole number from 0 on. */
  int count(String key, int otherwise) {
    return has(key) && number(key) == 0 ? 0 : size(key, otherwise);
  }

  double number(String key) {
    JsonElement e = get(key);
    if (e.isJsonPrimitive() && e.getAsJsonPrimitive().isNumber()) {
      double d = e.getAsDouble();
      if (Double.isFinite(d)) {
        return d;
      }
    }
    throw refuse(key, "a finite number");
  }

  double number(String key, double otherwise) {
    return has(key) ? number(key) : otherwise;
  }

  double positive(String key) {
    double d = number(key);
    if (d <= 0) {
      throw refuse(key, "a number above 0");
    }
    return d;
  }

  double positive(String key, double otherwise) {
    return has(key) ? positive(key) : otherwise;
  }

  boolean flag(String key, boolean otherwise) {
    if (!has(key)) {
      return otherwise;
    }
    JsonElement e = get(key);
    if (!e.isJsonPrimitive() || !e.getAsJsonPrimitive().isBoolean()) {
      throw refuse(key, "true or false");
    }
    return e.getAsBoolean();
  }

  List<Double> numbers(String key, int count) {
    JsonElement e = get(key);
    if (!e.isJsonArray() || e.getAsJsonArray().size() != count) {
      throw refuse(key, "a list of " + count + " numbers");
    }
    List<Double> values = new ArrayList<>();
    for (JsonElement x : e.getAsJsonArray()) {
      if (!x.isJsonPrimitive()
          || !x.getAsJsonPrimitive().isNumber()
          || !(x.getAsDouble() > 0 && Double.isFinite(x.getAsDouble()))) {
        throw refuse(key, "a list of " + count + " numbers above 0");
      }
      values.add(x.getAsDouble());
    }
    return values;
  }

  /** One id or a list of ids; none where the key is absent. */
  List<Integer> ids(String key) {
    List<Integer> ids = new ArrayList<>();
    if (has(key)) {
      JsonElement e = get(key);
      JsonArray list = new JsonArray();
      if (e.isJsonArray()) {
        list = e.getAsJsonArray();
      } else {
        list.add(e);
      }
      for (JsonElement x : list) {
        if (!x.isJsonPrimitive()
            || !x.getAsJsonPrimitive().isNumber()
            || x.getAsDouble() != Math.rint(x.getAsDouble())
            || Math.abs(x.getAsDouble()) > Integer.MAX_VALUE) {
          throw refuse(key, "a token id or a list of token ids");
        }
        ids.add(x.getAsInt());
      }
    }
    return ids;
  }

  ConfigJson object(String key) {
    if (!get(key).isJsonObject()) {
      throw refuse(key, "an object");
    }
    return new ConfigJson(file, prefix + key + ".", get(key).getAsJsonObject());
  }

  /** A key with its value, a path of keys with the value at its end. */
  String at(String path) {
    JsonElement e = object;
    for (String key : path.split("\\.")) {
      e = e != null && e.isJsonObject() ? e.getAsJsonObject().get(key) : null;
    }
    return path + " = " + shown(e == null ? object.get(path) : e);
  }

  /** A value as a message shows it: as in the file if it is short. */
  private static String shown(JsonElement e) {
    if (e == null || e.isJsonNull()) {
      return "none";
    }
    String text = e.toString();
    if (text.length() > LONGEST_SHOWN || !e.isJsonPrimitive() && text.contains("null")) {
      return e.isJsonArray()
          ? "a list of " + e.getAsJsonArray().size()
          : e.isJsonObject() ? "an object" : text.substring(0, LONGEST_SHOWN) + "…";
    }
    return text;
  }

  /** The keys that are there and not null, in the order of the file. */
  List<String> names() {
    return object.keySet().stream().filter(this::has).toList();
  }
}

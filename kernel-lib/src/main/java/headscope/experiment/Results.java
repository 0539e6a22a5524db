package headscope.experiment;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import com.google.gson.JsonPrimitive;
import headscope.failure.Section;
import headscope.file.FileFault;
import headscope.file.WholeFile;
import headscope.json.Json;
import headscope.json.JsonFault;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.zip.CRC32;

/**
 * The folder of an experiment: {@code experiment.json} says what was asked for, {@code
 * results.jsonl} has a line per trial, in the order of the plan, {@code times.jsonl} how long each
 * took and a checksum of its line. A line is on the disk before the next trial begins; what a crash
 * cut off is dropped and run again. The same options give the same bytes, but for the times.
 */
final class Results implements AutoCloseable {
  /** The option that says how many rows advance together. */
  static final String GROUP = "group";

  static final String EXPERIMENT = "experiment.json";

  private final Path folder;
  private final List<JsonObject> lines;
  private final FileChannel results;
  private final FileChannel times;
  private long lapStart = System.nanoTime();

  private Results(Path folder, List<JsonObject> lines, FileChannel results, FileChannel times) {
    this.folder = folder;
    this.lines = lines;
    this.results = results;
    this.times = times;
  }

  /**
   * Opens a folder, new or left by an earlier run of the same experiment.
   *
   * @param folder made if it is not there
   * @param options everything that decides what the results are
   * @param environment versions and machine, written when the experiment begins
   * @throws IllegalArgumentException if the folder holds results of other options, or damaged ones
   */
  public static Results open(
      Path folder, Map<String, Object> options, Map<String, Object> environment) {
    Path info = folder.resolve(EXPERIMENT);
    Path file = folder.resolve("results.jsonl");
    try {
      Files.createDirectories(folder);
      JsonElement wanted = Json.tree(options);
      if (Files.exists(info)) {
        checkSame(info, wanted);
      } else {
        if (Files.exists(file)) {
          throw Section.RESULTS_FOLDER.wrong(
              folder + " holds results without an experiment.json; choose another folder");
        }
        String page = page(options, environment);
        WholeFile.write(info, part -> Files.writeString(part, page));
      }
      List<JsonObject> lines = new ArrayList<>();
      long good = readWholeLines(folder, lines);
      FileChannel results =
          FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
      results.truncate(good);
      results.position(good);
      FileChannel times =
          FileChannel.open(
              folder.resolve("times.jsonl"), StandardOpenOption.CREATE, StandardOpenOption.APPEND);
      return new Results(folder, lines, results, times);
    } catch (IOException e) {
      throw failure(folder, e);
    }
  }

  /** What experiment.json says. */
  static String page(Map<String, Object> options, Map<String, Object> environment) {
    JsonObject page = new JsonObject();
    page.add("options", Json.tree(options));
    page.add("environment", Json.tree(environment));
    return Json.page(page) + "\n";
  }

  /**
   * The first key in which two runs differ, options or versions.
   *
   * @param one what experiment.json says
   * @param whose what messages call it
   */
  static Optional<String> difference(
      JsonObject one, String whose, JsonObject other, String whoseOther) {
    for (String part : List.of("options", "environment")) {
      JsonObject of = one.getAsJsonObject(part);
      JsonObject ofOther = other.getAsJsonObject(part);
      Set<String> keys = new LinkedHashSet<>(of.keySet());
      keys.addAll(ofOther.keySet());
      for (String key : keys) {
        // compared as text: 1 and 1.0 are the same option read back
        if (!String.valueOf(of.get(key)).equals(String.valueOf(ofOther.get(key)))) {
          return Optional.of(
              key
                  + " is "
                  + of.get(key)
                  + " in "
                  + whose
                  + " and "
                  + ofOther.get(key)
                  + " in "
                  + whoseOther);
        }
      }
    }
    return Optional.empty();
  }

  /**
   * The size of the groups of the run that began a folder; 1 where it recorded none, since trials
   * were answered one by one then; empty where nothing was begun.
   *
   * @throws IllegalArgumentException if its experiment.json is damaged
   */
  static OptionalInt begunGroup(Path folder) {
    Path info = folder.resolve(EXPERIMENT);
    try {
      if (!Files.exists(info)) {
        return OptionalInt.empty();
      }
      if (options(info) instanceof JsonObject options && options.has(GROUP)) {
        return OptionalInt.of(Json.read(options.get(GROUP), Integer.class));
      }
      return OptionalInt.of(1);
    } catch (JsonParseException e) {
      throw Section.RESULTS_FOLDER.wrong(
          info + " is damaged (" + JsonFault.of(e) + "); choose another folder");
    } catch (IOException e) {
      throw failure(folder, e);
    }
  }

  private static JsonElement options(Path info) throws IOException {
    try {
      return Json.object(Files.readString(info)).get("options");
    } catch (JsonParseException | IllegalStateException | CharacterCodingException e) {
      throw Section.RESULTS_FOLDER.wrong(
          info + " is damaged (" + JsonFault.of(e) + "); choose another folder");
    }
  }

  private static void checkSame(Path info, JsonElement wanted) throws IOException {
    JsonElement found = options(info);
    boolean older = found instanceof JsonObject options && !options.has(GROUP);
    if (older && new JsonPrimitive(1).equals(wanted.getAsJsonObject().get(GROUP))) {
      wanted.getAsJsonObject().remove(GROUP);
    }
    // compared as text: 1 and 1.0 are the same option read back
    if (found == null
        || !found.toString().equals(JsonParser.parseString(wanted.toString()).toString())) {
      throw Section.RESULTS_FOLDER.wrong(
          info.getParent()
              + " holds results of other options: "
              + difference(found, wanted)
              + "; choose another folder, or the same options to go on");
    }
  }

  private static String difference(JsonElement found, JsonElement wanted) {
    if (found != null && found.isJsonObject()) {
      for (Map.Entry<String, JsonElement> e : wanted.getAsJsonObject().entrySet()) {
        JsonElement there = found.getAsJsonObject().get(e.getKey());
        if (there == null && e.getKey().equals(GROUP)) {
          there = new JsonPrimitive(1);
        }
        if (there == null || !there.toString().equals(e.getValue().toString())) {
          return e.getKey() + " is " + e.getValue() + " now and was " + there;
        }
      }
    }
    return "they cannot be compared";
  }

  /**
   * Reads the lines; gives the bytes they take. A last one that is not whole is left out.
   *
   * @throws IllegalArgumentException if another is damaged: it is not what was written
   */
  private static long readWholeLines(Path folder, List<JsonObject> lines) throws IOException {
    Path file = folder.resolve("results.jsonl");
    if (!Files.exists(file)) {
      return 0;
    }
    byte[] bytes = Files.readAllBytes(file);
    Map<Integer, String> checksums = checksums(folder.resolve("times.jsonl"));
    int start = 0;
    for (int i = 0; i < bytes.length; i++) {
      if (bytes[i] == '\n') {
        String line = new String(bytes, start, i - start, StandardCharsets.UTF_8);
        int number = lines.size();
        String written = checksums.get(number);
        String why = "";
        try {
          lines.add(Json.object(line));
        } catch (JsonParseException | IllegalStateException e) {
          if (written == null && i == bytes.length - 1) {
            return start; // cut off by a crash
          }
          why = "it is no JSON object";
        }
        if (written != null && !written.equals(checksum(line))) {
          why = "it is not what was written";
        }
        if (!why.isEmpty()) {
          throw damaged(file, number, why);
        }
        start = i + 1;
      }
    }
    return start;
  }

  /** The checksum of each trial's line, as far as they are known. */
  private static Map<Integer, String> checksums(Path times) throws IOException {
    Map<Integer, String> known = new HashMap<>();
    if (Files.exists(times)) {
      for (String line :
          new String(Files.readAllBytes(times), StandardCharsets.UTF_8).split("\n")) {
        try {
          JsonObject time = Json.object(line);
          known.put(time.get("trial").getAsInt(), time.get("crc32").getAsString());
        } catch (RuntimeException e) {
          // cut off, or of an older version: that line cannot be checked
        }
      }
    }
    return known;
  }

  static String checksum(String line) {
    CRC32 crc = new CRC32();
    crc.update(line.getBytes(StandardCharsets.UTF_8));
    return String.format(Locale.ROOT, "%08x", crc.getValue());
  }

  /** The folder. */
  public Path folder() {
    return folder;
  }

  /** Trials that are done. */
  public int size() {
    return lines.size();
  }

  /** The result of a trial, by its place in the plan. */
  public JsonObject line(int trial) {
    return lines.get(trial);
  }

  /**
   * The result of a trial as what it is.
   *
   * @throws IllegalArgumentException if it is no such line
   */
  <L> L line(int trial, Class<L> type) {
    try {
      return Json.read(lines.get(trial), type);
    } catch (JsonParseException
        | IllegalStateException
        | IllegalArgumentException
        | UnsupportedOperationException e) {
      throw damaged(folder.resolve("results.jsonl"), trial, JsonFault.of(e));
    }
  }

  private static IllegalArgumentException damaged(Path file, int line, String why) {
    return Section.RESULTS_FOLDER.wrong(
        String.format(
            "%s is damaged at line %d: %s. To go on from there cut the file before this line, or"
                + " choose another folder",
            file, line + 1, why));
  }

  /** The results so far, in the order of the plan. */
  public List<JsonObject> lines() {
    return Collections.unmodifiableList(lines);
  }

  /** Appends the result of the next trial of the plan; it is on the disk when this returns. */
  public void append(JsonObject result) {
    append(result, Json.line(result));
  }

  /** The same with a line as it is to be written. */
  void append(String line) {
    append(Json.object(line), line);
  }

  private void append(JsonObject result, String line) {
    try {
      long now = System.nanoTime();
      String time = time(lines.size(), (now - lapStart) / 1e9, checksum(line));
      lapStart = now;
      write(results, line);
      results.force(false);
      write(times, time);
      lines.add(result);
    } catch (IOException e) {
      throw failure(folder, e);
    }
  }

  /** A line of times.jsonl. */
  static String time(int trial, double seconds, String checksum) {
    JsonObject time = new JsonObject();
    time.addProperty("trial", trial);
    time.addProperty("seconds", seconds);
    time.addProperty("crc32", checksum);
    return Json.line(time);
  }

  private static void write(FileChannel channel, String line) throws IOException {
    ByteBuffer bytes = ByteBuffer.wrap((line + "\n").getBytes(StandardCharsets.UTF_8));
    while (bytes.hasRemaining()) {
      channel.write(bytes);
    }
  }

  private static UncheckedIOException failure(Path folder, IOException e) {
    return Section.RESULTS_FOLDER.io(
        "cannot write results to " + folder + ": " + FileFault.of(e), e);
  }

  @Override
  public void close() {
    try {
      results.close();
      times.close();
    } catch (IOException e) {
      throw failure(folder, e);
    }
  }
}

package headscope.study;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import headscope.claim.Finding;
import headscope.failure.Section;
import headscope.file.FileFault;
import headscope.file.WholeFile;
import headscope.json.Json;
import headscope.json.JsonFault;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.StringReader;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import java.util.zip.GZIPInputStream;
import java.util.zip.GZIPOutputStream;
import tech.tablesaw.api.Table;
import tech.tablesaw.io.csv.CsvReadOptions;

/**
 * The folder of a recorded part: {@code experiment.json}, which says what was run and has a digest
 * of everything else; {@code results.jsonl.gz}, {@code findings.json}, a CSV file a table.
 */
final class RecordedPart {
  static final String ABOUT = "experiment.json";
  static final String LINES = "results.jsonl.gz";
  static final String FINDINGS = "findings.json";
  private static final String CSV = ".csv";
  private static final String FILES = "files";

  private final Path folder;
  private final JsonObject about;

  private RecordedPart(Path folder, JsonObject about) {
    this.folder = folder;
    this.about = about;
  }

  /**
   * Writes a part; what an earlier recording left there and this one has not is deleted.
   *
   * @param about what was run; {@code files} is added
   */
  static void write(Path folder, Map<String, Object> about, Contents contents) {
    try {
      Files.createDirectories(folder);
      Map<String, String> files = new LinkedHashMap<>();
      if (!contents.lines().isEmpty()) {
        String text = String.join("\n", contents.lines()) + "\n";
        files.put(LINES, Digests.of(text));
        WholeFile.write(folder.resolve(LINES), part -> Files.write(part, gzip(text)));
      }
      for (Map.Entry<String, Table> table : contents.tables().entrySet()) {
        put(folder, files, table.getKey() + CSV, csv(table.getValue()));
      }
      put(folder, files, FINDINGS, FindingsFile.text(contents.findings()));
      Map<String, Object> all = new LinkedHashMap<>(about);
      all.put(FILES, files);
      WholeFile.write(
          folder.resolve(ABOUT), part -> Files.writeString(part, Json.page(Json.tree(all)) + "\n"));
      deleteOthers(folder, files);
    } catch (IOException e) {
      throw Section.STUDY.io("cannot write " + folder + ": " + FileFault.of(e), e);
    }
  }

  private static void put(Path folder, Map<String, String> files, String name, String text)
      throws IOException {
    files.put(name, Digests.of(text));
    WholeFile.write(folder.resolve(name), part -> Files.writeString(part, text));
  }

  private static void deleteOthers(Path folder, Map<String, String> files) throws IOException {
    try (Stream<Path> there = Files.list(folder)) {
      for (Path file : there.toList()) {
        String name = file.getFileName().toString();
        boolean ours = name.endsWith(CSV) || name.equals(LINES);
        if (ours && !files.containsKey(name)) {
          Files.delete(file);
        }
      }
    }
  }

  static String csv(Table table) {
    StringWriter out = new StringWriter();
    table.write().csv(out);
    return out.toString();
  }

  private static byte[] gzip(String text) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (OutputStream out = new GZIPOutputStream(bytes)) {
      out.write(text.getBytes(StandardCharsets.UTF_8));
    }
    byte[] all = bytes.toByteArray();
    all[9] = (byte) 255; // the system: Java says it in several ways, and nobody reads it
    return all;
  }

  /**
   * Reads what is said of a part.
   *
   * @throws IllegalArgumentException if there is none, or it is damaged
   */
  static RecordedPart open(Path folder) {
    Path file = folder.resolve(ABOUT);
    try {
      return new RecordedPart(folder, Json.object(Files.readString(file)));
    } catch (JsonParseException | IllegalStateException e) {
      throw damaged(file, JsonFault.of(e), e);
    } catch (IOException e) {
      throw Section.STUDY.io("cannot read " + file + ": " + FileFault.of(e), e);
    }
  }

  private static IllegalArgumentException damaged(Path file, String why, Exception cause) {
    return Section.STUDY.wrong(
        file
            + " is damaged: "
            + why
            + "; take it from the repository anew, or record the part again",
        cause);
  }

  private Path about(String file) {
    return folder.resolve(file);
  }

  /** A value of {@code experiment.json}. */
  JsonElement get(String key) {
    JsonElement e = about.get(key);
    if (e == null) {
      throw damaged(about(ABOUT), "it has no " + key, null);
    }
    return e;
  }

  /** A text of {@code experiment.json}. */
  String text(String key) {
    try {
      return get(key).getAsString();
    } catch (IllegalStateException | UnsupportedOperationException e) {
      throw damaged(about(ABOUT), key + " is no text", e);
    }
  }

  /** A whole number of {@code experiment.json}. */
  int number(String key) {
    try {
      return get(key).getAsInt();
    } catch (IllegalStateException | NumberFormatException | UnsupportedOperationException e) {
      throw damaged(about(ABOUT), key + " is no number", e);
    }
  }

  /** What was asked of the run: every option of its experiment. */
  JsonObject options() {
    if (get("options") instanceof JsonObject options) {
      return options;
    }
    throw damaged(about(ABOUT), "options are no object", null);
  }

  Optional<List<String>> lines() {
    return content(LINES).map(text -> text.lines().toList());
  }

  List<Finding> findings() {
    String text = content(FINDINGS).orElse("[]");
    try {
      return FindingsFile.read(text);
    } catch (JsonParseException
        | IllegalStateException
        | UnsupportedOperationException
        | IllegalArgumentException e) {
      throw damaged(folder.resolve(FINDINGS), JsonFault.of(e), e);
    }
  }

  List<String> tables() {
    List<String> names = new ArrayList<>();
    for (String file : files().keySet()) {
      if (file.endsWith(CSV)) {
        names.add(file.substring(0, file.length() - CSV.length()));
      }
    }
    return names;
  }

  Optional<Table> table(String name) {
    return content(name + CSV).map(text -> read(name, text));
  }

  /** A table as it is when it is written and read again. */
  static Table readBack(String name, Table table) {
    return read(name, csv(table));
  }

  private static Table read(String name, String text) {
    return Table.read()
        .usingOptions(
            CsvReadOptions.builder(new StringReader(text))
                .tableName(name)
                .separator(',')
                .header(true)
                .sample(false) // a column's type is that of all its cells
                .missingValueIndicator("")
                .build());
  }

  private JsonObject files() {
    if (get(FILES) instanceof JsonObject files) {
      return files;
    }
    throw damaged(about(ABOUT), FILES + " is no object", null);
  }

  /** A file's text, held against its digest; empty if the part has no such file. */
  private Optional<String> content(String name) {
    JsonElement digest = files().get(name);
    if (digest == null) {
      return Optional.empty();
    }
    Path file = folder.resolve(name);
    String text;
    try {
      byte[] bytes = Files.readAllBytes(file);
      if (name.equals(LINES)) {
        try (InputStream in = new GZIPInputStream(new ByteArrayInputStream(bytes))) {
          bytes = in.readAllBytes();
        } catch (IOException e) {
          throw damaged(file, "it cannot be unpacked (" + e.getMessage() + ")", e);
        }
      }
      text = new String(bytes, StandardCharsets.UTF_8).replace("\r\n", "\n");
    } catch (IOException e) {
      throw Section.STUDY.io("cannot read " + file + ": " + FileFault.of(e), e);
    }
    if (!Digests.of(text).equals(digest.getAsString())) {
      throw damaged(file, "it is not what was recorded", null);
    }
    return Optional.of(text);
  }
}

package headscope.json;

import com.google.gson.Strictness;
import com.google.gson.stream.JsonReader;
import com.google.gson.stream.JsonToken;
import java.io.Closeable;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.Reader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The JSON documents of one text: a single one, or several that begin on lines of their own, as in
 * JSON Lines. Strict JSON, read as it comes: never more than a buffer of it is in memory.
 */
public final class JsonDocuments implements Closeable {
  private static final Pattern PLACE = Pattern.compile("line (\\d+) column (\\d+)");
  private static final Pattern YAML = Pattern.compile("---|[\\w.\"'-]+:(\\s.*)?");
  private static final int HEAD = 4096;
  private static final int QUOTED = 60;

  private final Lines lines;
  private JsonReader json;
  private int linesBefore;

  /** The documents of a text; it is closed with them. */
  public JsonDocuments(Reader text) {
    lines = new Lines(text);
    json = strict(lines);
  }

  /** A reader of strict JSON. */
  public static JsonReader strict(Reader text) {
    JsonReader reader = new JsonReader(text);
    reader.setStrictness(Strictness.STRICT);
    return reader;
  }

  /** At the start of the next document; none where the text has no more. */
  public Optional<JsonReader> next() throws IOException {
    lines.endWithLine = false;
    linesBefore = lines.ended;
    json = strict(lines);
    try {
      json.peek();
      return Optional.of(json);
    } catch (EOFException e) {
      return Optional.empty();
    }
  }

  /**
   * To be called behind a document.
   *
   * @throws com.google.gson.stream.MalformedJsonException if its last line goes on
   */
  public void end() throws IOException {
    lines.endWithLine = true;
    json.peek(); // strict: nothing but white space may follow
  }

  /** Where reading is: {@code line 3 column 17}, both from 1 on. */
  public String place() {
    Matcher place = PLACE.matcher(json.toString());
    return place.find()
        ? "line " + (linesBefore + Integer.parseInt(place.group(1))) + " column " + place.group(2)
        : "line " + (linesBefore + 1);
  }

  /** What stands there, in words for a message: a list, a number. */
  public static String name(JsonToken token) {
    return switch (token) {
      case BEGIN_ARRAY -> "a list";
      case BEGIN_OBJECT -> "an object";
      case STRING -> "a text";
      case NUMBER -> "a number";
      case BOOLEAN -> "true or false";
      case NULL -> "an empty value";
      case NAME -> "a key";
      case END_ARRAY -> "the end of the list";
      case END_OBJECT -> "the end of the object";
      case END_DOCUMENT -> "the end of the text";
    };
  }

  /**
   * What a file is that cannot be JSON, in words for a message; none if it may be.
   *
   * @throws IOException if it cannot be read
   */
  public static Optional<String> otherForm(Path file) throws IOException {
    if (Files.isDirectory(file)) {
      return Optional.of("a folder");
    }
    byte[] head;
    try (InputStream in = Files.newInputStream(file)) {
      head = in.readNBytes(HEAD);
    }
    String bytes = new String(head, StandardCharsets.ISO_8859_1);
    for (Map.Entry<String, String> form : MAGIC.entrySet()) {
      if (bytes.startsWith(form.getKey())) {
        return Optional.of(form.getValue());
      }
    }
    String text = new String(head, StandardCharsets.UTF_8).replaceFirst("^\ufeff", "").strip();
    if (text.isEmpty()) {
      return Optional.of("an empty file");
    }
    if (text.startsWith("{") || text.startsWith("[")) {
      return Optional.empty();
    }
    if (bytes.indexOf('\0') >= 0) {
      return Optional.of("binary data");
    }
    String line = text.lines().findFirst().orElse("").strip();
    String quoted = "\"" + (line.length() > QUOTED ? line.substring(0, QUOTED) + "…" : line) + "\"";
    return Optional.of(
        YAML.matcher(line).matches()
            ? "YAML (its first line is " + quoted + ")"
            : "a text that begins with " + quoted);
  }

  private static final Map<String, String> MAGIC = magic();

  private static Map<String, String> magic() {
    Map<String, String> map = new LinkedHashMap<>();
    map.put("PAR1", "Parquet");
    map.put("ARROW1", "an Arrow file");
    map.put("\u00ff\u00ff\u00ff\u00ff", "an Arrow file");
    map.put("\u001f\u008b", "a file compressed with gzip");
    map.put("BZh", "a file compressed with bzip2");
    map.put("\u00fd7zXZ", "a file compressed with xz");
    map.put("(\u00b5/\u00fd", "a file compressed with zstd");
    map.put("PK\u0003\u0004", "a zip archive");
    map.put("\u00ff\u00fe", "text in UTF-16");
    map.put("\u00fe\u00ff", "text in UTF-16");
    map.put("version https://git-lfs", "a pointer of Git LFS in place of the file");
    map.put("<", "a page of HTML or XML");
    return map;
  }

  @Override
  public void close() throws IOException {
    lines.close();
  }

  /** A text of which no read goes past the end of a line, and that can end with a line. */
  private static final class Lines extends Reader {
    private final Reader text;
    private final char[] buffer = new char[8192];
    private int from;
    private int to;
    private boolean atLineStart = true;
    private boolean endWithLine;
    private int ended;

    Lines(Reader text) {
      this.text = text;
    }

    @Override
    public int read(char[] into, int at, int most) throws IOException {
      if (endWithLine && atLineStart) {
        return -1;
      }
      if (from == to) {
        from = 0;
        to = Math.max(0, text.read(buffer));
        if (to == 0) {
          return -1;
        }
      }
      int n = 0;
      do {
        into[at + n++] = buffer[from++];
        atLineStart = into[at + n - 1] == '\n';
      } while (n < most && from < to && !atLineStart);
      ended += atLineStart ? 1 : 0;
      return n;
    }

    @Override
    public void close() throws IOException {
      text.close();
    }
  }
}

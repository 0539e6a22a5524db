package headscope.json;

import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import com.google.gson.ToNumberPolicy;
import com.google.gson.TypeAdapter;
import com.google.gson.reflect.TypeToken;
import com.google.gson.stream.JsonReader;
import com.google.gson.stream.JsonWriter;
import java.io.IOException;

/**
 * How values become JSON, and JSON values, everywhere: nulls are written, text stays as it is,
 * whole numbers are read as {@code long}, records are objects whose keys are their components (see
 * {@link Flat} and {@link Part}).
 *
 * <pre>
 *   record Point(int x, OptionalInt y) {}
 *   Json.line(new Point(3, OptionalInt.empty()));      // {"x":3}
 * </pre>
 */
public final class Json {
  private static final GsonBuilder FORMAT =
      new GsonBuilder()
          .disableHtmlEscaping()
          .serializeNulls()
          .setObjectToNumberStrategy(ToNumberPolicy.LONG_OR_DOUBLE)
          .registerTypeAdapterFactory(new RecordAdapters());
  private static final Gson LINE = FORMAT.create();
  private static final Gson TREE =
      FORMAT
          .registerTypeAdapter(double.class, new AnyDouble())
          .registerTypeAdapter(Double.class, new AnyDouble())
          .create();
  private static final Gson PAGE =
      new GsonBuilder().disableHtmlEscaping().serializeNulls().setPrettyPrinting().create();
  private static final Gson HTML = new Gson();

  private Json() {}

  /** A number, or NaN or an infinity, which JSON does not know. */
  private static final class AnyDouble extends TypeAdapter<Double> {
    @Override
    public void write(JsonWriter out, Double value) throws IOException {
      out.value(value);
    }

    @Override
    public Double read(JsonReader in) throws IOException {
      return Double.valueOf(in.nextString());
    }
  }

  /** A value on one line. */
  public static String line(Object value) {
    return LINE.toJson(value);
  }

  /** A value over several lines, indented, without a line end behind it. */
  public static String page(Object value) {
    return PAGE.toJson(value);
  }

  /**
   * A value on one line that can stand in a {@code <script>} element: what could end the element is
   * escaped, and so are the line ends that JavaScript knows and JSON does not. Nulls are left out.
   */
  public static String inHtml(Object value) {
    return HTML.toJson(value);
  }

  /** A value as a tree; numbers that are none, such as NaN, are written as Java calls them. */
  public static JsonElement tree(Object value) {
    return TREE.toJsonTree(value);
  }

  /**
   * An object.
   *
   * @throws JsonParseException if the text is no JSON, or no object
   */
  public static JsonObject object(String text) {
    JsonElement e = JsonParser.parseString(text);
    if (!e.isJsonObject()) {
      throw new JsonParseException("it is no JSON object");
    }
    return e.getAsJsonObject();
  }

  /**
   * A value of a type; null where the text is empty or the word null.
   *
   * @throws JsonParseException if the text is no JSON, or of another type
   */
  public static <T> T read(String text, TypeToken<T> type) {
    return LINE.fromJson(text, type);
  }

  /**
   * A value of a type; null where the text is empty or the word null.
   *
   * @throws JsonParseException if the text is no JSON, or of another type
   */
  public static <T> T read(String text, Class<T> type) {
    return LINE.fromJson(text, type);
  }

  /**
   * A value of a type from a tree.
   *
   * @throws JsonParseException if it is of another type
   */
  public static <T> T read(JsonElement tree, TypeToken<T> type) {
    return TREE.fromJson(tree, type);
  }

  /**
   * A value of a type from a tree.
   *
   * @throws JsonParseException if it is of another type
   */
  public static <T> T read(JsonElement tree, Class<T> type) {
    return TREE.fromJson(tree, type);
  }
}

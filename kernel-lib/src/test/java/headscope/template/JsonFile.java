package headscope.template;

import com.google.gson.stream.JsonReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.Reader;
import java.io.StringReader;
import java.io.UncheckedIOException;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Reads JSON as Python does: 2 is an integer, 2.0 is not, and keys keep their order. */
final class JsonFile {
  private JsonFile() {}

  static Map<String, Object> resource(String path) {
    try (Reader reader =
        new InputStreamReader(JsonFile.class.getResourceAsStream(path), StandardCharsets.UTF_8)) {
      return object(new JsonReader(reader));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static Map<String, Object> parse(String json) {
    try {
      return object(new JsonReader(new StringReader(json)));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static Map<String, Object> object(JsonReader in) throws IOException {
    Map<String, Object> object = new LinkedHashMap<>();
    in.beginObject();
    while (in.hasNext()) {
      object.put(in.nextName(), value(in));
    }
    in.endObject();
    return object;
  }

  private static Object value(JsonReader in) throws IOException {
    switch (in.peek()) {
      case BEGIN_OBJECT:
        return object(in);
      case BEGIN_ARRAY:
        List<Object> list = new ArrayList<>();
        in.beginArray();
        while (in.hasNext()) {
          list.add(value(in));
        }
        in.endArray();
        return list;
      case STRING:
        return in.nextString();
      case BOOLEAN:
        return in.nextBoolean();
      case NULL:
        in.nextNull();
        return null;
      default:
        String number = in.nextString();
        boolean whole = number.matches("-?[0-9]+");
        return whole ? (Object) new BigInteger(number) : Double.valueOf(number);
    }
  }
}

package headscope.claim;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * {@code claims.json}: what {@code environment/tools/claims_twice.py goldens} wrote with numpy on
 * CPython 3.11, inputs and results; DEFINITIONS.md, 30 to 37.
 */
public final class Twice {
  private Twice() {}

  private static JsonObject all() {
    try {
      return JsonParser.parseString(
              Files.readString(Path.of("src/test/resources/headscope/claims.json")))
          .getAsJsonObject();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  public static JsonArray list(String key) {
    return all().getAsJsonArray(key);
  }

  public static JsonObject object(String key) {
    return all().getAsJsonObject(key);
  }

  public static List<String> strings(JsonElement e) {
    return e.getAsJsonArray().asList().stream().map(JsonElement::getAsString).toList();
  }

  public static double number(JsonElement e) {
    return e.isJsonNull() ? Double.NaN : e.getAsDouble();
  }

  public static double[] numbers(JsonElement e) {
    return e.getAsJsonArray().asList().stream().mapToDouble(Twice::number).toArray();
  }

  public static double[][] rows(JsonElement e) {
    return e.getAsJsonArray().asList().stream().map(Twice::numbers).toArray(double[][]::new);
  }

  public static int[] ints(JsonElement e) {
    return e.getAsJsonArray().asList().stream().mapToInt(JsonElement::getAsInt).toArray();
  }

  public static boolean[] flags(JsonElement e) {
    boolean[] flags = new boolean[e.getAsJsonArray().size()];
    for (int i = 0; i < flags.length; i++) {
      flags[i] = e.getAsJsonArray().get(i).getAsBoolean();
    }
    return flags;
  }

  /** Equal to 1e-9, or both NaN. */
  public static void close(String what, double found, double expected) {
    if (Double.isNaN(expected)) {
      assertThat(found).as(what).isNaN();
    } else {
      assertThat(found).as(what).isCloseTo(expected, within(1e-9));
    }
  }
}

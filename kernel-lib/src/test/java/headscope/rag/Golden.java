package headscope.rag;

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
 * {@code rind.json}: DEFINITIONS.md, 27 restated in numpy 2.4.6 in float64, on drawn arrays, and on
 * the reference model as transformers 5.23.0 with torch 2.7.1 runs it (eager, float32): greedy
 * tokens of a prompt whose context tokens were deleted, the others keeping their position ids, and
 * RIND of the first sentence from {@code attentions[-1]}.
 */
final class Golden {
  private Golden() {}

  static JsonObject rind() {
    try {
      return JsonParser.parseString(
              Files.readString(Path.of("src/test/resources/headscope/rag/rind.json")))
          .getAsJsonObject();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static List<String> strings(JsonElement e) {
    return e.getAsJsonArray().asList().stream().map(JsonElement::getAsString).toList();
  }

  static int[] ints(JsonElement e) {
    return e.getAsJsonArray().asList().stream().mapToInt(JsonElement::getAsInt).toArray();
  }

  static double[] doubles(JsonElement e) {
    return e.getAsJsonArray().asList().stream().mapToDouble(JsonElement::getAsDouble).toArray();
  }

  static boolean[] booleans(JsonElement e) {
    JsonArray array = e.getAsJsonArray();
    boolean[] out = new boolean[array.size()];
    for (int i = 0; i < out.length; i++) {
      out[i] = array.get(i).getAsBoolean();
    }
    return out;
  }

  static double[][][] cube(JsonElement e) {
    return e.getAsJsonArray().asList().stream()
        .map(
            head ->
                head.getAsJsonArray().asList().stream()
                    .map(Golden::doubles)
                    .toArray(double[][]::new))
        .toArray(double[][][]::new);
  }
}

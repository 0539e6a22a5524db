package headscope.study;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import headscope.claim.Claim;
import headscope.claim.Finding;
import headscope.json.Json;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;

/** Findings as a JSON list of objects, before the correction over the claims of a group. */
final class FindingsFile {
  private FindingsFile() {}

  static String text(List<Finding> findings) {
    return Json.page(findings.stream().map(FindingsFile::object).toList()) + "\n";
  }

  private static Map<String, Object> object(Finding f) {
    Map<String, Object> o = new LinkedHashMap<>();
    o.put("id", f.claim().id());
    o.put("model", f.model());
    o.put("setting", f.setting());
    o.put("value", orNull(f.value()));
    o.put("low", orNull(f.low()));
    o.put("high", orNull(f.high()));
    o.put("rival", orNull(f.rival()));
    o.put("n", f.n());
    o.put("p", f.p().isPresent() ? f.p().getAsDouble() : null);
    return o;
  }

  private static Double orNull(double number) {
    return Double.isFinite(number) ? number : null;
  }

  static List<Finding> read(String text) {
    List<Finding> findings = new ArrayList<>();
    for (JsonElement e : JsonParser.parseString(text).getAsJsonArray()) {
      JsonObject o = e.getAsJsonObject();
      findings.add(
          new Finding(
              Claim.of(o.get("id").getAsString()),
              o.get("model").getAsString(),
              o.get("setting").getAsString(),
              number(o, "value"),
              number(o, "low"),
              number(o, "high"),
              number(o, "rival"),
              o.get("n").getAsInt(),
              member(o, "p").isJsonNull()
                  ? OptionalDouble.empty()
                  : OptionalDouble.of(o.get("p").getAsDouble())));
    }
    return findings;
  }

  private static JsonElement member(JsonObject o, String key) {
    JsonElement e = o.get(key);
    if (e == null) {
      throw new JsonParseException("there is no key " + key + " in " + o);
    }
    return e;
  }

  private static double number(JsonObject o, String key) {
    JsonElement e = member(o, key);
    return e.isJsonNull() ? Double.NaN : e.getAsDouble();
  }
}

package headscope.notebook;

import java.util.LinkedHashMap;
import java.util.Map;

/**
 * What a value becomes in a notebook: data by MIME type, and metadata by MIME type.
 *
 * @param data such as {@code text/html} → the HTML
 * @param metadata such as {@code image/png} → {@code {width, height}}
 */
record Bundle(Map<String, String> data, Map<String, Map<String, Object>> metadata) {
  static Bundle of(Map<String, String> data) {
    return new Bundle(data, Map.of());
  }

  static Bundle text(String text) {
    return of(Map.of("text/plain", text));
  }

  /** Two types in this order: the first is the one that is shown. */
  static Map<String, String> inOrder(String type, String data, String type2, String data2) {
    Map<String, String> map = new LinkedHashMap<>();
    map.put(type, data);
    map.put(type2, data2);
    return map;
  }
}

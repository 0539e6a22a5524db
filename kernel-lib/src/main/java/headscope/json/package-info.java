/**
 * JSON in one way: how every file and page of headscope writes and reads it.
 *
 * <pre>
 *   String line = Json.line(Map.of("length", 96));        // {"length":96}
 *   JsonObject read = Json.object(line);
 * </pre>
 */
package headscope.json;

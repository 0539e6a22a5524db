package headscope.json;

/** A constant that JSON calls by a key of its own. */
public interface Keyed {
  /** The key, such as {@code rougeL}. */
  String key();
}

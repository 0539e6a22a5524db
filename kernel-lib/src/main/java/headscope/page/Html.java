package headscope.page;

/** Text made safe for a page. */
public final class Html {
  private Html() {}

  /** The text as it must stand in an element or in a quoted attribute to be read as itself. */
  public static String escape(String text) {
    return text.replace("&", "&amp;")
        .replace("<", "&lt;")
        .replace(">", "&gt;")
        .replace("\"", "&quot;")
        .replace("'", "&#39;");
  }
}

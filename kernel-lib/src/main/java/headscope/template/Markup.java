package headscope.template;

/**
 * Text marked by {@code safe} or {@code escape}. Added to other text it escapes that; most other
 * uses are refused, for they would need a second set of text methods that no chat template calls.
 */
record Markup(String text) {
  static Markup escape(String text) {
    return new Markup(
        text.replace("&", "&amp;")
            .replace(">", "&gt;")
            .replace("<", "&lt;")
            .replace("'", "&#39;")
            .replace("\"", "&#34;"));
  }
}

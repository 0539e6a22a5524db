package headscope.template;

/**
 * HTML that is not to be escaped: what {@code safe} marks, and what the caller of a {@link
 * PageTemplate} vouches for. Added to other text it escapes that; most other uses are refused, for
 * they would need a second set of text methods that no template calls.
 */
public record Markup(String text) {

  /** The text as it must stand in an element or in a quoted attribute to be read as itself. */
  public static Markup escape(String text) {
    return new Markup(
        text.replace("&", "&amp;")
            .replace(">", "&gt;")
            .replace("<", "&lt;")
            .replace("'", "&#39;")
            .replace("\"", "&#34;"));
  }

  /** A text as markup, escaped unless it is marked already. */
  static Markup of(Object text) {
    return text instanceof Markup markup ? markup : escape((String) text);
  }
}

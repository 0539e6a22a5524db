package headscope.html;

import headscope.template.Markup;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * How a value shows itself: what it is, its facts in a line or a table, and below them parts such
 * as a heat map. Immutable.
 *
 * <pre>
 *   Card.of("LanguageModel", "reference").fact("layers × heads", "6 × 12 = 72").html();
 * </pre>
 */
public final class Card {
  private final String kind;
  private final String title;
  private final List<Map<String, Object>> facts;
  private final List<Map<String, Object>> parts;

  private Card(
      String kind, String title, List<Map<String, Object>> facts, List<Map<String, Object>> parts) {
    this.kind = kind;
    this.title = title;
    this.facts = List.copyOf(facts);
    this.parts = List.copyOf(parts);
  }

  /**
   * A card with nothing on it.
   *
   * @param kind what the value is, such as its class
   * @param title its name; may be empty
   */
  public static Card of(String kind, String title) {
    return new Card(kind, title, List.of(), List.of());
  }

  /** With one more fact; one without a value is left out. */
  public Card fact(String name, Object value) {
    String text = Visible.line(String.valueOf(value));
    return text.isBlank() ? this : with(facts, Map.of("name", name, "value", text));
  }

  /** With a piece of HTML below. */
  public Card part(Markup html) {
    return part("", html);
  }

  /** With a piece of HTML below, under a heading. */
  public Card part(String heading, Markup html) {
    return withPart(Map.of("heading", heading, "html", html, "folded", false));
  }

  /** With a piece of HTML below that opens when its heading is clicked. */
  public Card folded(String heading, Markup html) {
    return withPart(Map.of("heading", heading, "html", html, "folded", true));
  }

  /** With a sentence below. */
  public Card note(String text) {
    return withPart(Map.of("note", text));
  }

  private Card with(List<Map<String, Object>> list, Map<String, Object> one) {
    return new Card(kind, title, and(list, one), parts);
  }

  private Card withPart(Map<String, Object> one) {
    return new Card(kind, title, facts, and(parts, one));
  }

  private static List<Map<String, Object>> and(
      List<Map<String, Object>> list, Map<String, Object> one) {
    List<Map<String, Object>> more = new ArrayList<>(list);
    more.add(one);
    return more;
  }

  /** The card as an element. */
  public Markup html() {
    return new Markup(
        Templates.render(
            Card.class,
            "card.html",
            Map.of("kind", kind, "title", Visible.line(title), "facts", facts, "parts", parts)));
  }
}

package headscope.html;

import headscope.template.Markup;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * Text that runs on, in pieces with tints and hints: the tokens of an answer, the spans of a
 * prompt.
 *
 * <pre>
 *   new Flow().token(" code", "L3-H0", Tint.LIT, .5).token(" is", "", Tint.LIT, 0).html();
 * </pre>
 */
public final class Flow {
  private final List<Map<String, Object>> pieces = new ArrayList<>();

  /** Nothing yet. */
  public Flow() {}

  /**
   * A token; the white space that it brings is shown, so that {@code ␣code} and {@code code}
   * differ.
   *
   * @param token its text
   * @param hint what is told when the token is pointed at; empty for nothing
   * @param tint what it means
   * @param strength from 0, no tint, to 1
   */
  public Flow token(String token, String hint, Tint tint, double strength) {
    String bare = token.stripLeading();
    String lead = token.substring(0, token.length() - bare.length());
    return add(
        lead.isEmpty() ? "" : Visible.token(lead),
        bare.isEmpty() && !token.isEmpty() ? "" : Visible.token(bare),
        hint,
        strength > 0 ? tint.style(strength) : "",
        token.indexOf('\n') >= 0);
  }

  /** A stretch of text as it is; see {@link #token} for the rest. */
  public Flow text(String text, String hint, Tint tint, double strength) {
    return add("", text, hint, strength > 0 ? tint.style(strength) : "", false);
  }

  /** A small mark above the end of what was added last. */
  public Flow above(String mark) {
    pieces.add(Map.of("above", mark));
    return this;
  }

  /** Where something was left out, in words. */
  public Flow gap(String words) {
    pieces.add(Map.of("gap", words));
    return this;
  }

  private Flow add(String lead, String text, String hint, String style, boolean endsLine) {
    pieces.add(
        Map.of("lead", lead, "text", text, "hint", hint, "style", style, "ends_line", endsLine));
    return this;
  }

  /** The pieces as an element. */
  public Markup html() {
    return new Markup(Templates.render(Flow.class, "flow.html", Map.of("pieces", pieces)));
  }
}

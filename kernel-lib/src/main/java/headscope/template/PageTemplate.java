package headscope.template;

import java.util.Map;

/**
 * A template of one of our own pages, in the same language as a chat template. Whatever it prints
 * is escaped, unless it is a {@link Markup}; a variable that is not there is an error. Immutable.
 */
public final class PageTemplate {
  private final Body body;

  private PageTemplate(Body body) {
    this.body = body;
  }

  /**
   * Parses a template.
   *
   * @throws TemplateException of kind SYNTAX, UNSUPPORTED or LIMIT
   */
  public static PageTemplate parse(String source) {
    return new PageTemplate(Parser.parse(source));
  }

  /**
   * The page with these variables: those of {@link ChatTemplate}, and {@link Markup}.
   *
   * @throws TemplateException if a variable is not there or has no use of this kind
   * @throws IllegalArgumentException if a variable is no value of a template
   */
  public String render(Map<String, ?> variables) {
    return Run.page(variables).render(body);
  }
}

package headscope.template;

import java.time.LocalDateTime;
import java.util.Map;

/**
 * A parsed chat template. Immutable, so any number of threads may render it at once.
 *
 * <p>The values of a template are null, {@link Boolean}, {@link Long} and the smaller integers,
 * {@link java.math.BigInteger}, {@link Double}, {@link String}, {@link java.util.List} and {@link
 * Map} with text keys, whose order is kept. They are copied, and a template cannot change them.
 */
public final class ChatTemplate {
  private final Body body;

  private ChatTemplate(Body body) {
    this.body = body;
  }

  /**
   * Parses a template.
   *
   * @throws TemplateException of kind SYNTAX, UNSUPPORTED or LIMIT; a tag, filter or test that is
   *     not supported is found here, wherever in the template it stands
   */
  public static ChatTemplate parse(String source) {
    return new ChatTemplate(Parser.parse(source));
  }

  /**
   * Renders a conversation as transformers does.
   *
   * @param now what the clock says to {@code strftime_now}
   * @throws TemplateException of any kind but SYNTAX
   * @throws IllegalArgumentException if a variable is no value of a template, or a message has
   *     several different texts of reasoning
   */
  public String render(Chat chat, LocalDateTime now) {
    return render(chat.allVariables(), now);
  }

  /**
   * Renders the template with these variables and no others.
   *
   * @param now what the clock says to {@code strftime_now}
   * @throws TemplateException of any kind but SYNTAX
   * @throws IllegalArgumentException if a variable is no value of a template
   */
  public String render(Map<String, ?> variables, LocalDateTime now) {
    return Run.chat(variables, now).render(body);
  }

  @Override
  public String toString() {
    return "ChatTemplate";
  }
}

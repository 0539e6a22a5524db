package headscope.template;

import headscope.failure.Section;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;

/**
 * A conversation to be rendered, as {@code apply_chat_template} of transformers takes it.
 *
 * @param messages each usually with {@code role} and {@code content}
 * @param tools descriptions of functions, or null
 * @param documents documents to answer from, or null
 * @param addGenerationPrompt whether the text shall end where the model's answer begins
 * @param variables special tokens and switches of the template
 */
public record Chat(
    List<? extends Map<String, ?>> messages,
    List<?> tools,
    List<?> documents,
    boolean addGenerationPrompt,
    Map<String, ?> variables) {

  private static final List<String> REASONING =
      List.of("reasoning_content", "thinking", "reasoning");

  private static final Set<String> OWN =
      Set.of("messages", "tools", "documents", "add_generation_prompt");

  /**
   * Makes a conversation.
   *
   * @throws IllegalArgumentException if a further variable has the name of one of the others
   */
  public Chat {
    Objects.requireNonNull(messages, "messages");
    if (!Collections.disjoint(variables.keySet(), OWN)) {
      throw Section.CHAT_TEMPLATE.wrong("further variables may not be called " + OWN);
    }
  }

  /** All variables that the template sees. */
  Map<String, Object> allVariables() {
    Map<String, Object> all = new LinkedHashMap<>(variables);
    List<Object> complete = new ArrayList<>();
    messages.forEach(message -> complete.add(withReasoning(message)));
    all.put("messages", complete);
    all.put("tools", tools);
    all.put("documents", documents);
    all.put("add_generation_prompt", addGenerationPrompt);
    return all;
  }

  /**
   * Templates call the model's thoughts by different names. As transformers does, the first of them
   * that is set is served as {@code reasoning_content}, and as {@code thinking} unless the message
   * has that itself.
   */
  private static Map<String, ?> withReasoning(Map<String, ?> message) {
    Optional<Object> thoughts =
        REASONING.stream().<Object>map(message::get).filter(Objects::nonNull).findFirst();
    if (thoughts.isEmpty()) {
      return message;
    }
    Map<String, Object> complete = new LinkedHashMap<>();
    complete.put("thinking", thoughts.get());
    complete.putAll(message);
    complete.put("reasoning_content", thoughts.get());
    return complete;
  }
}

package headscope.trace;

import headscope.failure.Section;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What a model is asked to continue: token ids, the rendered text they come from, and named spans
 * of positions.
 *
 * @param ids the token ids, [tokens], begin token included
 * @param text the rendered text; empty where the prompt was given as ids
 * @param tokens the text of each token, for figures; empty where the prompt was given as ids
 * @param spans named positions, such as {@code needle}, in the order they were declared
 */
public record Prompt(int[] ids, String text, List<String> tokens, Map<String, Spans> spans) {
  /** The span that holds the information which is to be retrieved. */
  public static final String NEEDLE = "needle";

  /** The span of the text in which the needle lies. */
  public static final String CONTEXT = "context";

  /** The span of the question. */
  public static final String QUESTION = "question";

  private static final List<String> RESERVED =
      List.of(Step.SINK, Step.LOCAL, Step.EFFECTIVE, Step.NEEDLE_EFFECTIVE);

  public Prompt {
    if (ids.length == 0) {
      throw Section.SPANS.wrong("a prompt has at least one token, this one has none");
    }
    tokens = List.copyOf(tokens);
    if (!tokens.isEmpty() && tokens.size() != ids.length) {
      throw Section.SPANS.wrong(
          "a prompt has one text per token: " + ids.length + " ids, " + tokens.size() + " texts");
    }
    spans = Collections.unmodifiableMap(new LinkedHashMap<>(spans));
    for (Map.Entry<String, Spans> e : spans.entrySet()) {
      if (e.getKey().isBlank() || RESERVED.contains(e.getKey())) {
        throw Section.SPANS.wrong(
            "a span has a name of its own, got \""
                + e.getKey()
                + "\"; always recorded are "
                + RESERVED);
      }
      if (e.getValue().end() > ids.length) {
        throw Section.SPANS.wrong(
            String.format(
                "span %s=%s is outside the prompt, which has %d tokens",
                e.getKey(), e.getValue(), ids.length));
      }
    }
  }

  /** A prompt of bare token ids. */
  public static Prompt ofIds(int... ids) {
    return new Prompt(ids.clone(), "", List.of(), Map.of());
  }

  public int length() {
    return ids.length;
  }

  /** The positions of that name; none if the prompt declares no such span. */
  public Spans span(String name) {
    return spans.getOrDefault(name, Spans.none());
  }

  /**
   * The positions of the needle.
   *
   * @throws IllegalArgumentException if the prompt declares none
   */
  public Spans needle() {
    Spans needle = span(NEEDLE);
    if (needle.isEmpty()) {
      throw Section.TRACE_CONTENT.wrong(
          "the prompt declares no span \"needle\", it has "
              + spans
              + "; declare it with prompt.withSpan(Prompt.NEEDLE, ...) before the run");
    }
    return needle;
  }

  /**
   * The text that each position shows: put together they are the text from the first token that has
   * one. Where several tokens make up one character, {@link #tokens} has all of it for each, here
   * the first one shows it. Of a prompt of bare ids these are shown.
   */
  public List<String> texts() {
    List<String> texts = new ArrayList<>();
    int at = 0;
    for (int i = 0; i < ids.length; i++) {
      if (tokens.isEmpty()) {
        texts.add(ids[i] + " ");
        continue;
      }
      String token = tokens.get(i);
      int found = text.indexOf(token, at);
      boolean next = found >= 0 && text.substring(at, found).isBlank();
      texts.add(next ? text.substring(at, found + token.length()) : "");
      at = next ? found + token.length() : at;
    }
    return texts;
  }

  /** The same prompt with one more named span; a span of that name is replaced. */
  public Prompt withSpan(String name, Spans positions) {
    Map<String, Spans> more = new LinkedHashMap<>(spans);
    more.put(name, positions);
    return new Prompt(ids, text, tokens, more);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Prompt p
        && Arrays.equals(ids, p.ids)
        && text.equals(p.text)
        && tokens.equals(p.tokens)
        && spans.equals(p.spans);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(ids);
  }

  @Override
  public String toString() {
    return "Prompt[" + ids.length + " tokens, spans " + spans + "]";
  }
}

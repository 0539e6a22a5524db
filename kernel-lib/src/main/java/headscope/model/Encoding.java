package headscope.model;

import headscope.failure.Section;
import headscope.trace.Prompt;
import headscope.trace.Span;
import headscope.trace.Spans;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * A text as tokens, each with the characters it stands for.
 *
 * @param text the encoded text
 * @param ids the token ids, [tokens]
 * @param tokens the tokens as the vocabulary spells them
 * @param from first character of each token, [tokens]: an index into {@code text}; equal to {@code
 *     to} for a token that stands for none, such as an added begin token
 * @param to the index behind its last character, [tokens]
 */
public record Encoding(String text, int[] ids, List<String> tokens, int[] from, int[] to) {
  public Encoding {
    tokens = List.copyOf(tokens);
  }

  public int length() {
    return ids.length;
  }

  /**
   * The tokens that share a character with {@code [fromChar, toChar)} of the text.
   *
   * @throws IllegalArgumentException if the range is empty or outside the text
   */
  public Spans span(int fromChar, int toChar) {
    if (fromChar < 0 || toChar <= fromChar || toChar > text.length()) {
      throw Section.TOKENIZER.wrong(
          String.format(
              "characters [%d, %d) are no part of the text, which has %d characters",
              fromChar, toChar, text.length()));
    }
    List<Span> spans = new ArrayList<>();
    for (int i = 0; i < ids.length; i++) {
      if (from[i] < toChar && to[i] > fromChar) {
        spans.add(new Span(i, i + 1));
      }
    }
    return Spans.of(spans);
  }

  /**
   * The tokens that share a character with the first occurrence of a substring.
   *
   * @throws IllegalArgumentException if the text does not contain it
   */
  public Spans span(String substring) {
    int at = text.indexOf(substring);
    if (at < 0 || substring.isEmpty()) {
      throw Section.TOKENIZER.wrong("the text does not contain \"" + substring + "\"");
    }
    return span(at, at + substring.length());
  }

  /** The tokens as a prompt without spans. */
  public Prompt prompt() {
    List<String> texts = new ArrayList<>();
    for (int i = 0; i < ids.length; i++) {
      texts.add(from[i] < to[i] ? text.substring(from[i], to[i]) : tokens.get(i));
    }
    return new Prompt(ids, text, texts, Map.of());
  }

  @Override
  public String toString() {
    return "Encoding[" + ids.length + " tokens]";
  }
}

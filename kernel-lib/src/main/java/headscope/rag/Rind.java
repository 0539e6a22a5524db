package headscope.rag;

import headscope.failure.Section;
import headscope.trace.Span;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Objects;

/**
 * RIND: does a word of a drafted sentence need the context? Of each word the entropy with which it
 * was generated, times the attention that later tokens pay to it, if it is a content word; the
 * first word over the threshold triggers a retrieval (section 6, DEFINITIONS.md, 27).
 *
 * <pre>
 *   Rind rind = Rind.standard().withThreshold(.5);
 *   List&lt;Rind.Word&gt; words = rind.words(tokens, entropies, rows);
 *   rind.trigger(words);                 // 4: the fifth word; -1 if there is none
 * </pre>
 *
 * <p>A word is a token and those behind it that do not begin with white space, so that words are
 * the same for tokenizers that write "Ġ" and those that write "▁" before a word. The attention of
 * its tokens is summed, their entropy averaged.
 *
 * @param form which of the two published definitions is meant
 * @param threshold a word with more than this triggers; infinity: none does. The thresholds of the
 *     two forms differ
 * @param contentWords tells which words can trigger
 */
public record Rind(Form form, double threshold, ContentWords contentWords) {

  /** What is meant by the attention of a word, and how it is weighed. */
  public enum Form {
    /**
     * As the paper writes it: attention of the real generation; the greatest weight that a strictly
     * later token of the draft gives, a head each, then the mean over heads; entropy times this.
     * The last token, behind which there is none, has 0. The default.
     */
    PAPER(1),
    /**
     * As DRAGIN's public code computes it: attention of a forward pass over the draft alone, a
     * token's own row counts; entropy times the word's share of the sentence's attention times the
     * number of words.
     */
    DRAGIN(0);

    private final int distance;

    Form(int distance) {
      this.distance = distance;
    }

    /** What results call it: {@code paper} or {@code dragin}. */
    public String title() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /**
   * One word of a draft.
   *
   * @param text the word without outer white space
   * @param from its first token, counted in the draft
   * @param to the token behind its last
   * @param attention summed over its tokens
   * @param entropy in nats, the mean over its tokens
   * @param content whether it is a content word
   * @param value its RIND: 0 if it is none
   */
  public record Word(
      String text,
      int from,
      int to,
      double attention,
      double entropy,
      boolean content,
      double value) {}

  /**
   * For the paper's form and the reference model: the lowest round number that at most one in a
   * hundred sentences exceeds which it wrote with the whole context visible (1 of 110; 61 of 111
   * with the context hidden), over 40 generated questions that no evaluation uses. Other models
   * need their own. By the same rule DRAGIN's form has 2.
   */
  public static final double THRESHOLD = .1;

  public Rind {
    Objects.requireNonNull(form, "form");
    Objects.requireNonNull(contentWords, "contentWords");
    if (!(threshold >= 0)) {
      throw Section.RAG.wrong(
          "the threshold of RIND is 0 or more, infinity for never; got " + threshold);
    }
  }

  /** The paper's form with the reference model's threshold and the list of stop words. */
  public static Rind standard() {
    return new Rind(Form.PAPER, THRESHOLD, ContentWords.standard());
  }

  /** DRAGIN's code form; 1.2 is its threshold for Llama-2-13b on HotpotQA, 0.8 for Llama-2-7b. */
  public static Rind dragin(double threshold) {
    return new Rind(Form.DRAGIN, threshold, ContentWords.standard());
  }

  /** With another threshold. */
  public Rind withThreshold(double other) {
    return new Rind(form, other, contentWords);
  }

  /** With another judge of content words, such as a tagger. */
  public Rind withContentWords(ContentWords other) {
    return new Rind(form, threshold, other);
  }

  /**
   * RIND of every word of a draft.
   *
   * @param tokens what each token adds to the text, n of them; the end token is none of them
   * @param entropies [n], of the distributions that the tokens were taken from, in nats
   * @param rows [heads][n][n], attention of the last layer among the draft's tokens: row, then key
   */
  public List<Word> words(List<String> tokens, double[] entropies, double[][][] rows) {
    int n = tokens.size();
    if (entropies.length != n) {
      throw Section.RAG.wrong(
          "every token has an entropy: " + n + " tokens, " + entropies.length + " entropies");
    }
    double[] received = received(form, rows, n);
    List<Span> spans = wordSpans(tokens);
    List<String> texts =
        spans.stream().map(s -> String.join("", tokens.subList(s.from(), s.to())).strip()).toList();
    boolean[] content = contentWords.of(texts);
    if (content.length != texts.size()) {
      throw Section.RAG.wrong(
          "contentWords judges every word: "
              + texts.size()
              + " words, "
              + content.length
              + " given");
    }
    double[] attention = sums(received, spans);
    double[] entropy = sums(entropies, spans);
    for (int w = 0; w < entropy.length; w++) {
      entropy[w] /= spans.get(w).length();
    }
    double[] values = values(form, attention, entropy, content);
    List<Word> words = new ArrayList<>();
    for (int w = 0; w < values.length; w++) {
      Span span = spans.get(w);
      words.add(
          new Word(
              texts.get(w),
              span.from(),
              span.to(),
              attention[w],
              entropy[w],
              content[w],
              values[w]));
    }
    return words;
  }

  /** The index of the first word over the threshold; -1 if none is. */
  public int trigger(List<Word> words) {
    for (int w = 0; w < words.size(); w++) {
      if (words.get(w).value() > threshold) {
        return w;
      }
    }
    return -1;
  }

  /**
   * The tokens of each word: a word begins at the first token and at each that begins with white
   * space.
   *
   * @param tokens what each token adds to the text
   */
  public static List<Span> wordSpans(List<String> tokens) {
    List<Span> spans = new ArrayList<>();
    int from = 0;
    for (int i = 1; i <= tokens.size(); i++) {
      if (i == tokens.size() || startsWithSpace(tokens.get(i))) {
        spans.add(new Span(from, i));
        from = i;
      }
    }
    return spans;
  }

  private static boolean startsWithSpace(String token) {
    return !token.isEmpty() && Character.isWhitespace(token.charAt(0));
  }

  /**
   * The attention that each token receives: the maximum over rows, then the mean over heads.
   *
   * @param form whether a token's own row counts
   * @param rows [heads][n][n]: row, then key
   * @param n the number of tokens
   * @return [n]
   */
  public static double[] received(Form form, double[][][] rows, int n) {
    double[] received = new double[n];
    if (rows.length == 0 && n > 0) {
      throw Section.RAG.wrong("attention is of at least one head, got none");
    }
    for (double[][] head : rows) {
      if (head.length != n) {
        throw Section.RAG.wrong(
            "attention is [heads][n][n]: a head has " + head.length + " rows for n = " + n);
      }
      for (int key = 0; key < n; key++) {
        double greatest = 0;
        for (int row = key + form.distance; row < n; row++) {
          greatest = Math.max(greatest, head[row][key]);
        }
        received[key] += greatest / rows.length;
      }
    }
    return received;
  }

  /**
   * RIND of words from what they receive: entropy times attention in the paper's form, {@code (a /
   * Σ a) · H · n} in DRAGIN's; 0 for what is no content word.
   *
   * @param attention [words], summed over tokens
   * @param entropies [words], in nats, averaged over tokens
   * @param content [words]
   * @return [words]
   */
  public static double[] values(
      Form form, double[] attention, double[] entropies, boolean[] content) {
    int n = attention.length;
    if (entropies.length != n || content.length != n) {
      throw Section.RAG.wrong(
          String.format(
              "every word has an attention, an entropy and a kind; got %d, %d, %d",
              n, entropies.length, content.length));
    }
    double all = 0;
    for (double a : attention) {
      all += a;
    }
    double[] values = new double[n];
    for (int w = 0; w < n; w++) {
      if (content[w] && attention[w] > 0) {
        double weight = form == Form.PAPER ? attention[w] : attention[w] / all * n;
        values[w] = weight * entropies[w];
      }
    }
    return values;
  }

  private static double[] sums(double[] values, List<Span> spans) {
    return spans.stream()
        .mapToDouble(
            s -> {
              double sum = 0;
              for (int i = s.from(); i < s.to(); i++) {
                sum += values[i];
              }
              return sum;
            })
        .toArray();
  }
}

package headscope.task;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * How good an answer is: accuracy and ROUGE-L of needles (Figs. 2 and 3), exact match and F1 of
 * questions (Figs. 6 and 7, Table 4).
 *
 * <pre>
 *   String answer = AnswerMetrics.extract("She was born in Oslo. So the answer is Oslo.");  // Oslo
 *   AnswerMetrics.exactMatch(answer, "oslo");                                               // true
 *   AnswerMetrics.overlap("the town of Oslo", "Oslo").f1();                                 // 0.5
 * </pre>
 */
public final class AnswerMetrics {
  private static final Pattern ANSWER_IS = Pattern.compile("answer is", Pattern.CASE_INSENSITIVE);
  private static final Pattern WORD = Pattern.compile("[a-z0-9]+");
  private static final Pattern ASCII_PUNCTUATION = Pattern.compile("\\p{Punct}");
  // What Python calls a word, on which the official script rests: letters and numbers, but no
  // combining marks, which Java counts.
  private static final Pattern RUN = Pattern.compile("[\\p{L}\\p{N}_]+");
  private static final Set<String> ARTICLES = Set.of("a", "an", "the");
  // Python's white space: Unicode's, and four separators of ASCII.
  private static final Pattern WHITE_SPACE = Pattern.compile("(?U)[\\s\\x1c-\\x1f]+");
  // Unicode's rule of the final sigma, which String.toLowerCase only approximates: after a letter
  // with case and not before one, whatever marks and apostrophes lie between.
  private static final String IGNORED =
      "\\p{Mn}\\p{Me}\\p{Cf}\\p{Lm}\\p{Sk}'.:\u00b7\u0387\u055f\u05f4\u2018\u2019\u2024\u2027"
          + "\ufe13\ufe52\ufe55\uff07\uff0e\uff1a";
  private static final String CASED =
      "[\\p{IsLowercase}\\p{IsUppercase}\\p{Lt}&&[^" + IGNORED + "]]";
  private static final Pattern FINAL_SIGMA =
      Pattern.compile(
          "\u03a3(?<="
              + CASED
              + "["
              + IGNORED
              + "]{0,32}\u03a3)(?!["
              + IGNORED
              + "]*+"
              + CASED
              + ")");
  private static final Set<String> VERDICTS = Set.of("yes", "no", "noanswer");

  private AnswerMetrics() {}

  /**
   * How far the words of two answers are the same: all 0 where none is.
   *
   * @param f1 harmonic mean of precision and recall
   * @param precision share of the prediction's words that are in the gold answer
   * @param recall share of the gold answer's words that are in the prediction
   */
  public record Overlap(double f1, double precision, double recall) {
    private static final Overlap NONE = new Overlap(0, 0, 0);
  }

  /** Whether a response contains the whole answer, case and all: the accuracy of needle tasks. */
  public static boolean contains(String response, String answer) {
    return response.contains(answer);
  }

  /** Whether the {@link #normalized} answer stands in the normalised response as whole words. */
  public static boolean containsWords(String response, String answer) {
    String wanted = normalized(answer);
    return !wanted.isEmpty() && (" " + normalized(response) + " ").contains(" " + wanted + " ");
  }

  /**
   * The answer a response ends in: what follows the last "answer is" (case ignored) to the end of
   * the line, without outer white space and one full stop; the whole response where the phrase is
   * missing.
   */
  public static String extract(String response) {
    Matcher phrase = ANSWER_IS.matcher(response);
    int from = -1;
    while (phrase.find()) {
      from = phrase.end();
    }
    if (from < 0) {
      return response;
    }
    int line = response.indexOf('\n', from);
    String answer = response.substring(from, line < 0 ? response.length() : line).strip();
    return answer.endsWith(".") ? answer.substring(0, answer.length() - 1).strip() : answer;
  }

  /**
   * ROUGE-L: F-measure of the longest common subsequence of words. Words are runs of {@code
   * [a-z0-9]} in lower case, not stemmed; 0 where a text has none.
   */
  public static double rougeL(String response, String reference) {
    List<String> predicted = words(response);
    List<String> wanted = words(reference);
    int common = longestCommonSubsequence(predicted, wanted);
    if (common == 0) {
      return 0;
    }
    double precision = (double) common / predicted.size();
    double recall = (double) common / wanted.size();
    return 2 * precision * recall / (precision + recall);
  }

  /** EM: whether two answers are equal after {@link #normalized}. */
  public static boolean exactMatch(String prediction, String gold) {
    return normalized(prediction).equals(normalized(gold));
  }

  /**
   * F1, precision and recall over the words of the {@link #normalized} answers, as HotpotQA's
   * evaluation defines them: {@code yes}, {@code no} and {@code noanswer} score as a whole.
   */
  public static Overlap overlap(String prediction, String gold) {
    String predicted = normalized(prediction);
    String wanted = normalized(gold);
    boolean verdict = VERDICTS.contains(predicted) || VERDICTS.contains(wanted);
    if (predicted.isEmpty() || wanted.isEmpty() || verdict && !predicted.equals(wanted)) {
      return Overlap.NONE;
    }
    String[] predictedWords = predicted.split(" ");
    String[] wantedWords = wanted.split(" ");
    Map<String, Integer> left = new HashMap<>();
    for (String word : wantedWords) {
      left.merge(word, 1, Integer::sum);
    }
    int common = 0;
    for (String word : predictedWords) {
      if (left.merge(word, -1, Integer::sum) >= 0) {
        common++;
      }
    }
    if (common == 0) {
      return Overlap.NONE;
    }
    double precision = (double) common / predictedWords.length;
    double recall = (double) common / wantedWords.length;
    return new Overlap(2 * precision * recall / (precision + recall), precision, recall);
  }

  /**
   * An answer as HotpotQA's evaluation compares it: lower case, without ASCII punctuation, without
   * the words {@code a}, {@code an}, {@code the}, its words separated by one space.
   */
  public static String normalized(String answer) {
    String sigmas = FINAL_SIGMA.matcher(answer).replaceAll("\u03c2").replace('\u03a3', '\u03c3');
    String plain = ASCII_PUNCTUATION.matcher(sigmas.toLowerCase(Locale.ROOT)).replaceAll("");
    String bare =
        RUN.matcher(plain).replaceAll(w -> ARTICLES.contains(w.group()) ? " " : w.group());
    return WHITE_SPACE.matcher(" " + bare + " ").replaceAll(" ").strip();
  }

  private static List<String> words(String text) {
    List<String> words = new ArrayList<>();
    Matcher word = WORD.matcher(text.toLowerCase(Locale.ROOT));
    while (word.find()) {
      words.add(word.group());
    }
    return words;
  }

  private static int longestCommonSubsequence(List<String> a, List<String> b) {
    int[] longest = new int[b.size() + 1]; // of the words of a so far and the first j of b
    for (String word : a) {
      int diagonal = 0;
      for (int j = 1; j <= b.size(); j++) {
        int above = longest[j];
        longest[j] = word.equals(b.get(j - 1)) ? diagonal + 1 : Math.max(above, longest[j - 1]);
        diagonal = above;
      }
    }
    return longest[b.size()];
  }
}

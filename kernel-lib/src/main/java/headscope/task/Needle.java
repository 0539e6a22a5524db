package headscope.task;

import headscope.failure.Section;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * A sentence to be hidden, and what a right answer contains. {@value #UUID} or {@value #NUMBER} in
 * either stands for an identifier that every trial draws anew; one of the two a needle.
 *
 * @param sentence the whole sentence with its full stop
 * @param answer what a response must contain, case and all
 */
public record Needle(String sentence, String answer) {
  /** Stands for a random UUID, version 4, in lower case. */
  public static final String UUID = "[UUID]";

  /** Stands for a number of six digits: short answers, of as many tokens in most vocabularies. */
  public static final String NUMBER = "[NUMBER]";

  private static final int LEAST_NUMBER = 100_000;

  public Needle {
    sentence = sentence.strip();
    answer = answer.strip();
    if (sentence.isEmpty() || answer.isEmpty()) {
      throw Section.TASK_OPTIONS.wrong(
          "a needle has a sentence and an answer, got sentence \""
              + sentence
              + "\", answer \""
              + answer
              + "\"");
    }
    if ((sentence + answer).contains(UUID) && (sentence + answer).contains(NUMBER)) {
      throw Section.TASK_OPTIONS.wrong(
          "a needle draws " + UUID + " or " + NUMBER + ", not both: \"" + sentence + "\"");
    }
  }

  /** The needle of one trial. */
  Needle with(java.util.UUID drawn) {
    long number = LEAST_NUMBER + Math.floorMod(drawn.getMostSignificantBits(), 9L * LEAST_NUMBER);
    return with(drawn.toString(), String.valueOf(number));
  }

  private Needle with(String uuid, String number) {
    return new Needle(
        sentence.replace(UUID, uuid).replace(NUMBER, number),
        answer.replace(UUID, uuid).replace(NUMBER, number));
  }

  /** Whether something of it is drawn anew for every trial. */
  boolean isDrawn() {
    return sentence.contains(UUID) || sentence.contains(NUMBER);
  }

  /**
   * What a right answer contained in a trial of which only the sentences were kept.
   *
   * @param templates the needles of the task, with {@value #UUID} or {@value #NUMBER} where one was
   *     drawn
   * @param sentences those of the trial, separated by a space, as {@link NeedleTrial#needle} has
   *     them
   * @return an answer a needle
   * @throws IllegalArgumentException if the sentences are not of these needles
   */
  public static List<String> answers(List<Needle> templates, String sentences) {
    String pattern =
        templates.stream()
            .map(
                n ->
                    Pattern.quote(n.sentence())
                        .replace(UUID, "\\E([0-9a-f-]{36})\\Q")
                        .replace(NUMBER, "\\E([0-9]{6})\\Q"))
            .collect(Collectors.joining(" "));
    Matcher told = Pattern.compile(pattern).matcher(sentences);
    if (!told.matches()) {
      throw Section.TASK_OPTIONS.wrong(
          "\"" + sentences + "\" is not made of the needles " + templates);
    }
    List<String> answers = new ArrayList<>();
    int group = 1;
    for (Needle n : templates) {
      int drawn = count(n.sentence(), UUID) + count(n.sentence(), NUMBER);
      if (drawn == 0 && (n.answer().contains(UUID) || n.answer().contains(NUMBER))) {
        throw Section.TASK_OPTIONS.wrong(
            "the answer \"" + n.answer() + "\" is not in its needle, from which it is to be told");
      }
      answers.add(drawn == 0 ? n.answer() : n.with(told.group(group), told.group(group)).answer());
      group += drawn;
    }
    return answers;
  }

  private static int count(String text, String part) {
    return text.split(Pattern.quote(part), -1).length - 1;
  }
}

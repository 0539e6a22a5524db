package headscope.task;

import headscope.failure.Section;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * A sentence to be hidden, and what a right answer contains. {@value #UUID} in either stands for an
 * identifier that every trial draws anew.
 *
 * @param sentence the whole sentence with its full stop
 * @param answer what a response must contain, case and all
 */
public record Needle(String sentence, String answer) {
  /** Stands for a random UUID, version 4, in lower case. */
  public static final String UUID = "[UUID]";

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
  }

  /** The needle of one trial. */
  Needle with(String uuid) {
    return new Needle(sentence.replace(UUID, uuid), answer.replace(UUID, uuid));
  }

  /**
   * What a right answer contained in a trial of which only the sentences were kept.
   *
   * @param templates the needles of the task, with {@value #UUID} where an identifier was drawn
   * @param sentences those of the trial, separated by a space, as {@link NeedleTrial#needle} has
   *     them
   * @return an answer a needle
   * @throws IllegalArgumentException if the sentences are not of these needles
   */
  public static List<String> answers(List<Needle> templates, String sentences) {
    String pattern =
        templates.stream()
            .map(n -> Pattern.quote(n.sentence()).replace(UUID, "\\E([0-9a-f-]{36})\\Q"))
            .collect(Collectors.joining(" "));
    Matcher told = Pattern.compile(pattern).matcher(sentences);
    if (!told.matches()) {
      throw Section.TASK_OPTIONS.wrong(
          "\"" + sentences + "\" is not made of the needles " + templates);
    }
    List<String> answers = new ArrayList<>();
    int group = 1;
    for (Needle n : templates) {
      int drawn = n.sentence().split(Pattern.quote(UUID), -1).length - 1;
      if (drawn == 0 && n.answer().contains(UUID)) {
        throw Section.TASK_OPTIONS.wrong(
            "the answer \"" + n.answer() + "\" is not in its needle, from which it is to be told");
      }
      answers.add(drawn == 0 ? n.answer() : n.with(told.group(group)).answer());
      group += drawn;
    }
    return answers;
  }
}

package headscope.task;

import headscope.failure.Section;

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
}

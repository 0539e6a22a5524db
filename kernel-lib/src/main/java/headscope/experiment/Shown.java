package headscope.experiment;

import headscope.failure.Section;
import headscope.task.Question;
import java.util.function.UnaryOperator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What of its context a question is asked with.
 *
 * @param name {@code all}; {@code gold}, the paragraphs with supporting sentences; {@code gold+N},
 *     so many others with them; {@code first} and {@code last}, the paragraph of the first and of
 *     the last supporting sentence alone; {@code none}, the context hidden
 */
public record Shown(String name) {
  private static final Pattern NAMES =
      Pattern.compile("all|gold(?:\\+(\\d{1,4}))?|(?:all-)?(?:first|last)|none");

  public Shown {
    if (!NAMES.matcher(name).matches()) {
      throw Section.EXPERIMENT_OPTIONS.wrong(
          "a question is asked with all, gold, gold+N, first, last, all-first, all-last or none of its context, got \""
              + name
              + "\"");
    }
  }

  /** Whether the context is hidden. */
  boolean hides() {
    return name.equals("none");
  }

  /** The question as it is asked. */
  Question of(Question question) {
    UnaryOperator<Question> change =
        switch (name) {
          case "all", "none" -> UnaryOperator.identity();
          case "first" -> q -> q.paragraphOf(0);
          case "all-first" -> q -> q.withoutParagraphOf(0);
          case "all-last" -> q -> q.withoutParagraphOf(q.needles().size() - 1);
          case "last" -> q -> q.paragraphOf(q.needles().size() - 1);
          default -> q -> q.gold(distractors());
        };
    return change.apply(question);
  }

  private int distractors() {
    Matcher found = NAMES.matcher(name);
    return found.matches() && found.group(1) != null ? Integer.parseInt(found.group(1)) : 0;
  }

  @Override
  public String toString() {
    return name;
  }
}
